"""Words for the same kind of thing, and rankings made one."""

import pytest
from goods import product

from products.fusion import fused
from products.kinds import GROUPS, kinds_in, last_kind, words_alike


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("do you have headphones", "earbuds"),
        ("耳塞多少钱", "earbuds"),
        ("保温杯还有吗", "bottle"),
        ("杯子多少钱", "mug"),
        ("chopping board?", "board"),
        ("书包有吗", "backpack"),
    ],
)
def test_other_words_for_the_same_kind(said: str, meant: str) -> None:
    (group,) = kinds_in(said)
    assert meant in GROUPS[group] and meant in words_alike(said)


def test_a_word_inside_another_is_not_meant() -> None:
    assert kinds_in("steak tartare with capers") == frozenset()
    assert kinds_in("the lighthouse") == frozenset()


def test_the_last_word_names_the_kind() -> None:
    (group,) = last_kind("steel bottle lamp")
    assert "lamp" in GROUPS[group]
    assert last_kind("thing") == frozenset()


def test_what_several_rankings_find_comes_first() -> None:
    a, b, c = (product().model_copy(update={"handle": h}) for h in "abc")
    assert [p.handle for p in fused([[a, b], [c, b]])] == ["b", "a", "c"]
    assert fused([]) == ()
