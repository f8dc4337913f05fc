"""How an amount is bounded: "under 20", "up to 40", 六十多, 两百出头. Pure, on folded text."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from enum import StrEnum


class Bound(StrEnum):
    EXACT = "exact"
    BELOW = "below"
    ABOVE = "above"
    ABOUT = "about"
    UP_TO = "up_to"
    AT_MOST = "at_most"
    JUST_BELOW = "just_below"
    JUST_ABOVE = "just_above"
    AT_LEAST = "at_least"
    SOME_MORE = "some_more"  # 五十多: more, but less than sixty
    FROM = "from"


def _re(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.I)


_BOUND_BEFORE: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    (
        Bound.AT_MOST,
        _re(
            r"(?:\b(?:not|never|no)|n't)\b[^,.!?;]{0,24}\b(?:more than|over|above|exceed|higher than)\s*$",
            r"(?:不(?:会|要|能|可|得)?|别|勿)(?:超过|高于|多于|超)\s*$",
        ),
    ),
    (
        Bound.JUST_BELOW,
        _re(
            r"\b(?:just|slightly|a (?:little|bit|touch|tad|hair|shade|smidge|whisker|fraction)(?: bit)?) (?:under|below|less than|shy of|short of)(?: an?)?\s*$"
        ),
    ),
    (
        Bound.JUST_ABOVE,
        _re(
            r"\b(?:just|slightly|a (?:little|bit|touch|tad|hair|shade|smidge|whisker|fraction)(?: bit)?) (?:over|above|more than)(?: an?)?\s*$"
        ),
    ),
    (
        Bound.BELOW,
        _re(
            r"\b(?:just )?(?:under|below|less than|fewer than|not even|not quite|(?<=n't )quite|lower than|shy of|short of|change (?:back )?from)(?: an?)?\s*$",
            r"(?:不到|低于|少于|不足|没到|不用|用不了|不需要|要不了|花不了)\s*$",
        ),
    ),
    (
        Bound.ABOVE,
        _re(
            r"\b(?:(?<!hand )(?<!hands )(?<!handed )(?<!it )(?<!them )over|more than|above|exceeding|upwards of)(?: an?)?\s*$",
            r"(?:超过|高于|多于|不止)\s*$",
        ),
    ),
    (
        Bound.ABOUT,
        _re(
            r"\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|give or take|close to)(?: an?)?\s*$",
            r"(?:大约|大概|约|将近|差不多|接近|近|快)\s*$",
        ),
    ),
    (
        Bound.UP_TO,
        _re(
            r"\b(?:up to|as (?:many|much|long) as|a maximum of)\s*$",
            r"(?:最多|最高|最长|最大|高达|长达|多达|可达)(?:能|可|可以|到|有|是)?\s*$",
        ),
    ),
    (Bound.SOME_MORE, _re(r"\b(?:high|low|mid|upper|lower|middle)(?: |-)\s*$")),
    (Bound.AT_LEAST, _re(r"\b(?:at least|a minimum of)\s*$", r"(?:至少|起码)\s*$")),
    (Bound.FROM, _re(r"\b(?:from|starting at|starts at|start at)\s*$", r"(?:低至)\s*$")),
)
_BOUND_AFTER: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    (
        Bound.BELOW,
        re.compile(
            r"^\s*(?:以下|以内|之内|(?:块|元|美元|钱|[台双个件只条盒瓶套包把张支块盏])*(?:都|还|也)?(?:不到|用不了|花不了|要不了)|有找|有余|还能找|还有找)"
        ),
    ),
    (
        Bound.SOME_MORE,
        re.compile(
            r"^\s*(?:块|元|美元)?(?:出头|冒头|挂零)|^\s*(?:多|几)(?=[件双个只台支副条盒瓶罐把张包元块天小分克升斤公毫美流份刀])|^\s*多(?=\s*(?:$|[，。！？了的]))"
        ),
    ),
    (
        Bound.ABOVE,
        re.compile(
            r"^\s*(?:还?(?:要)?多(?:一点儿?|一些|点儿?)|以上|\+|or more\b|plus\b)",
            re.I,
        ),
    ),
    (
        Bound.ABOUT,
        re.compile(
            r"^\s*(?:左右|上下|-?ish\b|,? (?:give or take|more or less|or thereabouts)\b|来(?=个?小时|[双件个只台支条盒瓶块天])|or so\b|or thereabouts\b)",
            re.I,
        ),
    ),
    (Bound.FROM, re.compile(r"^\s*(?:起(?!来)|and up\b)", re.I)),
)


def bound_of(before: str, after: str) -> tuple[Bound, str, str]:
    """The bound that is said, and the clause without the words that said it."""
    for bound, pattern in _BOUND_BEFORE:
        if m := pattern.search(before):
            return bound, before[: m.start()], after
    for bound, pattern in _BOUND_AFTER:
        if m := pattern.match(after):
            return bound, before, after[m.end() :]
    return Bound.EXACT, before, after
