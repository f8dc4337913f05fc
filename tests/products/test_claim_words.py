"""Praise, hurry and promises that nobody can check, in both languages, and ordinary words that look alike."""

# ruff: noqa: E501  lists of words

import re

import pytest

from products.claim_words import ClaimType, find_words

PUFFERY = {
    ClaimType.SUPERLATIVE: """top quality|top-notch|unbeatable|a must-have|it is a must|an absolute must for you
        like no other|simply incomparable|state-of-the-art|a game changer|flawless|great value|an amazing deal
        value for money|what a bargain|it's a steal|rock-bottom prices|the lowest ever|you won't find it cheaper
        you won't get a better one|cannot be beaten|the lightest shoe|the comfiest pillow|our most popular mug
        you need this|you can't go wrong|every kitchen needs one|top of the range|the king of lamps
        顶级|顶尖|超值|一流|全网最低|史上最低|必买|必入|闭眼入|不买后悔|赚翻了|绝对好用|完美|神器|无敌|独家|数一数二
        遥遥领先|镇店之宝|性价比之王|地板价|骨折价|史低|吊打同行|没有之一|首屈一指|买到就是赚|登峰造极""",
    ClaimType.SCARCITY: """hurry|Hurry up!|don't wait|it won't last long|the clock is ticking|now or never
        limited-time offer|gone in minutes|in high demand|prices go up tomorrow|back to full price
        grab it while you can|order one before it is gone|one day only|time is running out
        赶紧下单|快抢|抢购|手快有|仅此一次|机不可失|再不买就没了|下播恢复原价|供不应求|断货王|错过就要等|明天就涨价""",
    ClaimType.GUARANTEE: """you won't regret it|satisfaction guaranteed|no questions asked|nothing to lose|I promise
        it lasts forever|it never breaks|100% authentic|正品保证|包你满意|放心买|不满意就退|用一辈子|假一赔十""",
    ClaimType.TESTIMONIAL: """a customer favourite|it went viral; it is trending|popular with our viewers
        火爆|卖疯了|热卖|国民好物|百万用户|全网都在用""",
    ClaimType.EFFECT: "it works wonders|it changes your life|transforms your kitchen|一抹就白|显瘦10斤",
    ClaimType.COMPARISON: "beats the competition|outperforms the rest|媲美大牌|别的店都卖一百",
}
PLAIN = """You must have seen it in the list.|This must be the mug you mean.|It must be washed by hand.
Is it the largest size?|Pick the brightest setting.|The latest delivery is here.|It holds the heat for hours.
Take your time.|What would you like to know?|If you need this in black, tell me.|Hot drinks stay hot.
You need this if it rains.|It lasts 6 hours a charge.|Don't worry about the rain.|The last row of the table.
Wash at 30 degrees.|I can't promise that.|The price is on the card.|Order it from the card below.|A quiet lamp.
这款杯子可以进洗碗机。|先看一下尺码。|需要的朋友可以点链接。|我先看一下页面。|赶快来看看尺码表吧|对比一下两种颜色
价格在卡片上。|这个问题问得好。|最近上新。|我不能保证。|喜欢的话可以下单。|慢慢看，不着急。"""


def _each(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|\n]", text) if part.strip()]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, t) for kind, texts in PUFFERY.items() for t in _each(texts)]
)
def test_what_nobody_can_check_is_found(kind: ClaimType, text: str) -> None:
    assert kind in {found for _, _, found in find_words(text)}


@pytest.mark.parametrize("text", _each(PLAIN))
def test_ordinary_words_pass(text: str) -> None:
    assert [(text[a:b], kind) for a, b, kind in find_words(text)] == []


def test_a_no_before_a_claim_does_not_hide_it() -> None:
    assert ClaimType.SCARCITY in {kind for _, _, kind in find_words("库存不多了")}
    assert ClaimType.SUPERLATIVE in {kind for _, _, kind in find_words("不买亏大了")}
    assert list(find_words("我们不做任何健康功效的承诺。")) == []
