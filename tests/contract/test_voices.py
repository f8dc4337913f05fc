"""What every voice keeps: the embedded one, Piper's program, a speech server, a coqui model. The models are
stood in for (tests/persona/voice and tests/e2e hold the real ones); all else is the voice's own.
"""

import json
import sys
from collections.abc import Iterator

import coqui_stand_in
import httpx
import numpy as np
import pytest
from singing import sung, wav

from persona.clone.visemes import controls
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE
from persona.voice import piper
from persona.voice.cache import SpeechCache
from persona.voice.coqui import CoquiSource
from persona.voice.finish import PEAK, loudness_of, true_peak
from persona.voice.foreign import ForeignVoice
from persona.voice.g2p import Reader
from persona.voice.kokoro import KokoroVoice
from persona.voice.piper import PiperVoice
from persona.voice.said import PHONES
from persona.voice.server import ServerSource
from persona.voice.speech_server import SpeechServer
from products.errors import ContentError

TEXTS = {
    "en": "Hello! The Harbor Canvas Sneakers are $59.00, down from $75.00, and we have sizes 36 to 45.",
    "zh": "大家好！海港帆布鞋只要59美元，原价75美元，36到45码都有。",
}
PROGRAM = """
import json, sys
def say(head, sound=b""):
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\\n" + sound)
    sys.stdout.flush()
say({"ready": True})
for line in sys.stdin:
    signs = [["^", 2200, -1]]
    for i, piece in enumerate(json.loads(line)["pieces"]):
        signs += [[s, 1500, i] for s in (piece.get("mark") or piece.get("ipa") or "tʃɔɪ")]
    signs.append(["$", 2200, -1])
    sound = bytearray()
    for sign, n, owner in signs:
        loud = 9000 if owner >= 0 and sign not in ",.!?" else 0
        wave = (int(loud * (k // 40 % 2 - 0.5)) for k in range(n))
        sound += b"".join(v.to_bytes(2, "little", signed=True) for v in wave)
    say({"rate": 22050, "samples": len(sound) // 2, "phones": signs}, bytes(sound))
"""


class Model:
    """Kokoro's, singing: four steps a sign."""

    alphabet = dict.fromkeys(PHONES, 1)

    def load(self):
        pass

    def close(self):
        pass

    def speak(self, phonemes, style, speed):
        steps = np.array([6, *(8 if c in ",.!?" else 3 for c in phonemes), 6])
        parts = []
        for k, n in enumerate(steps):
            silent = k in (0, len(steps) - 1) or phonemes[k - 1] in ",.!? "
            t = np.arange(n * 600) / 24_000
            parts.append((0.0 if silent else 0.3) * np.sin(2 * np.pi * (150 + 7 * k % 90) * t))
        return np.concatenate(parts).astype(np.float32), steps


@pytest.fixture(scope="module")
def reader():
    return Reader()


def answer(request):
    return httpx.Response(200, content=wav(sung(json.loads(request.content)["input"])))


@pytest.fixture(
    params=["kokoro-en", "kokoro-zh", "piper-en", "server-en", "server-zh", "coqui-en", "coqui-zh"]
)
def voice(request, reader, monkeypatch, tmp_path) -> Iterator[tuple[object, str]]:
    engine, language = request.param.split("-")
    if engine == "kokoro":
        name = {"en": "af_heart", "zh": "zf_xiaoxiao"}[language]
        made = KokoroVoice(name, model=Model(), reader=reader)
    elif engine == "piper":
        (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
        monkeypatch.setattr(piper, "_PROGRAM", tmp_path / "program.py")
        made = PiperVoice()
    elif engine == "server":
        client = httpx.Client(transport=httpx.MockTransport(answer))
        source = ServerSource(SpeechServer("http://speech.test/v1"), "nova", client=client)
        made = ForeignVoice(source, language, reader=reader)
    else:
        coqui_stand_in.library(monkeypatch)
        made = ForeignVoice(CoquiSource(coqui_stand_in.folder(tmp_path), language), language, reader=reader)
    yield made, language
    made.close()


def said(voice, text=""):
    made, language = voice
    return list(made.say(Line("l1", LineKind.PITCH, text or TEXTS[language], language)))


def test_clauses_tile_the_line(voice):
    text, parts = TEXTS[voice[1]], said(voice)
    assert [p.clause for p in parts] == list(range(len(parts)))
    assert [p.last for p in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join("".join(p.text for p in parts).split()) == "".join(text.split())
    assert all(p.text == text[p.a : p.b] and p.line == "l1" and p.language == voice[1] for p in parts)


def test_sound_is_as_the_mixer_wants_it(voice):
    for part in said(voice):
        assert part.pcm.dtype == np.float32 and part.pcm.ndim == 1
        assert loudness_of(part.pcm) == pytest.approx(-16, abs=1)
        assert 20 * np.log10(true_peak(part.pcm)) <= PEAK + 0.01
        assert max(abs(part.pcm[0]), abs(part.pcm[-1])) < 1e-3


def test_words_stand_in_the_text_and_in_time(voice):
    text = TEXTS[voice[1]]
    parts = said(voice)
    for part in parts:
        at = 0.0
        for word in part.words:
            assert word.text == text[word.a : word.b] and part.a <= word.a < word.b <= part.b
            assert at - 1e-6 <= word.start < word.end <= part.seconds + 1e-6
            at = word.start
    words = [w.text for p in parts for w in p.words]
    assert "59" in "".join(words) and len(words) >= 8


def test_phones_are_contiguous_and_cover_the_speech(voice):
    for part in said(voice):
        assert part.phones[0].start == 0 and part.phones[-1].end == pytest.approx(part.seconds)
        for before, after in zip(part.phones, part.phones[1:], strict=False):
            assert before.end == after.start and before.start < before.end
        assert {p.symbol for p in part.phones} <= PHONES | {"sil"}
        mouths = controls(part, 25, 0.0)
        assert len(mouths) == -(-len(part.pcm) // (SPEECH_RATE // 25)) and mouths[:, 0].max() > 0.1


def test_the_same_line_sounds_the_same(voice):
    once, again = said(voice), said(voice)
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a.pcm, b.pcm)
        assert (a.words, a.phones) == (b.words, b.phones)


def test_another_language_and_nothing_to_say_are_refused(voice):
    made, language = voice
    other = {"en": "zh", "zh": "en"}[language]
    with pytest.raises(ContentError, match="speaks"):
        next(iter(made.say(Line("l1", LineKind.PITCH, TEXTS[other], other))))
    with pytest.raises(ContentError, match="nothing to say"):
        next(iter(made.say(Line("l1", LineKind.PITCH, "…", language))))


def test_closing_twice_does_no_harm(voice):
    voice[0].close()


def test_a_server_s_clause_is_kept_and_asked_for_once(reader, tmp_path):
    asked = []

    def count(request):
        asked.append(request)
        return answer(request)

    cache = SpeechCache(tmp_path)
    for _ in range(2):
        client = httpx.Client(transport=httpx.MockTransport(count))
        source = ServerSource(SpeechServer("http://speech.test/v1"), "nova", client=client)
        made = said((ForeignVoice(source, "en", reader=reader, cache=cache), "en"))
    assert len(asked) == len(made) == cache.hits
    assert not any(name.split(".")[0] == "TTS" for name in sys.modules)
