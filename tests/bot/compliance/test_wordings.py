"""A shop unlike the sample: down that is no discount, sizes called by ranges, packs, colours in sizes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from shops import catalogue_of

from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Path(__file__).parents[2] / "golden" / "briefed" / "third" / "shop"


@pytest.fixture(scope="module")
def clearance() -> CatalogueClearance:
    return CatalogueClearance(catalogue_of(SHOP, NOW))


TRUE = [
    ("ridge-parka", "It's duck down: 80% down and 20% feather."),
    ("ridge-parka", "Navy in L is sold out right now, but Moss in L is here, with 4 in stock."),
    ("ridge-parka", "藏青的L码现在没货了，苔绿的L码还有4件。"),
    ("puddle-raincoat", "The sizes are 98-104 cm, 110-116 cm and 122-128 cm."),
    ("puddle-raincoat", "In the 122-128 cm size, Yellow is sold out, but we have 16 in Blue."),
    ("puddle-raincoat", "122-128 cm is the one. We have that in Blue; Yellow is sold out in that size."),
    ("trail-socks", "They're 62% merino wool, 34% nylon and 4% elastane, and you get 2 pairs in a pack."),
    ("trail-socks", "The heel and toe are cushioned, and the toe seam is flat."),
    ("trail-socks", "一包有2双，34%锦纶，4%氨纶。"),
    ("linden-towels", "You get a set of 3 face towels in long-staple cotton."),
    ("linden-towels", "Wash them before first use, and leave out the fabric softener."),
    ("linden-towels", "通过了OEKO-TEX Standard 100认证。"),
    ("gale-umbrella", "The canopy is 105 cm, held up by 9 fibreglass ribs."),
    ("tide-mat", "It's 4 mm thick, and it comes with a carry strap."),
    ("tide-mat", "A carry strap is included."),
    ("tapper-keyboard", "82键，PBT键帽，有线、蓝牙、2.4GHz。"),
    ("heather-honey", "It's unpasteurised with nothing added, in a 340 g glass jar."),
    ("picnic-bento", "It's BPA-free, and there's a fork and spoon tucked under the lid."),
    ("picnic-bento", "盖子下面附了叉勺。"),
]
FALSE = [
    ("ridge-parka", "It's duck down: 90% down and 10% feather."),
    ("ridge-parka", "It's 80% off."),
    ("ridge-parka", "Navy in L is in stock."),
    ("ridge-parka", "藏青的L码还有货。"),
    ("puddle-raincoat", "The sizes are 98-104 cm and 130-136 cm."),
    ("puddle-raincoat", "Yellow in 122-128 cm is in stock."),
    ("trail-socks", "They're 34% merino wool and 62% nylon."),
    ("trail-socks", "You get 3 pairs in a pack."),
    ("trail-socks", "一包有3双。"),
    ("linden-towels", "You get a set of 4 face towels."),
    ("gale-umbrella", "The canopy is 29 cm."),
    ("gale-umbrella", "It folds down to 105 cm."),
    ("tide-mat", "It comes with a towel."),
    ("tide-mat", "A cleaning brush is included."),
    ("tapper-keyboard", "It has 75 keys."),
    ("heather-honey", "It comes in a 500 g glass jar."),
    ("picnic-bento", "It's microwave safe with the lid on."),
    ("picnic-bento", "It's not BPA-free."),
]


def cleared(clearance: CatalogueClearance, product: str, text: str) -> bool:
    language = "zh" if any("\u3400" < c < "\u9fff" for c in text) else "en"
    return clearance.clear(Utterance(text, language, products=(product,)), NOW).cleared


@pytest.mark.parametrize(("product", "text"), TRUE)
def test_what_the_page_writes_is_cleared(clearance: CatalogueClearance, product: str, text: str) -> None:
    assert cleared(clearance, product, text)


@pytest.mark.parametrize(("product", "text"), FALSE)
def test_what_it_does_not_write_is_refused(clearance: CatalogueClearance, product: str, text: str) -> None:
    assert not cleared(clearance, product, text)
