"""Roles of numbers, and claims made by words."""

from decimal import Decimal

import pytest

from products.bounds import Bound
from products.claim_words import ClaimType, find_words
from products.claims import find_claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The sneakers are 59 dollars, down from 75 dollars.", [("price", 59), ("compare_at", 75)]),
        ("from $75 to $59", [("compare_at", 75), ("price", 59)]),
        ("was 75, now 59", [("compare_at", 75), ("price", 59)]),
        ("Only 3 left in size 45!", [("stock", 3), ("option", 45)]),
        ("sizes 40, 41 and 42", [("option", 40), ("option", 41), ("option", 42)]),
        ("60 x 40 x 11 cm", [("spec", 60), ("spec", 40), ("spec", 11)]),
        ("Bluetooth 5.3, 6 hours", [("unknown", Decimal("5.3")), ("spec", 6)]),
        ("save $16 today", [("saving", 16)]),
        ("$16 off", [("saving", 16)]),
        ("20% cheaper", [("discount", 20)]),
        ("100% cotton", [("spec", 100)]),
        ("link 2 is the mug", [("link", 2)]),
        ("2号链接", [("link", 2)]),
        ("42码没货了", [("option", 42)]),
        ("今天第2天，只要99元", [("price", 99)]),
        ("今天下单立减20元", [("saving", 20)]),
        ("99到129元", [("price", 99), ("price", 129)]),
        ("原价七十五，现价五十九", [("compare_at", 75), ("price", 59)]),
        ("库存还有120件", [("stock", 120)]),
        ("yours for nineteen ninety-nine", [("price", Decimal("19.99"))]),
        ("It comes in two colours", [("count", 2)]),
        ("only 3 hours left", [("deadline", 3)]),
        ("Two things before we start, and one question.", []),
        ("一下，第一，一起看看", []),
        ("Back in five minutes, one second.", []),
        ("打1告诉我", []),
    ],
)
def test_what_numbers_are_about(text, expected):
    found = [(str(c.role), c.readings[0]) for c in find_claims(text) if c.readings]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("under 60 dollars", Bound.BELOW),
        ("over 100 left", Bound.ABOVE),
        ("about 40 hours", Bound.ABOUT),
        ("up to 24 hours", Bound.UP_TO),
        ("at least 12 hours", Bound.AT_LEAST),
        ("from $16", Bound.FROM),
        ("不到六十美元", Bound.BELOW),
        ("40小时左右", Bound.ABOUT),
        ("200多克", Bound.SOME_MORE),
        ("59美元起", Bound.FROM),
        ("约40小时", Bound.ABOUT),
    ],
)
def test_bounds(text, bound):
    (claim,) = [c for c in find_claims(text) if c.readings]
    assert claim.bound == bound


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cures insomnia", ClaimType.DISEASE),
        ("relieves neck pain", ClaimType.DISEASE),
        ("治疗失眠", ClaimType.DISEASE),
        ("缓解颈椎疼痛", ClaimType.DISEASE),
        ("improves your eyesight", ClaimType.HEALTH),
        ("增强免疫力", ClaimType.HEALTH),
        ("clinically tested", ClaimType.MEDICAL),
        ("the best tea in the whole world", ClaimType.SUPERLATIVE),
        ("the most comfortable shoe", ClaimType.SUPERLATIVE),
        ("最好的茶", ClaimType.SUPERLATIVE),
        ("全网唯一", ClaimType.SUPERLATIVE),
        ("质量第一品牌", ClaimType.SUPERLATIVE),
        ("手慢无", ClaimType.SCARCITY),
        ("going fast", ClaimType.SCARCITY),
        ("I've been wearing these", ClaimType.EXPERIENCE),
        ("亲测好用", ClaimType.EXPERIENCE),
        ("thousands of happy customers", ClaimType.TESTIMONIAL),
        ("好评如潮", ClaimType.TESTIMONIAL),
        ("five-star", ClaimType.REVIEW),
        ("better than any other mug", ClaimType.COMPARISON),
        ("studies show", ClaimType.CITATION),
        ("money-back", ClaimType.GUARANTEE),
        ("终身质保", ClaimType.GUARANTEE),
    ],
)
def test_claims_made_by_words(text, kind):
    assert kind in {k for _, _, k in find_words(text)}


@pytest.mark.parametrize(
    "text",
    [
        "第一步，量脚长",
        "第一次来的朋友",
        "Which one suits you best?",
        "at best",
        "It is not a medical product.",
        "I have not used it myself.",
        "最近上新",
        "最后，谢谢大家",
        "我用中文回答你",
        "Ask me anything.",
        "Take your time.",
    ],
)
def test_harmless_look_alikes(text):
    assert list(find_words(text)) == []
