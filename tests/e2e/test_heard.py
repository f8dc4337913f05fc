"""What a listener hears of a show: whisper-base writes the film down; names and prices must be there."""

import functools
import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import hearing
import numpy as np
import pytest
from seeing import sound
from shows import Rehearsed, shop

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(hearing.available()), reason=hearing.available() or "-"),
]
MONEY = {"price", "compare_at", "saving"}


@functools.cache
def words_of(film: Path, language: str) -> tuple[tuple[str, float, float], ...]:
    return tuple(word for part in hearing.transcribe(film, language) for word in part.words)


def heard_during(rehearsed: Rehearsed, line: dict[str, Any]) -> str:
    """What was heard of the film while `line` was on air."""
    words = words_of(rehearsed.film, rehearsed.language)
    inside = [w for w, a, b in words if line["from_s"] - 0.1 <= (a + b) / 2 <= line["to_s"] + 0.2]
    return joined(inside, rehearsed.language)


def heard_alone(rehearsed: Rehearsed, line: dict[str, Any]) -> str:
    """The line listened to by itself: in a whole film the ear's windows of 30 s cut through words."""
    samples, start = sound(rehearsed.film)
    part = np.s_[round((line["from_s"] - start) * 48_000) : round((line["to_s"] - start) * 48_000)]
    mono = samples[:, part].sum(axis=0) / np.sqrt(2)
    return hearing.words_heard(hearing.transcribe(mono.astype(np.float32), rehearsed.language))


def joined(words: list[str], language: str) -> str:
    if language == "zh":
        return "".join(words)
    return re.sub(r" (?=[.,-])|(?<=\$) ", "", " ".join(words))


def sounds(text: str, language: str) -> list[str]:
    """Words, or Mandarin syllables without tone; -n and -ng are one, as in much of China."""
    parts = hearing.wording(text, language)
    return [re.sub(r"ng\Z", "n", p) for p in parts] if language == "zh" else parts


def alike(wanted: str, heard: str, language: str) -> bool:
    """An English name may be spelt as it sounds ("airbids"); a syllable is right or wrong."""
    if language == "zh":
        return wanted == heard
    return SequenceMatcher(None, wanted, heard, False).ratio() >= 0.7


def unheard(parts: list[str], heard: list[str], language: str) -> list[str]:
    return [part for part in parts if not any(alike(part, h, language) for h in heard)]


def test_the_names_of_the_products_are_heard(rehearsed: Rehearsed) -> None:
    language, rows = rehearsed.language, shop(rehearsed.language)
    wanted, missed = 0, []
    for line in rehearsed.lines:
        for handle in line["products"]:
            title = rows[handle]["Title"]
            if title not in line["text"]:
                continue
            heard = sounds(heard_during(rehearsed, line), language)
            parts = sounds(title, language)
            wanted += len(parts)
            if unheard(parts, heard, language):
                heard += sounds(heard_alone(rehearsed, line), language)
            missed += [(part, heard) for part in unheard(parts, heard, language)]
    assert wanted >= 6
    assert len(missed) <= 0.1 * wanted, missed


def test_every_price_is_heard_right(rehearsed: Rehearsed) -> None:
    said, wrong = 0, []
    for line in rehearsed.lines:
        amounts = " ".join(s["text"] for s in line["statements"] if s["role"] in MONEY)
        if not amounts:
            continue
        said += len(hearing.amounts(amounts))
        heard = heard_during(rehearsed, line)
        if not hearing.same_amounts(amounts, heard):
            heard = heard_alone(rehearsed, line)
        if not hearing.same_amounts(amounts, heard):
            wrong.append((line["text"], heard))
    assert said >= 4
    assert wrong == []


def test_the_words_come_through(rehearsed: Rehearsed) -> None:
    """Of the whole show: what was written is what is heard."""
    found = {
        line["text"]: hearing.likeness(line["text"], heard_during(rehearsed, line), rehearsed.language)
        for line in rehearsed.lines
    }
    assert float(np.mean(list(found.values()))) >= 0.88, found
    assert min(found.values()) >= 0.5, found


def test_nothing_is_said_twice_at_once_or_left_over(rehearsed: Rehearsed) -> None:
    """Between the lines nobody speaks: hardly a word is heard that belongs to no line."""
    words = words_of(rehearsed.film, rehearsed.language)
    lost = [w for w, a, b in words if any(x + 0.3 < (a + b) / 2 < y - 0.3 for x, y in rehearsed.pauses)]
    assert len(lost) <= 0.02 * len(words), lost
