"""Words made to slip through, and true sentences made false by one number: none of them may pass."""

import re
from datetime import UTC, datetime

import pytest
from shops import SAMPLE, catalogue_of

from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clearance() -> CatalogueClearance:
    return CatalogueClearance(catalogue_of(SAMPLE, NOW))


ENGLISH = """It is nine dollars.|Just nine bucks!|Nine ninety.|a steal at nineteen|for a tenner
only ten dollars|half the price|it's free|fifty percent off|a third off|twenty off|two for one|buy two get one
I wear mine daily|I've had mine for years|My husband loves it|everyone's buying it
it sells out every time|gone by tonight|only today|last chance|stock is running low
just a handful left|there are four left|three remain|guaranteed for life|ten-year warranty
full refund any time|free returns|ships in two days|delivered tomorrow|the number one shoe in Europe
award-winning|nobody sells it cheaper|lower than anywhere|it heals your feet|good for arthritis
prevents blisters|your doctor would approve|waterproof to 50 metres|weighs 250 grams|weighs 2 pounds
made in Italy|size 47 available|all colours available|size 42 back in stock|we have plenty of 42
42? yes, ready to ship|forty-two is available|the price is fifty|costs 60|59 euros|for 59 pounds
$58.99|$590|59 cents|fifty nine hundred dollars|normally ninety|was a hundred dollars
saving of twenty dollars|that's 30 percent less|over 500 sold|4.8 out of five|rated five stars
Free shipping today|use the coupon|size 42 is here, order now|It's 59 dollars and 21 dollars off"""

CHINESE = """九块九|只要九块|才九十|白菜价九毛九|五折|打个对折|半价|免费|三十块|立减三十|第二件一元
买二送一|我自己穿了一年|我老公天天穿|大家都在买|秒空|马上就没了|今晚截止|最后一天|最后三双
就剩两双|还有十双|只有五双了|终身保修|七天无理由|十年质保|包邮|明天到|全网第一|销量冠军
获奖|全网最低|最便宜|治脚气|缓解关节炎|医生都说好|防水五十米|重二百五十克|意大利制造
四十七码有货|所有颜色都有|四十二码补货了|四十二码还有|42有的|价格五十|卖六十|59欧元
59元|五百九十美元|原价一百美元|省二十美元|便宜三成|卖了五百双|五星好评|百分之五十优惠|两折
一折起|199|九九|四十二码现货，马上下单"""


@pytest.mark.parametrize("text", re.split(r"[|\n]", ENGLISH))
def test_english_that_is_not_true(clearance, text):
    assert not clearance.clear(Utterance(text, "en", products=("harbor-sneakers",)), NOW).cleared


@pytest.mark.parametrize("text", re.split(r"[|\n]", CHINESE))
def test_mandarin_that_is_not_true(clearance, text):
    assert not clearance.clear(Utterance(text, "zh", products=("harbor-sneakers",)), NOW).cleared


TRUE = [
    ("It costs $29.90, down from 36 dollars, so you save $6.10; link 3.", "en", "fjord-bottle"),
    ("Now for the numbers: 310 g a shoe in size 40, sizes 36 to 45.", "en", "harbor-sneakers"),
    ("Only 3 left in size 45, and size 42 is sold out.", "en", "harbor-sneakers"),
    ("130 x 180 cm of merino wool, 1.1 kg.", "en", "drift-blanket"),
    (
        "Bluetooth 5.3, 6 hours a charge and 24 more in the case: 79 dollars instead of 99.",
        "en",
        "pebble-earbuds",
    ),
    ("还有海港帆布鞋，1号链接，划线价75美元，现价59美元，差价16美元。", "zh", "harbor-sneakers"),
    ("45码只剩3双，40码单只重310克。", "zh", "harbor-sneakers"),
    ("600流明，2700至4000K，1.2公斤，64美元。", "zh", "lumen-lamp"),
]


@pytest.mark.parametrize(("text", "language", "product"), TRUE)
def test_one_wrong_number_is_enough(clearance, text, language, product):
    assert clearance.clear(Utterance(text, language, products=(product,)), NOW).cleared
    for number in re.finditer(r"\d+(?:\.\d+)?", text):
        for wrong in (f"{int(float(number.group()))}7", str(int(float(number.group())) + 1000), "0"):
            mutated = text[: number.start()] + wrong + text[number.end() :]
            assert not clearance.clear(Utterance(mutated, language, products=(product,)), NOW).cleared, (
                mutated
            )
