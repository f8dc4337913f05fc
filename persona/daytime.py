# ruff: noqa: E501 - tables of patterns read better unbroken
"""Remarks about the time of day and the day of the week, and whether they are true where the shop is."""

import re
from collections.abc import Iterable, Iterator

from products.verdict import Finding, Severity

RULE = "words.time_of_day"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_HOURS = {
    "morning": frozenset(range(4, 12)),
    "midday": frozenset(range(10, 15)),
    "afternoon": frozenset(range(12, 19)),
    "evening": frozenset((*range(17, 24), 0, 1, 2, 3)),
    "night": frozenset((*range(19, 24), *range(6))),
    "midnight": frozenset((23, 0)),
}
"""Wider than part_of_day by an hour or more at each end: a line is written some minutes before it is said."""

_TO_ALL = r"(?=\W*$|\s*[.,!?;:–—-]|\s+(?:to|from|and|everyone|every ?body|all|friends?|folks|guys|ladies|dears?|there|you|y'all|again|here|at|wherever)\b)"
_NOW = r"\b(?:it(?:'s| is| has become)|we(?:'re| are)(?: in the)?)(?: (?:now|still|already|only|just|nearly|almost|about|a|the|early|late|mid|such|lovely|nice|beautiful|quiet|calm|fine|time of the))*[ -]"
_HERE = (
    r"(?=\W*$|\s*[.,!?;:–—-]|\s+(?:here|at|in|or|now|already|where|with|for us|and|so|outside|there|by)\b)"
)
_SPOKEN = (
    ("morning", re.compile(rf"\bgood morning\b{_TO_ALL}|{_NOW}morning\b{_HERE}|早上好|上午好|早安|大家早(?![就已])", re.I)),
    ("midday", re.compile(rf"{_NOW}(?:noon|midday|lunch ?time)\b{_HERE}|中午好", re.I)),
    ("afternoon", re.compile(rf"\bgood afternoon\b{_TO_ALL}|{_NOW}afternoon\b{_HERE}|下午好", re.I)),
    ("evening", re.compile(rf"\bgood evening\b{_TO_ALL}|{_NOW}evening\b{_HERE}|晚上好|傍晚好", re.I)),
    ("night", re.compile(rf"\bgood ?night\b{_TO_ALL}|{_NOW}night(?: ?time)?\b{_HERE}|晚安|(?:这么|那么|很|太)晚(?:了|还)|夜深了|深夜好", re.I)),
    ("midnight", re.compile(rf"{_NOW}midnight\b{_HERE}", re.I)),
)  # fmt: skip
_HERE_ZH = re.compile(
    r"(?:这边|这里|这儿|现在|此刻|咱们这|我们这|外面)(?:已经|正好|刚好|刚刚|差不多|还)?(?:是|正是|到)(?:了)?"
    r"(?P<part>清晨|早上|早晨|上午|中午|正午|下午|午后|傍晚|晚上|夜里|夜晚|深夜|半夜|凌晨)"
)
_PART_ZH = {
    "清晨": "morning", "早上": "morning", "早晨": "morning", "上午": "morning", "中午": "midday", "正午": "midday",
    "下午": "afternoon", "午后": "afternoon", "傍晚": "evening", "晚上": "evening",
    "夜里": "night", "夜晚": "night", "深夜": "night", "半夜": "night", "凌晨": "night",
}  # fmt: skip
_DAY = "|".join(DAYS)
_TODAY = re.compile(
    rf"\b(?:it(?:'s| is)|today(?:'s| is)|happy|welcome to (?:our|this|a)|this is (?:our|a))(?: (?:now|already|a|our|still|such|lovely|nice|beautiful|fine))* (?P<day>{_DAY}|weekend)\b(?!'s)",
    re.I,
)
_TODAY_ZH = re.compile(
    r"(?:今天|今儿|今晚)(?:又)?是?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末])|周末(?P<end>愉快|快乐|好)"
)

_WEEKEND = frozenset((4, 5, 6))  # on a Friday many wish one already


def part_of_day(hour: int) -> str:
    """What people call an hour (0 to 23) of their own clock: morning, midday, afternoon, evening or night."""
    for first, part in ((21, "night"), (18, "evening"), (14, "afternoon"), (11, "midday"), (5, "morning")):
        if hour >= first:
            return part
    return "night"


def untimely(
    text: str, hour: int | None, weekday: int | None = None, names: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """A finding for each remark that is not true now, or that cannot be known to be.

    hour     of the shop's own clock, 0 to 23; None: it is not known, and no part of the day may be named
    weekday  0 for Monday; None: not known
    names    of viewers and products in the text: a "Good Morning" among them tells no time
    """
    findings = []
    for name in filter(None, names):
        text = text.replace(name, "\0" * len(name))
    for start, end, part in _parts(text):
        if hour is None or hour not in _HOURS[part]:
            said = "it is not known what time it is there" if hour is None else f"it is {hour} o'clock there"
            findings.append(_finding(text, start, end, f"speaks of the {part}, but {said}"))
    for start, end, days, name in _days(text):
        if weekday is None or weekday not in days:
            said = "the day is not known" if weekday is None else f"it is {DAYS[weekday]} there"
            findings.append(_finding(text, start, end, f"speaks of the {name}, but {said}"))
    return tuple(findings)


def _parts(text: str) -> Iterator[tuple[int, int, str]]:
    for part, pattern in _SPOKEN:
        for found in pattern.finditer(text):
            yield found.start(), found.end(), part
    for found in _HERE_ZH.finditer(text):
        yield found.start(), found.end(), _PART_ZH[found["part"]]


def _days(text: str) -> Iterator[tuple[int, int, frozenset[int], str]]:
    for found in _TODAY.finditer(text):
        name = found["day"].capitalize()
        days = _WEEKEND if name == "Weekend" else frozenset((DAYS.index(name),))
        yield found.start(), found.end(), days, name
    for found in _TODAY_ZH.finditer(text):
        sign = (found["day"] or "末").replace("天", "日")
        days = _WEEKEND if sign == "末" else frozenset(("一二三四五六日".index(sign),))
        yield found.start(), found.end(), days, f"周{sign}"


def _finding(text: str, start: int, end: int, why: str) -> Finding:
    return Finding(
        RULE,
        Severity.BLOCK,
        f"{text[start:end].strip()!r} {why}.",
        remedy="Leave the time out, or say the one that is now.",
        start=start,
        end=end,
    )
