import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.voice.spoken import spoken
from persona.voice.tokens import Kind
from products.errors import ContentError


def said(text: str, language: str, words: dict[str, str] | None = None) -> str:
    gap = " " if language == "en" else ""
    return gap.join(t.text for t in spoken(text, language, words).tokens)


ENGLISH = [
    ("Just $59.00, was $75.00!", "just fifty-nine dollars , was seventy-five dollars !"),
    ("$18.50", "eighteen dollars fifty"),
    ("$29.90", "twenty-nine dollars ninety"),
    ("$1", "one dollar"),
    ("$1.05", "one dollar and five cents"),
    ("$0.99", "ninety-nine cents"),
    ("$0.01", "one cent"),
    ("$1,299.00", "one thousand two hundred ninety-nine dollars"),
    ("$5 million", "five million dollars"),
    ("US$5", "five U S dollars"),
    ("HK$12.50", "twelve Hong Kong dollars fifty"),
    ("€12.50", "twelve euros fifty"),
    ("£0.50", "fifty pence"),
    ("¥199", "one hundred ninety-nine yuan"),
    ("59 USD", "fifty-nine dollars"),
    ("USD 59.00", "fifty-nine dollars"),
    ("a $10 coupon", "a ten dollar coupon"),
    ("for $10 only", "for ten dollars only"),
    ("$36-$45", "thirty-six dollars to forty-five dollars"),
    ("20% off", "twenty percent off"),
    ("12.5 %", "twelve point five percent"),
    ("sizes 36–45", "sizes thirty-six to forty-five"),
    ("sizes 36-45", "sizes thirty-six to forty-five"),
    ("3 - 5 days", "three to five days"),
    ("350 ml", "three hundred fifty milliliters"),
    ("750ml", "seven hundred fifty milliliters"),
    ("1 kg", "one kilogram"),
    ("1.2 kg", "one point two kilograms"),
    ("at 30 °C", "at thirty degrees celsius"),
    ("-5 °C", "minus five degrees celsius"),
    ("340 g/m² cotton", "three hundred forty grams per square meter cotton"),
    ("2,700 to 4,000 K", "two thousand seven hundred to four thousand kelvin"),
    ("4K video", "four K video"),
    ("600 lumens", "six hundred lumens"),
    ("USB-C", "U S B C"),
    ("IPX4", "I P X four"),
    ("18/8 steel", "eighteen eight steel"),
    ("1/4 turn", "one quarter turn"),
    ("1/2 litre", "half a litre"),
    ("4.8/5", "four point eight out of five"),
    ("Atlas Backpack 22 L", "atlas backpack twenty-two liters"),
    ("60 x 40 x 11 cm", "sixty by forty by eleven centimeters"),
    ("130×180cm", "one hundred thirty by one hundred eighty centimeters"),
    ("15-inch laptop", "fifteen inch laptop"),
    ("two-year", "two year"),
    ("Bluetooth 5.3", "bluetooth five point three"),
    ("spring harvest 2026", "spring harvest twenty twenty-six"),
    ("2,026 reviews", "two thousand twenty-six reviews"),
    ("Nov 22", "november twenty-second"),
    ("November 30th, 2026", "november thirtieth , twenty twenty-six"),
    ("2026-11-22", "november twenty-second twenty twenty-six"),
    ("8:30 pm.", "eight thirty P M ."),
    ("at 20:05", "at twenty oh five"),
    ("8 pm", "eight P M"),
    ("12:00", "twelve o'clock"),
    ("the 1990s", "the nineteen nineties"),
    ("1st and 22nd", "first and twenty-second"),
    ("24/7", "twenty four seven"),
    ("No. 5", "number five"),
    ("#1", "number one"),
    ("WH-1000XM5", "W H one thousand X M five"),
    ("HS-36", "H S thirty-six"),
    ("size XL", "size X L"),
    ("size A", "size A"),
    ("A mug", "a mug"),
    ("It's NEW", "it's new"),
    ("RainShell", "rain shell"),
    ("JOIN US NOW", "join us now"),
    ("made in the US, US size 9", "made in the U S , U S size nine"),
    ("I'm sure I’ll say it", "i'm sure i'll say it"),
    ("O'Neil's", "o'neil's"),
    ("the shop's AI", "the shop's A I"),
    ("LEDs", "L E D z"),
    ("café", "cafe"),
    ("Mr. Lee & Dr. Wu", "mister lee and doctor wu"),
    ("www.cornershop.com/sale", "cornershop dot com slash sale"),
    ("help@cornershop.com", "help at cornershop dot com"),
    ("call 18005551234", "call one eight oh oh five five five one two three four"),
    ("and/or", "and or or"),
    ("Really?!", "really ?"),
    ("小雨 asks", "小雨 asks"),
]
MANDARIN = [
    ("只要$59.00", "只要五十九美元"),
    ("59美元", "五十九美元"),
    ("59.00美元", "五十九美元"),
    ("18.5美元", "十八点五美元"),
    ("18.50美元", "十八点五美元"),
    ("2美元", "两美元"),
    ("¥199", "一百九十九元"),
    ("1,299元", "一千二百九十九元"),
    ("0.99元", "零点九九元"),
    ("HK$80", "八十港元"),
    ("打20%", "打百分之二十"),
    ("打8折", "打八折"),
    ("7.5折", "七五折"),
    ("36–45码", "三十六到四十五码"),
    ("36-45码", "三十六到四十五码"),
    ("36码到45码", "三十六码到四十五码"),
    ("3~5天", "三到五天"),
    ("350ml", "三百五十毫升"),
    ("1.2kg", "一点二公斤"),
    ("20℃自测", "二十摄氏度自测"),
    ("-5℃", "负五摄氏度"),
    ("340克/平方米", "三百四十克每平方米"),
    ("340g/m²", "三百四十克每平方米"),
    ("2700至4000K", "两千七百至四千K"),
    ("USB-C供电", "U S BC供电"),
    ("IPX4防水", "I P X四防水"),
    ("18/8不锈钢", "十八杠八不锈钢"),
    ("1/2杯", "二分之一杯"),
    ("60×40×11厘米", "六十乘四十乘十一厘米"),
    ("130x180cm", "一百三十乘一百八十厘米"),
    ("蓝牙5.3", "蓝牙五点三"),
    ("2026年春茶", "二零二六年春茶"),
    ("11月22日", "十一月二十二日"),
    ("2026-11-22", "二零二六年十一月二十二日"),
    ("20:30开始", "二十点三十分开始"),
    ("8:05", "八点零五分"),
    ("买2件", "买两件"),
    ("两年保修", "两年保修"),
    ("22升", "二十二升"),
    ("2号", "二号"),
    ("2楼", "二楼"),
    ("1个", "一个"),
    ("满200减30", "满二百减三十"),
    ("15英寸", "十五英寸"),
    ("2小时", "两小时"),
    ("12小时", "十二小时"),
    ("电话13812345678", "电话幺三八幺二三四五六七八"),
    ("真的吗？！", "真的吗?"),
]


@pytest.mark.parametrize(("written", "expected"), ENGLISH)
def test_english(written: str, expected: str) -> None:
    assert said(written, "en") == expected


@pytest.mark.parametrize(("written", "expected"), MANDARIN)
def test_mandarin(written: str, expected: str) -> None:
    assert said(written, "zh") == expected


def test_a_price_keeps_its_place_in_the_text() -> None:
    text = "Just $59.00!"
    price = next(t for t in spoken(text, "en").tokens if t.text == "fifty-nine dollars")
    assert text[price.a : price.b] == "$59.00"


def test_number_and_unit_have_places_of_their_own() -> None:
    text = "60×40×11厘米"
    assert [text[t.a : t.b] for t in spoken(text, "zh").tokens] == ["60", "×", "40", "×", "11", "厘米"]


def test_latin_words_in_mandarin_are_read_as_english() -> None:
    kinds = {t.text: t.kind for t in spoken("这款RainShell很轻", "zh").tokens}
    assert kinds["rain shell"] is Kind.WORD
    assert kinds["很"] is Kind.HAN


def test_emoji_are_dropped_and_counted() -> None:
    form = spoken("Wow 😀🎉!", "en")
    assert [t.text for t in form.tokens] == ["wow", "!"]
    assert form.dropped == 2


def test_the_shops_own_pronunciations_come_first() -> None:
    words = {"Fjord": "fee ord", "Xi": "/ʃˈi/", "HS-36": "harbor thirty-six"}
    tokens = spoken("The FJORD, the Xi, the HS-36; Fjords.", "en", words).tokens
    assert [(t.text, t.kind) for t in tokens if t.text not in ("the", ",", ";", ".")] == [
        ("fee ord", Kind.WORD),
        ("ʃˈi", Kind.PHONES),
        ("harbor thirty six", Kind.WORD),
        ("fjords", Kind.WORD),  # not a whole word of the dictionary
    ]


def test_mandarin_pronunciations() -> None:
    tokens = spoken("重庆的鹅卵石", "zh", {"鹅卵石": "鹅软石"}).tokens
    assert "".join(t.text for t in tokens) == "重庆的鹅软石"
    assert (tokens[-1].a, tokens[-1].b) == (3, 6)


def test_a_language_without_a_spoken_form_is_refused() -> None:
    with pytest.raises(ContentError, match="'fr'"):
        spoken("Bonjour", "fr")


def test_a_keyboard_mash_is_cut_into_words() -> None:
    tokens = spoken("a" * 300, "en").tokens
    assert max(len(t.text) for t in tokens) <= 24
    assert sum(t.b - t.a for t in tokens) == 300


LIVE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("0123456789.,:/-–$¥%°KLxX×mlgk 的件元年折个abcUSB!?，。"),
    ),
    max_size=60,
)


@given(LIVE, st.sampled_from(["en", "zh"]))
def test_tokens_stand_in_order_inside_the_text(text: str, language: str) -> None:
    at = 0
    for token in spoken(text, language).tokens:
        assert at <= token.a < token.b <= len(text)
        assert token.text.strip()
        at = token.b


@given(LIVE, st.sampled_from(["en", "zh"]))
def test_no_figure_stays_unread(text: str, language: str) -> None:
    for token in spoken(text, language).tokens:
        assert not any(c in "0123456789" for c in token.text)
