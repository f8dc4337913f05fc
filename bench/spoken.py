"""Round trip of spoken amounts: price sentences said by Kokoro, written down by whisper-base, compared.

    python -m bench spoken         CASTMATE_PROOF_SENTENCES=500 for the whole proof; 40 a language otherwise

The sentences are the phrasings that the template writer airs (persona/phrases/*.yaml), with drawn amounts and
the sample shop's names. Equal counts are a prefix of longer ones, so that a longer run says the same first.
"""

import csv
import importlib
import os
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.rows import Row, row
from persona.figures import money
from persona.grammar import ONE
from persona.phrasebook import phrasebook
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE
from persona.voice.clauses import pause_after
from persona.voice.registry import USUAL, VoiceBook, open_voice
from products.catalogue import Money

ROOT = Path(__file__).parents[1]
SLOTS = ("price.plain", "price.compared", "price.range", "offer.one", "offer.plain")
CURRENCIES = {"en": ("USD", "USD", "USD", "GBP", "EUR"), "zh": ("USD", "CNY", "CNY", "CNY", "EUR")}
PRODUCTS = {"en": "products.csv", "zh": "products.zh.csv"}
USUAL_COUNT = 40


def ears() -> ModuleType:
    """tests/hearing.py: the listener that the tests have."""
    sys.path.insert(0, str(ROOT / "tests"))
    return importlib.import_module("hearing")


def drawn_amount(rng: random.Random) -> Decimal:
    """A price as shops write them: 9.90, 59, 129.95, 4.05, 1,299 (above a thousand mostly whole)."""
    low, high = rng.choice([(1, 19), (10, 99), (10, 99), (100, 999), (100, 999), (1000, 4999)])
    whole = rng.randint(low, high)
    endings = ["0", "0", "0.99", "0.9", "0.95", "0.5", f"0.{rng.randint(1, 99):02d}"]
    return Decimal(whole) + Decimal(rng.choice(endings[:3] if low == 1000 else endings))


def titles(language: str) -> list[tuple[str, int]]:
    """(title, link number) of the sample shop."""
    with (ROOT / "sample" / "shop" / PRODUCTS[language]).open(encoding="utf-8-sig", newline="") as rows:
        found = [r["Title"] for r in csv.DictReader(rows) if r["Title"]]
    # a title that holds a figure of its own would be counted as an amount
    return [(t, n) for n, t in enumerate(found, 1) if not any(c.isdigit() for c in t)]


def sentences(language: str) -> Iterator[str]:
    """Endless, distinct, always the same."""
    rng = random.Random(f"spoken {language}")
    book, names = phrasebook(language), titles(language)
    phrases = [p for slot in SLOTS for p in book.slots[slot]]
    seen: set[str] = set()
    while True:
        title, number = rng.choice(names)
        low = drawn_amount(rng)
        high = low + max(Decimal(1), (low * rng.choice([1, 2, 3, 5]) / 10).quantize(Decimal("0.1")))
        currency = rng.choice(CURRENCIES[language])
        shown = {
            key: money(Money(amount=value, currency=currency), language)
            for key, value in (("low", low), ("high", high), ("saving", high - low))
        }
        fields = {
            **ONE, "title": title, "the_title": f"the {title}", "The_title": f"The {title}",
            "number": str(number),
            "price": shown["low"], "compare_at": shown["high"], **shown,
        }  # fmt: skip
        text = rng.choice(phrases).format_map(fields)
        if text not in seen:
            seen.add(text)
            yield text


def heard_of(book: VoiceBook, text: str, language: str, hearing: ModuleType) -> str:
    """What whisper writes down when `text` is said."""
    clips: list[np.ndarray] = []
    for speech in book.say(Line("bench", LineKind.OFFER, text, language)):
        clips += [speech.pcm, np.zeros(int(pause_after(speech.text) * SPEECH_RATE), np.float32)]
    return str(hearing.words_heard(hearing.transcribe(np.concatenate(clips), language)))


def one(language: str, count: int, hearing: ModuleType) -> tuple[float, list[str]]:
    """(share of sentences with all amounts right, those that were not, with what was heard)."""
    book = open_voice({language: USUAL[language]}, intra_op_num_threads=1)
    wrong: list[str] = []
    try:
        for n, text in zip(range(count), sentences(language), strict=False):
            heard = heard_of(book, text, language, hearing)
            if not hearing.same_amounts(text, heard):
                wrong.append(f"{text} -> {heard}")
                print(f"  {language} {n + 1}: {wrong[-1]}", flush=True)
    finally:
        book.close()
    return 1 - len(wrong) / count, wrong


def run() -> list[Row]:
    hearing = ears()
    if hearing.available():
        print(f"  words.spoken is left out: {hearing.available()}")
        return []
    count = int(os.environ.get("CASTMATE_PROOF_SENTENCES", str(USUAL_COUNT)))
    rows = []
    for language in os.environ.get("CASTMATE_PROOF_LANGUAGES", "en,zh").split(","):
        share, _ = one(language, count, hearing)
        said = f"n = {count} price sentences, Kokoro to whisper-base; Taobao publishes 0.97"
        rows.append(
            row(f"words.spoken_{language}_ok", share, "share", ">= 0.97", said, "python -m bench spoken")
        )
    return rows
