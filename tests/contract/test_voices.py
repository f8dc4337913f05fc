"""What every voice keeps: the embedded one, Piper's program, a speech server, a coqui model. The models are
stood in for (tests/persona/voice and tests/e2e hold the real ones); all else is the voice's own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Spoken:
    """A voice, its language, and the text of that language as it said it."""

    voice: object
    language: str
    parts: list

    def say(self, text, language=None):
        return list(self.voice.say(Line("l1", LineKind.PITCH, text, language or self.language)))


VOICES = ["kokoro-en", "kokoro-zh", "piper-en", "server-en", "server-zh", "coqui-en", "coqui-zh"]


@pytest.fixture(scope="module", params=VOICES)
def spoken(request, reader, tmp_path_factory) -> Iterator[Spoken]:
    engine, language = request.param.split("-")
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        voice = opened(engine, language, reader, folder, patch)
        yield Spoken(voice, language, list(voice.say(Line("l1", LineKind.PITCH, TEXTS[language], language))))
        voice.close()


def opened(engine, language, reader, folder, patch):
    if engine == "kokoro":
        name = {"en": "af_heart", "zh": "zf_xiaoxiao"}[language]
        return KokoroVoice(name, model=Model(), reader=reader)
    if engine == "piper":
        (folder / "program.py").write_text(PROGRAM, "utf-8")
        patch.setattr(piper, "_PROGRAM", folder / "program.py")
        return PiperVoice()
    if engine == "server":
        client = httpx.Client(transport=httpx.MockTransport(answer))
        source = ServerSource(SpeechServer("http://speech.test/v1"), "nova", client=client)
        return ForeignVoice(source, language, reader=reader)
    coqui_stand_in.library(patch)
    return ForeignVoice(CoquiSource(coqui_stand_in.folder(folder), language), language, reader=reader)


def test_clauses_tile_the_line(spoken):
    text, parts = TEXTS[spoken.language], spoken.parts
    assert [p.clause for p in parts] == list(range(len(parts)))
    assert [p.last for p in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join("".join(p.text for p in parts).split()) == "".join(text.split())
    assert all(p.text == text[p.a : p.b] and p.line == "l1" and p.language == spoken.language for p in parts)


def test_sound_is_as_the_mixer_wants_it(spoken):
    for part in spoken.parts:
        assert part.pcm.dtype == np.float32 and part.pcm.ndim == 1
        assert loudness_of(part.pcm) == pytest.approx(-16, abs=1)
        assert 20 * np.log10(true_peak(part.pcm)) <= PEAK + 0.01
        assert max(abs(part.pcm[0]), abs(part.pcm[-1])) < 1e-3


def test_words_stand_in_the_text_and_in_time(spoken):
    text = TEXTS[spoken.language]
    parts = spoken.parts
    for part in parts:
        at = 0.0
        for word in part.words:
            assert word.text == text[word.a : word.b] and part.a <= word.a < word.b <= part.b
            assert at - 1e-6 <= word.start < word.end <= part.seconds + 1e-6
            at = word.start
    words = [w.text for p in parts for w in p.words]
    assert "59" in "".join(words) and len(words) >= 8


def test_phones_are_contiguous_and_cover_the_speech(spoken):
    for part in spoken.parts:
        assert part.phones[0].start == 0 and part.phones[-1].end == pytest.approx(part.seconds)
        for before, after in zip(part.phones, part.phones[1:], strict=False):
            assert before.end == after.start and before.start < before.end
        assert {p.symbol for p in part.phones} <= PHONES | {"sil"}
        mouths = controls(part, 25, 0.0)
        assert len(mouths) == -(-len(part.pcm) // (SPEECH_RATE // 25)) and mouths[:, 0].max() > 0.1


def test_the_same_line_sounds_the_same(spoken):
    short = {"en": "Just $59.00, down from $75.00.", "zh": "只要59美元。"}[spoken.language]
    for a, b in zip(spoken.say(short), spoken.say(short), strict=True):
        np.testing.assert_array_equal(a.pcm, b.pcm)
        assert (a.words, a.phones) == (b.words, b.phones)


def test_another_language_and_nothing_to_say_are_refused(spoken):
    other = {"en": "zh", "zh": "en"}[spoken.language]
    with pytest.raises(ContentError, match="speaks"):
        spoken.say(TEXTS[other], other)
    with pytest.raises(ContentError, match="nothing to say"):
        spoken.say("…")


def test_closing_it_more_than_once_does_no_harm(spoken):
    spoken.voice.close()


def test_a_server_s_clause_is_kept_and_asked_for_once(reader, tmp_path):
    asked = []

    def count(request):
        asked.append(request)
        return answer(request)

    cache = SpeechCache(tmp_path)
    for _ in range(2):
        client = httpx.Client(transport=httpx.MockTransport(count))
        source = ServerSource(SpeechServer("http://speech.test/v1"), "nova", client=client)
        voice = ForeignVoice(source, "en", reader=reader, cache=cache)
        text = "Just $59.00. And a choice of many colours, all of them here."
        made = list(voice.say(Line("l1", LineKind.PITCH, text, "en")))
    assert len(asked) == len(made) == cache.hits
