"""Numbers and amounts in English and Chinese sentences, in digits and in words, with their place in the text.

Speech has more than one way to say a price ("nineteen ninety-nine", "九块九"), so a number may have several
readings; whoever compares accepts any of them. Nothing here raises on any text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

PERCENT_OFF = "%off"  # a reduction, as percent of the compared price
PLAIN_PERCENT = "%"
YUAN = "CNY"
DOLLAR = "$"  # "dollars" without saying whose
JIN = "jin"  # 两斤四两
METRE = "m"  # 一米三: the number holds its unit
INCH = "inch"  # five foot eleven
OUNCE = "oz"  # two pounds two ounces
SIZES = "sizes"  # "the forty-twos", "thirty-eights": things named by their size
KUAI = "块"  # colloquial for the currency of the place

_ONES = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_DOZENS = {"dozen": 12}
_WORD = "|".join(sorted([*_ONES, *_TENS, "hundred", *_SCALES, *_DOZENS], key=len, reverse=True))
_EN_WORDS = re.compile(
    rf"\b(?:an?\s+(?=(?:hundred|thousand|million|dozen)\b))?(?:(?:{_WORD})(?:(?:\s*-\s*|(?<=hundred)\s+and\s+|(?<=thousand)\s+and\s+|\s+point\s+|\s+)(?=(?:{_WORD}|oh)\b)|\b))+(?:\boh\s+(?:{_WORD})\b)?",
    re.I,
)
_SIZES = re.compile(
    r"\b(?:(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y[\s-](?:one|two|three|four|five|six|seven|eight|nine)s|ies)|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[\s-]sixes)\b",
    re.I,
)
_DIGITS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?")

# Names that hold digits ("IPX4", "HS-42", "18/8", "H.264"): letters of a currency do not make one.
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?!(?:USD?|RMB|CNY|EUR|GBP|HKD|No|Nr)[-. ]?\d)[A-Za-z]{1,12}(?:[-.]?\d(?:[\d.]*\d)?[A-Za-z]*)+(?![A-Za-z0-9])|"
    r"(?<![\d./])\d{1,4}(?:/\d{1,4})+(?![\d./])"
)

_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_ZH_SCALE = {"十": 10, "百": 100, "千": 1000}
_ZH_BIG = {"万": 10_000, "亿": 100_000_000}
_ZH_CHARS = "零〇一二两俩三四五六七八九十百千万亿"
_ZH_RUN = re.compile(rf"[{_ZH_CHARS}点]+")
# Words that only look like numbers.
_ZH_NOT = re.compile(
    r"十分(?!钟|之)|十足|十全|万一|千万(?!人|次|件)|一(?=[下起样定直切些般边旦流会共致路律贯向步])|统一|唯一|万能|百搭|百变|"
    r"三五(?=[好成知个]|老友)|六六大顺|(?<=[加凑合放堆在搁])一块(?=[\d一二三四五六七八九十儿]|$|[，。])|(?<=[加凑合堆])一块儿?|三心二意|五颜六色|七上八下|乱七八糟|一年四季|四季|一五一十|独一无二|千家万户|百货|两用"
)

# 五十九一双: the price of one, not 591
_ONE_EACH = re.compile(
    r"(?:(?<=[十百块点][一二三四五六七八九])|(?<=块钱)|(?<=[毛角]))一(?=[双个件只支台条瓶盒把套罐副份张盏包块杯])"
)
_CURRENCIES_BEFORE = re.compile(
    r"(?P<usd>US\$|USD\s?)|(?P<eur>€|EUR\s?)|(?P<gbp>£|GBP\s?)|(?P<cny>RMB\s?|CNY\s?|[¥￥]|人民币)|(?P<hkd>HK\$)|(?P<dollar>\$)",
    re.I,
)
_CURRENCIES_AFTER = re.compile(
    r"\s*-?\s*(?:(?P<usd>美元|美金|美刀|US\s?dollars?\b|USD\b)|(?P<eur>欧元|euros?\b|EUR\b|€)|(?P<gbp>英镑|pounds?\b(?! of)(?:\s+sterling)?|GBP\b|£|quid\b)|"
    r"(?P<hkd>港元|港币|HKD\b)|(?P<cny>元人民币|人民币|元钱?|yuan\b|RMB\b|CNY\b|￥)|(?P<kuai>块钱?|块)|"
    r"(?P<dollar>dollars?\b|bucks?\b|刀(?![具片工叉]))|(?P<cent>cents?\b|美分|分钱)|(?P<jiao>毛钱?|角钱))",
    re.I,
)
_UNIT = {"usd": "USD", "eur": "EUR", "gbp": "GBP", "cny": YUAN, "hkd": "HKD", "dollar": DOLLAR, "kuai": KUAI}
MONEY_UNITS = frozenset(_UNIT.values())
_PERCENT = re.compile(r"\s*(?:%|％|per\s?cent\b|percent\b)", re.I)
_OFF = re.compile(r"\s*(?:off\b|discount|reduction|的?(?:优惠|折扣|off))", re.I)
_FOLD = re.compile(r"\s*折(?![叠痕])")
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD"})


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text. `start`, `end`: character span, currency and percent sign within it.

    readings   what it may mean, the likeliest first; never empty
    unit       "" | an ISO 4217 code | DOLLAR | KUAI | PERCENT_OFF | PLAIN_PERCENT
    spelled    written in words rather than digits
    """

    start: int
    end: int
    text: str
    readings: tuple[Decimal, ...]
    unit: str = ""
    spelled: bool = False

    @property
    def value(self) -> Decimal:
        return self.readings[0]

    @property
    def is_money(self) -> bool:
        return self.unit in MONEY_UNITS


def currency_fits(unit: str, iso: str) -> bool:
    """Whether words in `unit` may speak of an amount in `iso`: "dollars" of any dollar, 块 of any currency."""
    return unit in ("", iso, KUAI) or (unit == DOLLAR and iso in _DOLLARS)


def english_integer(text: str) -> int | None:
    """ "twenty-one" -> 21, "two hundred and five" -> 205; None when it is not wholly a number."""
    words = [w for w in re.split(r"[\s-]+", text.lower().strip()) if w not in ("", "and", "a", "an")]
    if not words:
        return None
    total = group = 0
    last = 0  # the size of the word before: only smaller ones may follow
    for word in words:
        if word in _ONES:
            if last and (last < 20 or (_ONES[word] >= 10 and last < 100)):
                return None
            group, last = group + _ONES[word], max(1, _ONES[word])
        elif word in _TENS:
            if last and last < 100:
                return None
            group, last = group + _TENS[word], _TENS[word]
        elif word in _DOZENS:
            group, last = max(1, group) * 12, 100
        elif word == "hundred":
            group, last = max(1, group) * 100, 100
        elif word in _SCALES:
            total, group, last = total + max(1, group) * _SCALES[word], 0, 1000
        else:
            return None
    return total + group


def english_readings(text: str) -> tuple[Decimal, ...]:
    """Every value that spoken words may have: "nineteen ninety-nine" is 19.99 and 1999, "two point seven"
    2.7.
    """
    words = [w for w in re.split(r"[\s-]+", text.lower().strip()) if w]
    if "point" in words:
        at = words.index("point")
        whole, digits = english_integer(" ".join(words[:at])), [_ONES.get(w) for w in words[at + 1 :]]
        if whole is not None and digits and all(d is not None and d < 10 for d in digits):
            return (Decimal(f"{whole}." + "".join(map(str, digits))),)
        return ()
    value = english_integer(" ".join(words))
    if value is not None:
        return (Decimal(value),)
    for cut in range(len(words) - 1, 0, -1):
        tail = words[cut:]
        if tail[0] in ("oh", "zero") and len(tail) == 2:
            tail = tail[1:]
            cents = english_integer(tail[0])
            cents = cents if cents is not None and cents < 10 else None
        else:
            cents = english_integer(" ".join(tail))
            cents = cents if cents is not None and 10 <= cents < 100 else None
        whole = english_integer(" ".join(words[:cut]))
        if cents is not None and whole is not None:
            return (Decimal(whole) + Decimal(cents) / 100, Decimal(whole * 100 + cents))
    return ()


def chinese_integer(text: str) -> int | None:
    """ "两百九十九" -> 299, "一百九" -> 190 (as it is said), "二〇二六" -> 2026; None when it is not a number."""
    if not text or any(c not in _ZH_CHARS for c in text):
        return None
    if all(c in _ZH_DIGIT for c in text):
        return int("".join(str(_ZH_DIGIT[c]) for c in text))
    if text[0] in "百千万亿":
        return None
    total = section = digit = 0
    scale = 1
    for char in text:
        if char in _ZH_DIGIT:
            digit = _ZH_DIGIT[char]
            if digit == 0:
                scale = 10
        elif char in _ZH_SCALE:
            section += (digit or 1) * _ZH_SCALE[char]
            scale, digit = _ZH_SCALE[char], 0
        else:
            total = (total + section + digit) * _ZH_BIG[char]
            scale, section, digit = _ZH_BIG[char], 0, 0
    colloquial = digit and scale >= 100 and text[-1] in _ZH_DIGIT and text[-2] in "百千万亿"
    return total + section + (digit * scale // 10 if colloquial else digit)


def chinese_value(text: str) -> Decimal | None:
    """ "十八点五" -> 18.5, else the whole number."""
    whole, dot, digits = text.partition("点")
    if not dot:
        value = chinese_integer(text)
        return None if value is None else Decimal(value)
    value = chinese_integer(whole)
    if value is None or not digits or any(c not in _ZH_DIGIT for c in digits):
        return None
    return Decimal(f"{value}." + "".join(str(_ZH_DIGIT[c]) for c in digits))


def find_numbers(text: str) -> tuple[Number, ...]:
    """All numbers of a text in order, without overlaps; currencies, percents and 折 resolved. Any language
    mix.
    """
    found: list[Number] = []
    end = 0
    for number in sorted(_bare(text), key=lambda n: (n.start, -n.end)):
        if number.start < end:
            continue
        number = _with_unit(text, number)
        found.append(number)
        end = number.end
    return tuple(_joined(text, found))


def find_codes(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of names that hold digits. Their digits are no numbers: a name is right or wrong as a whole."""
    return tuple(m.span() for m in _CODE.finditer(text))


def _bare(text: str) -> Iterator[Number]:
    codes = find_codes(text)
    for m in _DIGITS.finditer(text):
        if any(a <= m.start() < b for a, b in codes):
            continue
        digits = m.group().replace(",", "")
        if not digits.isascii():
            digits = "".join(str(int(c)) if c.isdecimal() else c for c in digits)
        value, end = Decimal(digits), m.end()
        if text[end : end + 1] in ("万", "亿") and text[end : end + 1]:
            value, end = value * _ZH_BIG[text[end]], end + 1
        elif (k := re.match(r"\s+(thousand|million|hundred)\b", text[end:], re.I)) is not None:
            value, end = value * ({"hundred": 100} | _SCALES)[k.group(1).lower()], end + k.end()
        yield Number(m.start(), end, text[m.start() : end], (value,))
    for m in _SIZES.finditer(text):
        if size := english_integer(re.sub(r"ies$", "y", m.group().lower()).removesuffix("s")):
            yield Number(m.start(), m.end(), m.group(), (Decimal(size),), SIZES, spelled=True)
    for m in _EN_WORDS.finditer(text):
        words = m.group().rstrip()
        if readings := english_readings(words):
            yield Number(m.start(), m.start() + len(words), words, readings, spelled=True)
        else:
            yield from _each_word(words, m.start())
    for m in _FRACTION.finditer(text):
        known = next((k for k in _FRACTIONS if m.group(k)), None)
        value = _part(m.group()) if known is None else _FRACTIONS[known]
        yield Number(m.start(), m.end(), m.group(), (value,), spelled=True)
    masked = _ONE_EACH.sub("□", text)
    masked = _ZH_NOT.sub(lambda m: "□" * len(m.group()), masked)
    for m in _ZH_RUN.finditer(masked):
        yield from _chinese(m.group(), m.start())


# "half a litre", "three quarters of a litre", "a kilo", "a whole day", 半升: a part of, or one of, the unit behind it.
_MEASURES = r"(?:kilo\w*|gram\w*|lit(?:re|er)s?|met(?:re|er)s?|pounds?|lbs?|ounces?|inch(?:es)?|foot|feet|hours?|days?|years?|kg|l|m)\b"
_FRACTION = re.compile(
    rf"(?P<part>\b(?:an?|one|two|three|four|nine)[\s-](?:third|quarter|fifth|tenth)s? of an? (?={_MEASURES})|[一二三四五六七八九]分之[一二三四五六七八九](?=公?[升斤]|千克|米|个?小时))|"
    rf"(?P<half>\b(?:a |one )?half (?:of )?(?:an? )?(?={_MEASURES})|半个?(?=公?升|公?斤|公?米|千克|小时|天|年|个月))|"
    rf"(?P<three>\bthree[\s-]quarters of an? (?={_MEASURES})|四分之三(?=公?[升斤]))|(?P<quarter>\b(?:a|one)[\s-]quarter (?:of an? )?(?={_MEASURES}))|"
    r"(?P<one>(?<!of )\b(?:an? )(?=(?:kilo|kilogram|litre|liter|metre|meter|pound)\b)|\b(?:a|one) (?:whole|full|entire) (?=(?:kilo|litre|liter|metre|meter|day|hour|year|week|month)s?\b)|(?<![二三四五六七八九十\d])一?整(?=[天年周]))",
    re.I,
)
_FRACTIONS = {"half": Decimal("0.5"), "three": Decimal("0.75"), "quarter": Decimal("0.25"), "one": Decimal(1)}


_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def _part(words: str) -> Decimal:
    """ "a third of a" -> 1/3, 三分之一 -> 1/3."""
    if "分之" in words:
        below, _, above = words.partition("分之")
        return (Decimal(_ZH_DIGIT[above]) / _ZH_DIGIT[below]).quantize(Decimal("0.0001"))
    above, part = re.split(r"[\s-]", words.lower())[:2]
    count = _ONES.get(above, 1)
    return (Decimal(count) / _PARTS[part.removesuffix("s")]).quantize(Decimal("0.0001"))


def _each_word(words: str, offset: int) -> Iterator[Number]:
    """ "one two three" is no number of its own: each word is."""
    for m in re.finditer(r"[a-z]+", words, re.I):
        if readings := english_readings(m.group()):
            yield Number(offset + m.start(), offset + m.end(), m.group(), readings, spelled=True)


def _chinese(run: str, start: int) -> Iterator[Number]:
    stripped = run.strip("点")
    start += run.index(stripped) if stripped else 0
    if not stripped:
        return
    value = chinese_value(stripped)
    if value is not None:
        yield Number(start, start + len(stripped), stripped, (value,), spelled=True)
        return
    for part in re.finditer(rf"[{_ZH_CHARS}]+", stripped):
        if (whole := chinese_integer(part.group())) is not None:
            a = start + part.start()
            yield Number(a, a + len(part.group()), part.group(), (Decimal(whole),), spelled=True)


# 六十块砧板: 块 counts boards, not money
_BLOCKS_AHEAD = re.compile(
    r"(?:现货|库存|还有|备了|每|砧板|菜板|板子|这|那|哪|同|美元|美金|欧元|(?:库存|现货|仓库里?|店里|手上)(?:还|一共|总共|共)?有)$|(?:砧板|菜板|木板)[^。！？]*(?:美元|美金|刀|\$)[^。！？]*[，,]\s*(?:还|一共|总共|共)?有$"
)
_BLOCKS = re.compile(
    r"(?=都|也(?!就)|板|\d[\d,.]*(?:美元|美金|欧元))|(?:现货|库存|有货|在仓|砧板|菜板|木板|板子|香皂|肥皂|毛巾|手表|布|表)"
)


_MORE = re.compile(r"[多来几](?:块(?!布|板|表|砧|香)|元|美[元金刀]|刀)")


def _with_unit(text: str, number: Number) -> Number:
    if number.unit:
        return number
    start, end, unit = number.start, number.end, ""
    before = text[max(0, start - 6) : start]
    for sign in _CURRENCIES_BEFORE.finditer(before):
        if before[sign.end() :].strip() == "" and sign.lastgroup:
            unit, start = _UNIT[sign.lastgroup.lower()], start - (len(before) - sign.start())
            break
    readings = number.readings
    after = _CURRENCIES_AFTER.match(text, end)
    if (
        after is None and _MORE.match(text, end) and not unit
    ):  # 十来块, 五十多美元: what is more stands between
        unit = KUAI
    if (
        after
        and after.lastgroup
        and not (
            after.lastgroup == "kuai"
            and (_BLOCKS.match(text, after.end()) or _BLOCKS_AHEAD.search(text[:start]))
        )
    ):
        group = after.lastgroup
        if group == "jiao":
            readings, unit, end = tuple(r / 10 for r in readings), unit or KUAI, after.end()
        elif group == "cent":
            readings, unit, end = tuple(r / 100 for r in readings), unit or DOLLAR, after.end()
        else:
            unit, end = unit or _UNIT[group], after.end()
    elif m := _PERCENT.match(text, end):
        unit, end = PLAIN_PERCENT, m.end()
        if off := _OFF.match(text, end):
            unit, end = PERCENT_OFF, off.end()
    elif (m := _FOLD.match(text, end)) and 0 < number.value < 100:
        paid = number.value * (10 if number.value < 10 else 1)
        readings, unit, end = (100 - paid,), PERCENT_OFF, m.end()
    return replace(number, start=start, end=end, text=text[start:end], readings=readings, unit=unit)


def _joined(text: str, numbers: list[Number]) -> Iterator[Number]:
    """Pairs that are one amount: 九块九, "19 dollars and 99 cents", 百分之二十; and the words without digits: half
    price.
    """
    special = list(_special(text))
    skip = -1
    for i, n in enumerate(numbers):
        if i == skip or any(s.start < n.end and n.start < s.end for s in special):
            continue
        after = numbers[i + 1] if i + 1 < len(numbers) else None
        if (
            after
            and n.unit in (KUAI, YUAN)
            and after.start == n.end
            and 0 <= after.value < 100
            and _is_tail(text, n, after)
        ):
            tail = (
                after.value
                if after.unit == KUAI and after.value < 1
                else after.value / (10 if after.value < 10 else 100)
            )
            n = replace(n, end=after.end, text=text[n.start : after.end], readings=(n.value + tail,))
            skip = i + 1
        elif (
            after
            and n.unit in (DOLLAR, "USD")
            and (after.spelled or 10 <= after.value < 100)
            and after.unit in ("", "fen")
            and 0 < after.value < 100
            and _WHOLE_DOLLARS.search(n.text)
            and re.fullmatch(r"\s+(?:and\s+)?" if n.unit == DOLLAR else r"\s*", text[n.end : after.start])
            and not _A_NOUN.match(text, after.end)
            and not _MEASURE_WORD.match(text, after.end)
        ):
            tail = after.value / (10 if n.unit == "USD" and after.value < 10 else 100)
            n = replace(n, end=after.end, text=text[n.start : after.end], readings=(n.value + tail,))
            skip = i + 1
        elif (
            after
            and n.is_money
            and after.unit == DOLLAR
            and after.value < 1
            and re.fullmatch(r",?\s*(?:and\s+)?", text[n.end : after.start])
        ):
            n = replace(n, end=after.end, text=text[n.start : after.end], readings=(n.value + after.value,))
            skip = i + 1
        yield n
    yield from special


_MEASURE_WORD = re.compile("[双件个只支台条瓶盒把套罐副份张盏包块杯码号]")
_A_NOUN = re.compile(
    r"\s*-?\s*(?!(?:for|on|and|or|at|in|is|now|today|tonight|only|flat|even|each|apiece|a|an|the|per|plus|gets?|buys?|takes?|to|as|with|instead|but|if|so|you|it|they|that|this|these|right|all|here|rather|before|exactly|altogether|total|please|sound|off|less|cheaper|saved|below|under|more|of|back)\b)[a-z%]",
    re.I,
)
_WHOLE_DOLLARS = re.compile(r"(?:dollars?|bucks?|美元|美金|刀)$", re.I)


def _is_tail(text: str, number: Number, after: Number) -> bool:
    """九块九: the tail is bare or 毛, and is not itself an amount of its own."""
    if not text[number.start : number.end].endswith("块"):
        return False
    return (
        (
            after.unit == ""
            and re.match(r"[件个双只台号码%折块条支瓶盒把套罐副份张盏]", text[after.end : after.end + 1])
            is None
        )
        or after.value < 1
        or (after.unit == "USD" and after.value < 10)
    )


_SPECIAL = re.compile(
    r"(?P<half>half[\s-](?:the\s)?price\b|half\s+off\b|对折|(?<!第二件)半价)|百分之(?P<pct>百|[零〇一二两三四五六七八九十百点]+|\d+(?:\.\d+)?)|(?P<full>百分百)|(?P<third>\b(?:a|one)[\s-]third\s+(?:off|less|cheaper|gone|lower)\b)|"
    r"(?P<quarter>\b(?:a|one)[\s-]quarter\s+(?:off|less|cheaper|gone|lower)\b)|(?P<fifth>\b(?:a|one)[\s-]fifth\s+(?:off|less|cheaper|gone|lower)\b)|(?P<tenth>\b(?:a|one)[\s-]tenth\s+(?:off|less|cheaper|gone|lower)\b)|(?P<grand>\b\d+(?:\.\d+)?k\b(?=\s*(?:dollars|bucks|usd|elsewhere|off|\.|,|!|$)))|(?P<zhm>[一二两三四五六七八九\d]米[一二三四五六七八九\d](?![一二三四五六七八九十百\d米厘分]))|(?P<foot>\b(?:[a-z]+|\d+)[\s-](?:foot|feet) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|\d{1,2})\b(?! (?:more|of|metre|hundred)))|(?P<lboz>\b(?:[a-z]+|\d+) (?:pounds?|lbs?),? (?:and )?(?:[a-z]+|\d+) (?:ounces?|oz)\b)|(?P<notes>\b(?:two|three|four|five|six|a couple of) (?:fives|tens|twenties|fifties|fivers|tenners)\b)|(?P<cheng>(?<![完变达组构合收养])[一二三四五六七八九]成[一二三四五六七八九]?(?![为了员功本果熟型就立套分品都长]))|(?P<jinban>[一二两三四五六七八九]斤半)|(?P<dollar>\ba dollar (?:ten|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-[a-z]+)?\b)|(?P<enm>\b(?:an?|one|two|three|\d) met(?:re|er)s? (?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-[a-z]+)?|\d\d)\b(?! (?:kilo|gram|cent|milli)))|(?P<mao>[一二两三四五六七八九]毛[一二三四五六七八九](?![十百千双个件分]))|(?P<jin>(?:[一二两三四五六七八九十]|\d+)斤[一二两三四五六七八九]两[一二三四五六七八九]?)|(?P<liang>(?<![\d一二三四五六七八九十百千万斤])[一二三四五六七八九]两[一二三四五六七八九]?(?![个只双件支台条瓶盒把套天年周种款]))|(?P<ban>(?:[一二两三四五六七八九十百]+|\d+)块半)|(?P<mixed>\b(?:[a-z]+|\d+) and a half(?= (?:dollars|bucks|ounces|kilos?|kilograms|litres|liters|hours|pounds|inches|metres|meters|feet|by)\b))|(?P<quarters>\b(?:[a-z]+|\d+) and (?:a|three) quarters?\b(?= (?:ounces|litres|liters|hours|pounds|inches|feet)\b|\s*[.,]|$))|(?P<andhalf>\b(?:[a-z]+|\d+) (?:dollars?|bucks) and a half\b)|(?P<tenner>\btenner\b)|(?P<fiver>\bfiver\b)",
    re.I,
)


_NOTES = {"fives": 5, "fivers": 5, "tens": 10, "tenners": 10, "twenties": 20, "fifties": 50}
_SPOKEN = {
    "third": (Decimal("33.33"), PERCENT_OFF),
    "quarter": (Decimal(25), PERCENT_OFF),
    "fifth": (Decimal(20), PERCENT_OFF),
    "tenth": (Decimal(10), PERCENT_OFF),
    "tenner": (Decimal(10), KUAI),
    "fiver": (Decimal(5), KUAI),
}


def _liang(words: str) -> Decimal:
    """六两 -> 0.6, 六两二 -> 0.62 jin."""
    tenth = Decimal(_ZH_DIGIT[words[0]]) / 10
    return tenth + Decimal(_ZH_DIGIT[words[2]]) / 100 if len(words) > 2 else tenth


def _special(text: str) -> Iterator[Number]:
    for m in _SPECIAL.finditer(text):
        value: Decimal | None
        if m.group("half"):
            value, unit = Decimal(50), PERCENT_OFF
        elif m.group("grand"):
            value, unit = Decimal(m.group("grand")[:-1]) * 1000, KUAI
        elif m.group("andhalf"):
            word = m.group("andhalf").split()[0]
            number = int(word) if word.isdigit() else english_integer(word)
            value, unit = (None if number is None else Decimal(number) + Decimal("0.5")), DOLLAR
        elif m.group("liang"):
            value, unit = _liang(m.group()), JIN
        elif m.group("foot"):
            feet, inches = (
                Decimal(w) if w.isdigit() else english_integer(w)
                for w in re.split(r"[\s-](?:foot|feet) ", m.group("foot").lower())
            )
            whole_inches = None if feet is None or inches is None else Decimal(feet) * 12 + Decimal(inches)
            value, unit = whole_inches, INCH
        elif m.group("lboz"):
            pounds, ounces = (
                int(w) if w.isdigit() else english_integer(w)
                for w in re.findall(r"([a-z]+|\d+) (?:pounds?|lbs?|ounces?|oz)\b", m.group().lower())
            )
            value, unit = (None if pounds is None or ounces is None else Decimal(16 * pounds + ounces)), OUNCE
        elif m.group("notes"):
            count, note = m.group().lower().rsplit(" ", 1)
            value, unit = Decimal((english_integer(count) or 2) * _NOTES[note]), KUAI
        elif m.group("cheng"):
            tenths = m.group("cheng")
            value = Decimal(_ZH_DIGIT[tenths[0]] * 10 + (_ZH_DIGIT[tenths[2]] if len(tenths) > 2 else 0))
            unit = PLAIN_PERCENT
        elif m.group("jinban"):
            value, unit = Decimal(_ZH_DIGIT[m.group()[0]]) + Decimal("0.5"), JIN
        elif m.group("dollar"):
            value, unit = 1 + Decimal(english_integer(m.group("dollar").split()[-1]) or 0) / 100, DOLLAR
        elif m.group("quarters"):
            word = m.group().split()[0]
            number = int(word) if word.isdigit() else english_integer(word)
            more = Decimal("0.75") if "three" in m.group().lower().split() else Decimal("0.25")
            value, unit = (None if number is None else number + more), ""
        elif m.group("mao"):
            value, unit = Decimal(_ZH_DIGIT[m.group()[0]] * 10 + _ZH_DIGIT[m.group()[2]]) / 100, KUAI
        elif m.group("ban"):
            whole = m.group()[:-2]
            value, unit = (Decimal(whole) if whole.isdigit() else chinese_value(whole)), KUAI
            value = None if value is None else value + Decimal("0.5")
        elif m.group("mixed"):
            word = m.group().split()[0]
            number = int(word) if word.isdigit() else english_integer(word)
            value, unit = (None if number is None else Decimal(number) + Decimal("0.5")), ""
        elif m.group("enm"):
            metres_, centimetres = (
                Decimal(w) if w.isdigit() else Decimal(1 if w in ("a", "an") else english_integer(w) or 0)
                for w in re.split(r" met(?:re|er)s? ", m.group("enm").lower())
            )
            value, unit = metres_ + centimetres / 100, METRE
        elif m.group("jin"):
            whole, _, part = m.group("jin").partition("斤")
            value = Decimal(whole) if whole.isdigit() else chinese_value(whole)
            value, unit = (value or Decimal(0)) + _liang(part), JIN
        elif m.group("zhm"):
            metres, tenths = (_ZH_DIGIT.get(c, 0) if not c.isdigit() else int(c) for c in m.group("zhm")[::2])
            value, unit = Decimal(metres) + Decimal(tenths) / 10, METRE
        elif word := next((k for k in _SPOKEN if m.group(k)), None):
            value, unit = _SPOKEN[word]
        elif m.group("full") or m.group("pct") == "百":
            value, unit = Decimal(100), PLAIN_PERCENT
        else:
            pct = m.group("pct")
            value, unit = (Decimal(pct) if pct.isascii() else chinese_value(pct)), PLAIN_PERCENT
        if value is not None:
            found = Number(m.start(), m.end(), m.group(), (value,), unit, spelled=True)
            yield found if unit else _with_unit(text, found)
