"""What a listener hears: whisper-base writes down the price lines of the sample shop, by every voice."""

import csv
import importlib.util
from decimal import Decimal
from pathlib import Path

import hearing
import numpy as np
import pytest

from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE
from persona.voice.base import Voice
from persona.voice.clauses import pause_after
from persona.voice.registry import open_voice

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(hearing.available()), reason=hearing.available() or "-"),
]
SHOP = Path(__file__).parents[2] / "sample" / "shop"
CAST = {
    "af_heart": {"en": {"engine": "kokoro", "voice": "af_heart"}},
    "am_michael": {"en": {"engine": "kokoro", "voice": "am_michael"}},
    "zf_xiaoxiao": {"zh": {"engine": "kokoro", "voice": "zf_xiaoxiao"}},
    "zm_yunxi": {"zh": {"engine": "kokoro", "voice": "zm_yunxi"}},
    "piper": {"en": {"engine": "piper", "voice": "joe"}},
}


USUAL = ("af_heart", "zf_xiaoxiao")  # these say all twelve; the others every third


def prices(file: str) -> list[tuple[str, Decimal, Decimal | None]]:
    """(title, price, compare-at price) of every product, from the first row of each."""
    with (SHOP / file).open(encoding="utf-8-sig", newline="") as rows:
        return [
            (r["Title"], Decimal(r["Variant Price"]), Decimal(r["Variant Compare At Price"] or 0) or None)
            for r in csv.DictReader(rows)
            if r["Title"]
        ]


def price_lines(language: str) -> list[str]:
    if language == "en":
        return [
            f"The {title} is ${price}" + (f", down from ${was}." if was else ".")
            for title, price, was in prices("products.csv")
        ]
    return [
        f"{title}只要{price.normalize():f}美元" + (f"，原价{was.normalize():f}美元。" if was else "。")
        for title, price, was in prices("products.zh.csv")
    ]


def heard_of(voice: Voice, text: str, language: str) -> str:
    clips: list[np.ndarray] = []
    for speech in voice.say(Line("heard", LineKind.OFFER, text, language)):
        clips += [speech.pcm, np.zeros(int(pause_after(speech.text) * SPEECH_RATE), np.float32)]
    return hearing.words_heard(hearing.transcribe(np.concatenate(clips), language))


@pytest.mark.parametrize("name", [n for n in CAST if n != "piper" or importlib.util.find_spec("piper")])
def test_prices_of_the_sample_shop_are_heard_right(name: str) -> None:
    (language,) = CAST[name]
    voice = open_voice(CAST[name])
    wrong, alike = [], []
    try:
        for text in price_lines(language)[:: 1 if name in USUAL else 3]:
            heard = heard_of(voice, text, language)
            alike.append(hearing.likeness(text, heard, language))
            if not hearing.same_amounts(text, heard):
                wrong.append(f"{text} -> {heard}")
    finally:
        voice.close()
    assert len(alike) == (12 if name in USUAL else 4)
    assert not wrong
    # Names of products are invented: whisper-base spells a few of them its own way.
    assert float(np.mean(alike)) > 0.85


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Warm to neutral white, 2,700 to 4,000 K, 1.2 kg, and the canvas is 340 g/m²."),
        ("en", "It is 60 x 40 x 11 cm, sizes 36–45, 20% off until November 30."),
        ("zh", "容量350毫升，保温12小时，20℃自测，重1.2公斤。"),
        ("zh", "枕头60×40×11厘米，36到45码，22升，现在优惠20%。"),
    ],
)
def test_figures_with_units_are_heard_right(language: str, text: str) -> None:
    voice = open_voice({language: {}})
    try:
        heard = heard_of(voice, text, language)
    finally:
        voice.close()
    assert hearing.same_amounts(text, heard), heard


def test_the_ears_can_tell_a_wrong_price() -> None:
    """The check itself: another price, said aloud, must not pass for the right one."""
    voice = open_voice({"en": {}})
    try:
        heard = heard_of(voice, "The Dawn Mug is $15.80.", "en")
    finally:
        voice.close()
    assert hearing.same_amounts("The Dawn Mug is $15.80.", heard)
    assert not hearing.same_amounts("The Dawn Mug is $18.50.", heard)
