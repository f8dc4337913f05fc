# ruff: noqa: E501 - tables of patterns read better unbroken
"""What viewers say about the host being an AI: doubt, praise or anger. A few lists of words, no model: whoever asks
why a message was counted is shown the words that did it.

A message counts only when it speaks of the host's nature at all (persona/reality.py, or one of `_ABOUT`). Of several
tones the sharpest wins: anger, then praise, then doubt; a praise that is denied ("not impressed") is none.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from persona.intents import folded
from persona.reality import asked_if_real

LONGEST = 300  # characters of a message that are looked at


class Tone(StrEnum):
    """DOUBT: asks or says whether the host is real. PRAISE: likes what the AI does. ANGER: is against it."""

    DOUBT = "doubt"
    PRAISE = "praise"
    ANGER = "anger"


@dataclass(frozen=True, slots=True)
class AiRemark:
    """`because`: the words that decided, "" where the whole message did."""

    tone: Tone
    because: str = ""


_ABOUT = re.compile(
    r"(?<![a-z])a\.?i\.?(?![a-z]|[- ]?powered)|\b(?:chat ?)?bots?\b|\brobot(?:s|ic)?\b(?!\s*(?:vacuum|cleaner|mower|arm|toy|kit))|\bavatar\b|\bdeep ?fake\b|\b(?:digital|virtual|fake|synthetic|generated|computer) (?:human|host|person|face|voice|streamer|presenter|clone|twin)\b|"
    r"人工智能|数字人|虚拟(?:人|主播|形象)|(?<![扫拖地窗])机器人|机器(?:播|声|主播)|假(?:人|主播)|真人|换脸|合成(?:的)?(?:脸|声音|主播)"
)
_ANGER = re.compile(
    r"\bhate\b|\bdespise\b|\bdisgust\w*|\bcreepy\b|\bgross\b|\bscam\w*|\bfraud\w*|\btrash\b|\bgarbage\b|\bshame\b|\bshameful\b|\bdisgrace\w*|\bpathetic\b|\bstupid\b|\bridiculous\b|\bannoying\b|\bawful\b|\bterrible\b|\bhorrible\b|\bworst\b|\bsucks?\b|\bstop (?:using|this|with)\b|\bunfollow\w*|\bunsubscrib\w*|\bboycott\w*|\breport(?:ed|ing)?\b|\bliars?\b|\blying\b|\bdeceiv\w*|\bcheat\w*|\binsult\w*|\blaz(?:y|iness)\b|\bsick of\b|\btired of\b|\b(?:take|took|taking|steal\w*|replac\w*) (?:our |people'?s |real |human )?(?:jobs?|people|humans)\b|\bdis(?:like|trust)\w*|\bno more (?:ai|bots?)\b|\bfuck|\bwtf\b|\bget a real (?:person|human)\b|"
    r"恶心|讨厌|反感|骗(?:子|人|局|钱)?|诈骗|垃圾|滚|取关|取消关注|举报|抵制|无耻|不要脸|敷衍|糊弄|忽悠|欺骗|受不了|太假了|烦(?:死|人)|差劲|没诚意|不尊重|割韭菜|抢.{0,4}饭碗|别(?:再)?用(?:ai|机器)|拒绝(?:ai|机器|数字人)|(?:再也)?不(?:会)?(?:买|看|来)了|真(?:垃圾|无语)|无语|气(?:死|人)|智障|傻逼|妈的"
)
_PRAISE = re.compile(
    r"\bamaz(?:ing|ed)\b|\bawesome\b|\bincredible\b|\bimpress(?:ed|ive)\b|\bcool\b|\blove\b|\bloving\b|\bgreat\b|\bfantastic\b|\bbrilliant\b|\bwonderful\b|\bso (?:good|real|realistic|natural|lifelike)\b|\b(?:looks?|sounds?|seems?) (?:really |very |so |surprisingly )?(?:good|real|realistic|natural|lifelike|nice)\b|\bwell (?:done|made)\b|\bgood (?:job|work|ai|bot)\b|\bnice\b|\bhelpful\b|\bthe future\b|\bwow\b|\bhonest\b|"
    r"厉害|牛(?!仔|皮|奶|肉|角)|真棒|太棒|好棒|很棒|逼真|自然|喜欢|先进|高科技|科技感|强大|(?<!太)不错|挺好|很好|真好|太像(?:真人)?了|佩服|点赞|赞|可爱|有意思|诚实|良心|666|神奇|惊艳"
)
_DENIED = re.compile(
    r"(?:\bnot|n'?t|\bnever|\bhardly|\bno|\bless than)\s+(?:\w+\s+){0,2}$|(?:不|没|毫无|一点也?不|谈不上)(?:怎么|太|是很|那么|觉得)?$"
)


def ai_remark(text: str) -> AiRemark | None:
    """The tone of a message about the AI; None where it says nothing of it. Constant in memory, linear in the text."""
    plain = folded(text[:LONGEST]).lower()
    real = asked_if_real(plain)
    if real is None and _ABOUT.search(plain) is None:
        return None
    if (angry := _ANGER.search(plain)) is not None and not _denied(plain, angry):
        return AiRemark(Tone.ANGER, angry.group().strip())
    praising = list(_PRAISE.finditer(plain))
    if praising and all(_denied(plain, m) for m in praising):
        return AiRemark(Tone.ANGER, _with_denial(plain, praising[0]))
    if praising and (real is None or not plain.rstrip(" !。~").endswith(("?", "？", "吗", "么"))):
        kept = next(m for m in praising if not _denied(plain, m))
        return AiRemark(Tone.PRAISE, kept.group().strip())
    return None if real is None else AiRemark(Tone.DOUBT)


def _denied(text: str, found: re.Match[str]) -> bool:
    return _DENIED.search(text[max(0, found.start() - 24) : found.start()]) is not None


def _with_denial(text: str, found: re.Match[str]) -> str:
    denial = _DENIED.search(text[max(0, found.start() - 24) : found.start()])
    return ("" if denial is None else denial.group()) + found.group()
