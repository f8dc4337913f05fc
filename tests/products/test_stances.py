"""Told, asked or declined."""

import pytest

from products.stances import Stance, clauses, negated


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Is it waterproof?", Stance.ASK),
        ("Is it waterproof? Yes!", Stance.TELL),
        ("Did you know it cures insomnia?", Stance.TELL),
        ("Isn't it the best mug ever?", Stance.TELL),
        ("It's the best, don't you think?", Stance.TELL),
        ("Tan or olive?", Stance.ASK),
        ("I can't promise that it helps", Stance.DECLINE),
        ("I don't know anyone who sells it for less", Stance.TELL),
        ("Will it fit a cup holder, asks Jo.", Stance.ASK),
        ("Somebody's asking if they float", Stance.DECLINE),
        ("Delivery to Norway, hm, I can't promise a day", Stance.DECLINE),
        ("It is leather, I can't promise more", Stance.TELL),
        ("音质这个真评价不了", Stance.DECLINE),
        ("我不说你也知道", Stance.TELL),
        ("防水吗？", Stance.ASK),
        ("这不就是全网最低价吗？", Stance.TELL),
        ("资料里没写防不防水", Stance.DECLINE),
        ("超市的茶没法比", Stance.TELL),
    ],
)
def test_what_the_first_clause_does(text: str, stance: Stance) -> None:
    assert clauses(text)[0].stance == stance


@pytest.mark.parametrize(
    ("text", "word", "denied"),
    [
        ("it is not the cheapest mug", "cheapest", True),
        ("it is not only the cheapest mug", "cheapest", False),
        ("no more headaches", "headaches", False),
        ("没有优惠券", "优惠券", True),
        ("没有比它最好", "最好", False),
    ],
)
def test_denials(text: str, word: str, denied: bool) -> None:
    assert negated(text, 0, text.index(word)) is denied
