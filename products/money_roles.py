"""Which price an amount is: what is paid now, what was asked before, or the difference. Pure, on folded text.

The nearest word that tells decides, on the side of the amount where it can stand: "instead of 75" speaks of the
amount behind it, "75 before" of the one ahead. What nothing tells is the price of now.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    PRICE = "price"
    COMPARE_AT = "compare_at"
    SAVING = "saving"


def _re(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.I)


# Words ahead of the amount that they speak of.
_AHEAD = {
    Side.COMPARE_AT: _re(
        r"\b(?:was|were|had been|used to(?: \w+){0,2}|before|previous(?:ly)?|earlier|old|original(?:ly)?|former(?:ly)?|once|rrp|msrp|regular(?:ly)?|normal(?:ly)?|"
        r"usual(?:ly)?|list(?:s|ed)? (?:price|at|for)|full price|(?<!n't )(?<!not )crossed[- ](?:it )?(?:out|off)|struck[- ](?:out|through)|strike-?through|instead of(?: paying)?|rather than(?: paying)?|as opposed to|"
        r"compared? (?:with|to)|compare-at|compare[- ]at|against(?= (?:the |its )?(?:\w+ )?(?:price |tag )?(?:of )?$)|down from|(?:reduced|dropp?ed|fell|cut|lowered|discounted|marked down|gone|went|came|come|slashed|price|took|taken|brought)(?: \w+){0,3}? from|"
        r"no longer|not(?= [^,.]*\b(?:any ?more|any longer)\b)|forget(?: about)?|last (?:week|month|year|season)|yesterday|(?:started|began|begun|launched|opened)(?: out)? at|sold for|went for|anchor|(?<!take )(?<!took )off(?= (?:the |its |an? |that )?(?:old |original )?$))\b",
        r"原价格?|划线价?格?|(?:以前|之前|原来|过去|平时)的?价格?|划掉|划去|平时|平日|平常|日常价?|市场价|参考价|对比价|专柜价?|之前|以前|从前|本来|原来|原先|原本|旧的?价?格?|老的?价格?|昨天|上周|上个月|前几天|一开始|当初|过去|以往|曾经|挂牌价?|正常价?|常规价?|官网价|吊牌价?|"
        r"不是(?=[^，。！？]*了)|不再是|而不是|比起|相比|从(?=[\s\S]{0,12}(?:到|至|变|降))",
    ),
    Side.SAVING: _re(
        r"\b(?:sav(?:e|es|ed|ing|ings)|discount of|reduction|difference|gap|you keep|knock\w*(?: off)?|chop\w*|shav\w+|trimm\w+|slash\w+|took off|tak(?:e|es|ing) off|"
        r"(?:off|cheaper|less|lower|down|dropp?ed|fell|cut|reduced|lowered|fallen|gone|come|came|better off) by|takes?(?= [$\d\w]+(?: \w+){0,2} off)|took(?= [$\d\w]+(?: \w+){0,2} off)|spares? you)\b",
        r"省|立减|直降(?!到|至)|减(?!去)|便宜|优惠|降(?!到|至|成|价|为)|(?<![多至不])少(?!于)|低(?!于|至|到)|差(?!不多)|返现?",
    ),
    Side.PRICE: _re(
        r"\b(?:now|today(?:'s)?|tonight(?:'s)?|current(?:ly)?|right now|at the moment|these days|you(?:'ll| will)? (?:only |just )?pay|you(?:'re| are) paying|costs|(?:down|dropp?ed|reduced|cut|lowered|marked down|fell|slashed)(?: \w+){0,2}? to|yours|we (?:ask|charge|want)|asking|sells for|goes for|new price|our price|next to it|beside it)\b",
        r",\s*(?:and |but |so )?(?:it's|they're|it is|they are|that's)\b",
        r"现在|今天|今晚|这会儿|这时候|目前|眼下|现价|新价|只要|只需|才(?=[\s\d一二两三四五六七八九十百])|到手|降到|降至|降成|直降到|变成|要付|实付|您付|你付|(?:价格|售价|定价|标价)(?:是|为)?",
    ),
}
# Words behind it, within the clause.
_BEHIND = {
    Side.COMPARE_AT: _re(
        r"^[\s,]*(?:was |is |has been |got |already )?(?:crossed|struck)[\s-](?:out|through|off)\b",
        r"^\s*(?:before\b(?! (?:you|we|it|they|the|noon|midnight|tomorrow|friday|\d))|previously|originally|formerly|in the past|back then|until (?:now|today|recently)|last (?:week|month|year|season)|yesterday|any ?more|it used to)",
        r"^\s*(?:is|was|as|being|would be) (?:the|its|our|their|what) (?:it's |they're |it is |it gets |\w+ )?(?:compare|list|old|original|regular|normal|former|previous|usual|crossed|it was|it used|it cost\b|they used|they were)",
        r"^\s*(?:(?:才|就|那)?是?(?:原价|划线价|老价|旧价|对比价|以前的|之前的)|的(?:原价|划线价))|^\s*(?:已经|早)?被?划(?:掉|去|了)|^\s*(?:是)?(?:以前|之前|过去)的?",
        r"^\s*(?:降到|降至|直降到|降成)",
    ),
    Side.SAVING: _re(
        r"^\s*(?:stays? |stay(?:s|ing) |kept |left |still |back |remains? |that |right )*in your (?:\w+ )?(?:pocket|wallet|purse|account|budget)\b|^\s*(?:saved|in savings|of savings|to spare|more in your)\b",
        r"^\s*(?:off\b|less\b(?! than \d)|cheaper\b|lower\b|better off\b|discount\b|(?:that )?you (?:don't|do not|won't) (?:\w+ )?(?:spend|pay)|you (?:save|keep)|(?:has|have) come off|between (?:the |its |their )?(?:old|new|then|now|two|tag|before)|of (?:a )?difference|comes off|are off|is off)",
        r"^\s*(?:below|under|beneath|lower than|less than|cheaper than) (?:the |its |our |their |what )?(?:compare|list|original|old|usual|regular|normal|rrp|msrp|it (?:was|used)|former|previous|crossed)",
        r"^\s*(?:的?优惠|的?差价|的?差额|的?折扣|(?:就)?省(?:下|了)|(?:就)?留在|(?:的)?便宜|不用花|不用付)",
    ),
    Side.PRICE: _re(r"^\s*(?:now|today|tonight|at the moment)\b", r"^\s*(?:到手|拿走|带走|归您|留下|留着)"),
}
_LESS = re.compile(r"\b(?:off|discount\w*|sav(?:e|es|ing|ings)|reduc\w+)\b|折|省|便宜|降", re.I)
_FROM = re.compile(r"(?:\bfrom|从|由)\s*(?:the |原来的?|之前的?)?$", re.I)
# 一百二的包，现在九十六: what it was, then what it is.
_AND_NOW = re.compile(
    r"的?(?:吊牌价?|东西|鞋|包|瓶子?|耳机|货|杯子?)?[，,]?(?:[^，。！？]{0,6}[，,])?(?:现在|今天|今晚|这会儿|眼下)(?:只要|只卖|卖|是|就|才)?",
    re.I,
)
_SINCE = re.compile(r"\s*,?\s*(?:down )?from\s*(?:the |an? )?(?:old |former |original )?", re.I)
_TO = re.compile(
    r"\s*(?:down |all the way |straight )*(?:to|[降划调减]?到|降?至|降成|变成|变)\s*(?:just |only |了)?$",
    re.I,
)
_DOWN_TO = re.compile(
    r"\s*,?\s*(?:straight |all the way |right )?(?:down to|reduced to|cut to|marked down to|now)\s*(?:just |only )?",
    re.I,
)
_NO_MORE = re.compile(r"(?:不是|不用|不再是|不再卖)\s*$")
_MINUS = re.compile(r"\s*(?:minus|take away|减去?)\s*(?:the )?$", re.I)
_SENTENCE_END = re.compile(r"[!?;。！？；\n…:：]|\.(?!\d)")
_BORDER = re.compile(r"[,，、]|\s[—–-]\s|\band\b|\bbut\b|而|但")
_LITTLE = re.compile(
    r"\W*(?:(?:just|only|it's|that's|it is|that was|it was|yes|a|an|only|是|就|才|那)\W*)*", re.I
)


@dataclass(frozen=True, slots=True)
class Amount:
    """Characters start..end are an amount of money. `value`: its likeliest reading, as it compares; `named`: with
    its currency. One without is told only by words of its own clause.
    """

    start: int
    end: int
    value: float
    named: bool = True


def side_of(text: str, amount: Amount, before: int, after: int) -> Side:
    """The side of an amount. `before`: where the amount ahead of it ends, `after`: where the next one begins."""
    start, end = _sentence(text, amount, before, after)
    ahead, behind = text[start : amount.start], text[amount.end : end]
    if _FROM.search(ahead) and _TO.match(behind.rstrip() + " ") and end == after:
        return Side.PRICE  # told by whoever sees both amounts
    border = max((m.end() for m in _BORDER.finditer(ahead)), default=0)
    near, far = _last(ahead[border:]), _last(ahead)
    first = _BORDER.search(behind)
    clause = behind[: first.start()] if first else behind
    back = next((s for s, p in _BEHIND.items() if p.search(behind if s == Side.COMPARE_AT else clause)), None)
    if _NO_MORE.search(ahead) and re.match(r"\s*了", behind):
        return Side.COMPARE_AT
    if near not in (None, Side.PRICE):
        return near
    if found := back or near or (far if amount.named else None):
        return found
    if start and _LITTLE.fullmatch(ahead):  # "Its old price? Thirty-six dollars."
        asked = _SENTENCE_END.split(text[before : start - 1])[-1]
        return _last(asked) or Side.PRICE
    return Side.PRICE


def _sentence(text: str, amount: Amount, before: int, after: int) -> tuple[int, int]:
    start = before
    for m in _SENTENCE_END.finditer(text, before, amount.start):
        start = m.end()
    end = _SENTENCE_END.search(text, amount.end, after)
    return start, end.start() if end else after


def _last(ahead: str) -> Side | None:
    """The side that the last telling word of a stretch speaks of; of words that end together the longest."""
    found = [(m.end(), m.end() - m.start(), side) for side, p in _AHEAD.items() for m in p.finditer(ahead)]
    return max(found, default=(0, 0, None), key=lambda f: f[:2])[2]


def sides(text: str, amounts: list[Amount]) -> list[Side]:
    """The side of each amount of a text, in order; pairs and sums ("from 75 to 59", "75 minus 59 is 16") too."""
    found = []
    for i, amount in enumerate(amounts):
        before = amounts[i - 1].end if i else 0
        after = amounts[i + 1].start if i + 1 < len(amounts) else len(text)
        found.append(side_of(text, amount, before, after))
    for i in range(len(amounts) - 1):
        a, b = amounts[i], amounts[i + 1]
        between = text[a.end : b.start]
        from_ = _FROM.search(text[: a.start]) or _LESS.search(text)
        reduced = a.value > b.value and _TO.fullmatch(between) and from_
        now = a.value > b.value and _AND_NOW.fullmatch(between) and found[i : i + 2] == [Side.PRICE] * 2
        now = now or (a.value > b.value and not b.named and _DOWN_TO.fullmatch(between) is not None)
        if reduced or now or _MINUS.fullmatch(between):
            found[i : i + 2] = [Side.COMPARE_AT, Side.PRICE]
        elif a.value < b.value and _SINCE.fullmatch(between) and _TO.search(text[: a.start]):
            found[i : i + 2] = [Side.PRICE, Side.COMPARE_AT]
    for i, amount in enumerate(amounts):
        told = [(found[j], amounts[j].value) for j in range(i)]
        old = [v for side, v in told if side == Side.COMPARE_AT]
        new = [v for side, v in told if side == Side.PRICE]
        if found[i] == Side.PRICE and any(abs(a - b - amount.value) < 0.005 for a in old for b in new):
            found[i] = Side.SAVING
    return found
