"""Clearance on the sample shop: what is true is said, what is not true or cannot be known is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shops import SAMPLE, catalogue_of

from bot.compliance.clearance import BannedTerm, CatalogueClearance
from products.claims import sayable, unsayable
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Severity, Utterance, Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YUAN_SHOP = """handle,title,body,option1_name,option1_value,sku,quantity,price,compare_at
pan,不粘锅,<p>直径28厘米。</p>,,,PAN,500,99.00,119.00
tee,棉T恤,<p>100%棉。</p>,尺码,M,TEE-M,20,99.00,
tee,,,尺码,L,TEE-L,0,129.00,
"""


@pytest.fixture(scope="module")
def catalogue() -> SqlCatalogue:
    return catalogue_of(SAMPLE, NOW)


@pytest.fixture(scope="module")
def yuan(tmp_path_factory) -> SqlCatalogue:
    path = tmp_path_factory.mktemp("shop") / "yuan.zh.csv"
    path.write_text(YUAN_SHOP, "utf-8")
    engine = open_engine("sqlite://")
    create_tables(engine)
    import_catalogue(engine, path, NOW, currency="CNY")
    return SqlCatalogue(engine)


def clear(catalogue: SqlCatalogue, text: str, *products: str, now: datetime = NOW) -> Verdict:
    language = "zh" if any("\u3400" < c < "\u9fff" for c in text) else "en"
    return CatalogueClearance(catalogue).clear(Utterance(text, language, products=products), now)


TRUE = [
    ("The sneakers are 59 dollars, down from 75 dollars.", "harbor-sneakers"),
    ("Fifty-nine dollars instead of seventy-five: you save sixteen dollars.", "harbor-sneakers"),
    ("That is 21% off.", "harbor-sneakers"),
    ("Under 60 dollars for canvas sneakers.", "harbor-sneakers"),
    ("It is $59.00 today.", "harbor-sneakers"),
    ("about 60 dollars", "harbor-sneakers"),
    ("About 300 g a shoe in size 40.", "harbor-sneakers"),
    ("About 40 hours.", "meadow-candle"),
    ("About 2.6 pounds.", "lumen-lamp"),
    ("Only 3 left in size 45!", "harbor-sneakers"),
    ("Size 42 is sold out, but size 43 is in stock.", "harbor-sneakers"),
    ("You asked about size 42: it is sold out.", "harbor-sneakers"),
    ("All sizes are available except 42.", "harbor-sneakers"),
    ("Any size from 36 to 45 except the 42, which is sold out.", "harbor-sneakers"),
    ("36到45码，除了42码卖光了，其他都能选。", "harbor-sneakers"),
    ("库存有60块，一块38美元。", "maple-board"),
    ("38美元一块，下面的卡片，12号链接。", "maple-board"),
    ("There are 85 here at $34 each.", "willow-tote"),
    ("You step through 3 levels of brightness.", "lumen-lamp"),
    ("Through 6 hours of music, and when they run low the case gives them 24 more.", "pebble-earbuds"),
    ("You can count on about 40 hours.", "meadow-candle"),
    ("They've come down to $79.", "pebble-earbuds"),
    ("Sizes 36 to 45, and a shoe weighs 310 grams in size 40.", "harbor-sneakers"),
    ("We have size 41.", "harbor-sneakers"),
    ("It comes in ten sizes.", "harbor-sneakers"),
    ("Machine washable at 30 degrees.", "harbor-sneakers"),
    ("Do you have size 42?", "harbor-sneakers"),
    ("Product number 1 on the table, link 1.", "harbor-sneakers"),
    ("Eighteen fifty for a mug that holds 350 millilitres.", "dawn-mug"),
    ("The mug is eighteen dollars and fifty cents.", "dawn-mug"),
    ("It comes in two colours, sand and teal, and both colours are in stock.", "dawn-mug"),
    ("Keeps drinks hot for 12 hours and cold for 24.", "fjord-bottle"),
    ("18/8 steel, 0.75 litres, 16% off.", "fjord-bottle"),
    ("The night colour is sold out, the steel one is available.", "fjord-bottle"),
    ("1.2 kilos, or 1200 grams, 600 lumens, 2,700 to 4,000 K, and a two-year guarantee.", "lumen-lamp"),
    ("IPX4 against rain, Bluetooth 5.3.", "pebble-earbuds"),
    ("Twenty percent off: 96 instead of 120 dollars.", "atlas-backpack"),
    ("The olive one is almost gone: only two left.", "atlas-backpack"),
    ("It has lifetime repair.", "atlas-backpack"),
    ("60 by 40 by 11 centimetres.", "cloud-pillow"),
    ("The blanket is sold out.", "drift-blanket"),
    ("It's 130 x 180 cm, wool.", "drift-blanket"),
    ("Just two things before we start, and one question for you.", "harbor-sneakers"),
    ("First things first. One second, I am back in five minutes.", "harbor-sneakers"),
    ("I have not used it myself, I am an AI.", "harbor-sneakers"),
    ("I can't make medical claims about it.", "cloud-pillow"),
    ("Which size suits you best?", "harbor-sneakers"),
    ("Thanks Alex99, good question!", "harbor-sneakers"),
    ("现价五十九美元，原价七十五美元，省十六美元。", "harbor-sneakers"),
    ("只要五十九美元！", "harbor-sneakers"),
    ("今天第2天，只要59美元。", "harbor-sneakers"),
    ("42码没货了，43码有货。", "harbor-sneakers"),
    ("45码只剩三双。", "harbor-sneakers"),
    ("尺码从36码到45码，40码单只重310克。", "harbor-sneakers"),
    ("第一，我们来看一下这双鞋。", "harbor-sneakers"),
    ("第一步，先量一下脚长。", "harbor-sneakers"),
    ("这款杯子三百五十毫升，十八块五。", "dawn-mug"),
    ("沙色和青色都有货。", "dawn-mug"),
    ("夜色售罄了，钢色有货。", "fjord-bottle"),
    ("保温十二小时，保冷二十四小时。", "fjord-bottle"),
    ("打八折，九十六美元。", "atlas-backpack"),
    ("两年保修，三档亮度。", "lumen-lamp"),
    ("2026年春茶，一百克，二十二美元。", "orchard-tea"),
    ("一号链接，海港帆布鞋。", "harbor-sneakers"),
    ("大家有什么问题？稍等一下，我们一起看看。", "harbor-sneakers"),
]

FALSE = [
    ("Only 199 dollars today.", "harbor-sneakers", "facts.price"),
    ("nine dollars ninety", "harbor-sneakers", "facts.price"),
    ("It is fifty-eight dollars.", "harbor-sneakers", "facts.price"),
    ("Yours for nineteen ninety-nine.", "harbor-sneakers", "facts.price"),
    ("Only nine today.", "harbor-sneakers", "facts.price"),
    ("It's 159 dollars.", "harbor-sneakers", "facts.price"),
    ("It's 5.9 dollars.", "harbor-sneakers", "facts.price"),
    ("Under 59 dollars.", "harbor-sneakers", "facts.price"),
    ("About 55 dollars.", "harbor-sneakers", "facts.price"),
    ("About 42 hours.", "meadow-candle", "facts.spec"),
    ("可燃约42小时。", "meadow-candle", "facts.spec"),
    ("It is 59 euros.", "harbor-sneakers", "facts.price"),
    ("59元！", "harbor-sneakers", "facts.price"),
    ("was 99 dollars", "harbor-sneakers", "facts.compare_at"),
    ("Save 20 dollars.", "harbor-sneakers", "facts.saving"),
    ("22% off", "harbor-sneakers", "facts.discount"),
    ("Half price today!", "harbor-sneakers", "facts.discount"),
    ("Buy one get one free!", "harbor-sneakers", "facts.promotion"),
    ("Free shipping on this.", "harbor-sneakers", "facts.promotion"),
    ("Only 3 left!", "harbor-sneakers", "facts.stock"),
    ("There are 95 here at $34 each.", "willow-tote", "facts.stock"),
    ("库存有80块。", "maple-board", "facts.stock"),
    ("一块60美元。", "maple-board", "facts.price"),
    ("除了42码都卖完了。", "harbor-sneakers", "facts.availability"),
    ("除了41码卖光了，其他都能选。", "harbor-sneakers", "facts.availability"),
    ("Order before they run low.", "pebble-earbuds", "claims.false_scarcity"),
    ("Through 5 tonight it is $79.", "pebble-earbuds", "claims.false_scarcity"),
    ("Only 3 left in size 44.", "harbor-sneakers", "facts.stock"),
    ("This is the last pair.", "harbor-sneakers", "claims.false_scarcity"),
    ("Almost gone!", "harbor-sneakers", "claims.false_scarcity"),
    ("The offer ends tonight.", "harbor-sneakers", "claims.false_scarcity"),
    ("only 3 hours left", "harbor-sneakers", "facts.deadline"),
    ("Size 42 is available.", "harbor-sneakers", "facts.availability"),
    ("We have size 42.", "harbor-sneakers", "facts.availability"),
    ("All sizes are in stock.", "harbor-sneakers", "facts.availability"),
    ("Size 43 is sold out.", "harbor-sneakers", "facts.availability"),
    ("Size 46 is in stock.", "harbor-sneakers", "facts.option"),
    ("It is in stock.", "drift-blanket", "facts.availability"),
    ("The night colour is still available.", "fjord-bottle", "facts.availability"),
    ("Keeps drinks hot for 14 hours.", "fjord-bottle", "facts.spec"),
    ("It weighs 1.3 kilos.", "lumen-lamp", "facts.spec"),
    ("five-year guarantee", "lumen-lamp", "facts.spec"),
    ("Lifetime guarantee!", "lumen-lamp", "claims.guarantee_or_warranty"),
    ("Money back if you do not like it.", "lumen-lamp", "claims.guarantee_or_warranty"),
    ("IPX7, so take it swimming.", "pebble-earbuds", "facts.code"),
    ("It comes in four colours.", "dawn-mug", "facts.count"),
    ("Link 3 is the one.", "dawn-mug", "facts.link"),
    ("It cures insomnia.", "cloud-pillow", "claims.disease_treatment"),
    ("It relieves neck pain.", "cloud-pillow", "claims.disease_treatment"),
    ("The best tea in the whole world.", "orchard-tea", "claims.superlative"),
    ("I use it every day.", "dawn-mug", "claims.first_person_use_without_experience"),
    ("Customers love it.", "dawn-mug", "claims.fake_testimonial"),
    ("It boosts your immune system.", "orchard-tea", "claims.health_claim"),
    ("Doctors recommend it.", "cloud-pillow", "claims.ai_medical_authority"),
    ("五十八美元。", "harbor-sneakers", "facts.price"),
    ("打八折！", "harbor-sneakers", "facts.discount"),
    ("只剩三双了！", "harbor-sneakers", "facts.stock"),
    ("库存告急！", "harbor-sneakers", "claims.false_scarcity"),
    ("42码有货。", "harbor-sneakers", "facts.availability"),
    ("所有尺码都有货。", "harbor-sneakers", "facts.availability"),
    ("夜色还有货。", "fjord-bottle", "facts.availability"),
    ("保温十四小时。", "fjord-bottle", "facts.spec"),
    ("治疗失眠。", "cloud-pillow", "claims.disease_treatment"),
    ("缓解颈椎疼痛。", "cloud-pillow", "claims.disease_treatment"),
    ("全世界最好的茶。", "orchard-tea", "claims.superlative"),
    ("我自己每天都用。", "dawn-mug", "claims.first_person_use_without_experience"),
    ("买一送一！", "dawn-mug", "facts.promotion"),
    ("第二件半价。", "dawn-mug", "facts.promotion"),
    ("3号链接。", "dawn-mug", "facts.link"),
]


@pytest.mark.parametrize(("text", "product"), TRUE)
def test_what_is_true_is_cleared(catalogue, text, product):
    verdict = clear(catalogue, text, product)
    assert verdict.cleared, [f.message for f in verdict.findings]


@pytest.mark.parametrize(("text", "product", "rule"), FALSE)
def test_what_is_not_true_is_refused_by_its_rule(catalogue, text, product, rule):
    verdict = clear(catalogue, text, product)
    assert not verdict.cleared
    finding = next(f for f in verdict.findings if f.rule == rule)
    assert finding.severity == Severity.BLOCK
    assert finding.message.endswith(".") and finding.remedy
    assert text[finding.start : finding.end]


# Sentences on which simpler checkers fail: Chinese numerals, prices too high, day numbers, substrings.
@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("只要九块九", False),
        ("今天只要299元", False),
        ("到手价9.9元", False),
        ("今天第2天，只要99元", True),
        ("今天下单立减20元", True),
        ("今天下单立减30元", False),
        ("今天只要199元", False),
        ("只要九十九块", True),
        ("¥99", True),
        ("99.00元", True),
        ("两百元", False),
        ("一百九十九", False),
        ("9块9", False),
        ("99美元", False),
        ("只剩3件", False),
        ("99到129元", False),
        ("买一送一", False),
        ("满300减40", False),
        ("原价119元", True),
        ("直径28厘米", True),
        ("直径30厘米", False),
    ],
)
def test_prices_in_yuan(yuan, text, allowed):
    verdict = clear(yuan, text, "pan")
    assert verdict.cleared is allowed, [f.message for f in verdict.findings]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("99到129元", True),
        ("99元", False),
        ("99元起", True),
        ("M码99元", True),
        ("L码99元", False),
        ("100%棉", True),
        ("L码卖完了", True),
        ("L码有货", False),
    ],
)
def test_a_range_of_prices(yuan, text, allowed):
    verdict = clear(yuan, text, "tee")
    assert verdict.cleared is allowed, [f.message for f in verdict.findings]


def test_two_products_in_one_sentence_keep_their_prices(catalogue):
    both = ("dawn-mug", "willow-tote")
    assert clear(catalogue, "The mug is 18.50 dollars, and the tote is 34 dollars.", *both).cleared
    assert not clear(catalogue, "The mug is 34 dollars, and the tote is 18.50 dollars.", *both).cleared


def test_statements_name_the_fact_that_carries_them(catalogue):
    verdict = clear(catalogue, "It is 59 dollars in size 41.", "harbor-sneakers")
    assert "harbor-sneakers/HS-41/price" in verdict.facts
    assert "harbor-sneakers/option/Size/41" in verdict.facts
    statement = verdict.statements[0]
    assert verdict.utterance.text[statement.start : statement.end] == statement.text == "59 dollars"


def test_without_a_product_no_amount_is_said(catalogue):
    assert not clear(catalogue, "Everything from 16 dollars.").cleared
    assert clear(catalogue, "Welcome, good to see you! We have twelve products today.").cleared
    assert not clear(catalogue, "We have thirteen products today.").cleared


def test_old_stock_and_old_prices_are_not_said(catalogue):
    later = NOW + timedelta(minutes=11)
    verdict = clear(catalogue, "Size 43 is in stock.", "harbor-sneakers", now=later)
    assert [f.rule for f in verdict.findings if f.severity == Severity.BLOCK] == ["facts.stale"]
    assert clear(catalogue, "59 dollars", "harbor-sneakers", now=later).cleared
    assert not clear(catalogue, "59 dollars", "harbor-sneakers", now=NOW + timedelta(hours=25)).cleared


def test_the_description_itself_can_be_said_but_for_its_claims(catalogue):
    for product in catalogue.products():
        for language in product.texts:
            for sentence in sayable(product, language):
                verdict = clear(catalogue, sentence, product.handle)
                assert verdict.cleared, (sentence, [f.message for f in verdict.findings])
            for sentence, _ in unsayable(product, language):
                assert not clear(catalogue, sentence, product.handle).cleared


def test_banned_terms_look_at_their_context(yuan, catalogue):
    terms = (
        BannedTerm("第一", "TB-BAN", "a rule"),
        BannedTerm("100%", "TB-BAN"),
        BannedTerm("lowest price", "TT-BAN"),
    )
    clearance = CatalogueClearance(yuan, terms)

    def rules(text: str) -> list[str]:
        return [f.rule for f in clearance.clear(Utterance(text, "zh", products=("tee",)), NOW).findings]

    assert rules("第一步，看尺码。100%棉。") == []
    assert "TB-BAN" in rules("质量第一")
    assert "TT-BAN" in rules("This is the  Lowest Price here")
    assert "TT-BAN" not in rules("slowest prices")


def test_a_pack_may_forbid_more_but_never_less(catalogue):
    strict = CatalogueClearance(
        catalogue, forbidden_claims=frozenset({"guarantee_or_warranty", "price_or_promotion_claim"})
    )
    lamp = Utterance("Two-year guarantee.", "en", products=("lumen-lamp",))
    assert CatalogueClearance(catalogue).clear(lamp, NOW).cleared
    assert not strict.clear(lamp, NOW).cleared
    assert not strict.clear(Utterance("64 dollars", "en", products=("lumen-lamp",)), NOW).cleared
    assert not strict.clear(Utterance("It cures insomnia.", "en", products=("cloud-pillow",)), NOW).cleared


_WORDS = st.sampled_from(
    "59 $ 美元 块 九 十 百 点 half off % size 42 left only 最 第一 link # . , ， 。 \x00 ½ ² ١٢ 1/2 "
    "IPX4 - to x 亿 万 1e9 ９ "
    "hundred point oh and thousand 买一送 满 减 sold out in stock 有货 except 除了 都 \n".split(" ")
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_WORDS, max_size=14).map("".join),
        st.lists(_WORDS, max_size=14).map(" ".join),
    )
)
def test_no_text_makes_it_raise(catalogue, text):
    verdict = clear(catalogue, text, "harbor-sneakers", "dawn-mug", "no-such-product")
    for statement in verdict.statements:
        assert text[statement.start : statement.end] == statement.text


def test_a_viewer_who_is_addressed_is_no_statement() -> None:
    """Names stand once, at their length, so that what is said after them keeps its place."""
    from bot.compliance.clearance import _unaddressed
    from products.verdict import Utterance

    text = "My friend and Kateryna, it costs $59. Kateryna is waterproof."
    blanked = _unaddressed(Utterance(text, "en", names=("my friend", "Kateryna")))
    assert len(blanked) == len(text)
    assert blanked == "          and         , it costs $59. Kateryna is waterproof."
