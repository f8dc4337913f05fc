"""What a speaker does with a clause: tells something, asks it, or declines to say it. Pure, on folded text.

A question that tells ("did you know ...?"), one that is answered with yes at once, and a hedge count as telling.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from products.roles import CLAUSE_END


class Stance(StrEnum):
    TELL = "tell"
    ASK = "ask"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters start..end, without the sign that ends them. `decline`: from where on nothing is claimed."""

    start: int
    end: int
    stance: Stance
    decline: int = -1

    def claims_nothing(self, at: int) -> bool:
        """Whether what stands at a character of this clause is asked or declined, not said."""
        return self.stance == Stance.ASK or (self.stance == Stance.DECLINE and at >= self.decline)


def _re(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.I)


_OPENER = _re(
    r"^\W*(?:(?:so|and|but|or|now|ok|okay|well|then|hey|hi|hello|you ask(?:ed)?|(?:some)?(?:one|body) asks?|the question is)\W+)*"
    r"(?:is|are|was|does|do|can|could|may|shall|should|will|would|has|have|any|anyone|anybody|what(?:'s)?|which|who(?:'s)?|whose|where|when|why|how)\b",
    r"^\W*(?:\w+[\s'-]*){1,3}$",
)
_TELLING = _re(
    r"\b(?:did|do) you know\b(?! (?:if|whether))",
    r"^\W*(?:(?:and|but|so|well|now|oh) )?(?:isn't|aren't|ain't|don't|doesn't|didn't|won't|wouldn't|can't|couldn't|hasn't|haven't)\b",
    r"\b(?:believe|imagine|guess what|what if|how about|why (?:pay|not|would|buy|go|settle|wait)|where else|who else|what other|which other|what else|how else|want (?:it|this|one|them|these|the)|ready for|who wouldn't|who doesn't|is it any wonder|need i say)\b",
    r"\bhow (?:does|do|would|about) [^?]* sound\b",
    r"^\W*(?:(?:and|so|now|oh) )?(?:(?:can|do|did|could) you )?(?:see|notice|spot|feel|hear|smell|taste) (?:the|that|this|those|these|how)\b(?! (?:chat|screen|camera|question|link|price|number|card|basket|button|comment))",
    r"\bhow (?:\w+ )?(?:good|great|cheap|low|soft|cool|amazing|fantastic|incredible|crazy|perfect) (?:is|are|does)\b",
    r"不就|难道|岂不?|知道(?:吗|么|不)|知不知道|不是[^，。？]*(?:吗|么)|还有谁(?:家|能|比)|哪里还|哪儿还|谁不|怎么能不|对不对|信不信|是不是(?:很|最|特别|超|太|非常)|(?:好|香|软|便宜|划算)不(?:好|香|软|便宜|划算)|敢信|想不想要|要不要来|谁(?:能|还)",
)
_YES = re.compile(
    r"\s*(?:yes|yep|yeah|yup|sure|absolutely|of course|definitely|indeed|certainly|you bet|totally|exactly|correct|right|it (?:is|does|can|will|has)\b|they (?:are|do|can|will|have)\b|you can\b|oh yes|i think so|是的|对[的啊，。！]|当然|没错|可以[的，。！]|能[的，。！]|会[的，。！]|有[的，。！]|必须的|绝对|肯定|那是)",
    re.I,
)
_ZH_ASK = re.compile(
    r"(?:吗|呢|么|没有|不)\s*$|有没有|能不能|可不可以|是不是|会不会|要不要|什么|多少|多大|多重|多高|多长|哪|几[个种件双号点]|谁|怎么|如何|还是|多久|吧\s*$|吗"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_WHO = r"\b(?:i|we|nobody here|the (?:shop|catalogue|catalog|page|description|listing|facts?|seller|maker|text)(?: \w+)?|it|that|this|there)\b"
_DECLINE = _re(
    _WHO
    + r"(?:'m|'d|'ll| am| would| will| really| simply| just| also| honestly| still| genuinely| truly| frankly| sadly| actually| certainly| probably| personally)* (?:can't|cannot|can not|won't|will not|wouldn't|hasn't|has not|haven't|have not|not able to|not going to|am not going to|don't|do not|never|rather not|not allowed to|couldn't|didn't|doesn't|does not|do no)"
    r" (?:really |simply |just |honestly |want to |wish to |like to |have to )?(?:promise|claim|say|tell|guarantee|know|guess|confirm|speak|judge|give you|check|vouch|answer|pretend|mention|list|state|invent|make|said|told|written|stated|mentioned|listed)\b(?! (?:enough|you how|how (?:good|great|much|happy|soft))| anyone| any(?:body| other)| a (?:better|nicer|cheaper)| better)",
    r"\b(?:not sure|no idea|not certain|unsure|have no (?:information|word|figures?|details?|data)|no word (?:on|of|about)|nothing (?:in the|about|there about)|not (?:mentioned|listed|stated|written|known|given|in the (?:description|catalogue|listing|text|facts))|is(?:n't| not) (?:anything|a word)|(?:you|somebody|someone|viewers?) (?:just )?(?:asked?|asks|wanted to know|wants to know|wondered) (?:about|if|whether|me)|(?:your|the|a) question (?:about|whether|if)|[a-z]+(?:'s| is| are) (?:asking|wondering) (?:about|if|whether|what|how|for)|(?:page|description|text|listing|catalogue|maker) (?:says|makes|has|tells) (?:a few |some |two |a couple of |one or two )?(?:\w+ )?(?:things?|words?|lines?|something|claims?|promises?|stories) (?:about|on)|[a-z]+ (?:wants to know|wonders|is asking|asks|asked) (?:about|if|whether)|whether|(?:you|they|someone|somebody) (?:want|wants|would like|like|'d like) to know|let me (?:check|ask)|find out|look (?:that|it) up|check with)\b",
    r"\b(?:is|are|it's|that's|they're) (?:no|not a|not any) (?:medicine|medical|drug|cure|treatment|medication|health product|promise|remedy)\b",
    r"\b(?:we|i) (?:make|give|do) no\b",
    r"(?:这|那|这种|这些|这类|的)话?(?:我们?|咱们?)(?:可|就|也|是|从来|都|统统|一概|一律|全都?|真的?)*不(?:说|讲|敢说|敢讲|能说|会说|提|念|碰)|(?:我们?|咱们?|主播)(?:可|就|也|都|真的?|是)*不(?:评|编|瞎编|乱编|谈|念|吹牛?|下结论|打包票)|(?<!离)(?:我们?|咱们?)(?:可|也|是)?(?:不会|不能|不敢|没法)(?:跟[你您大家们]+)?(?:说|吹|讲|承诺|保证)(?!谎|假|错|瞎|完|停)|(?:评价|评|回答|答|保证|判断|确定|承诺|担保|形容|解释)不(?:了|出|来|上来)|(?:我们?|咱们?)(?:可|就|也)?不(?:跟|给|对)(?:你们?|您|大家)(?:说|讲|谈|提|吹)|(?:问|关心|想知道|纠结)[^，。]{0,12}(?P<verb>[\u4e00-\u9fff])不(?P=verb)|不知道(?!为什么|怎么|多|有多)|不清楚|不确定|不了解|没法(?:说|保证|确认|回答|判断|告诉|替)|不能(?:说|保证|承诺|确定|乱|替|随便|断定|回答)|不敢(?!相信|想|信)|不(?:会)?(?:保证|承诺|乱说|瞎说|瞎猜|猜)|没写|没有写|没提|没有提|没(?:有)?说|没标|未标|未注明|没有注明|没有(?:相关|这方面|这个信息|这项)|(?:资料|页面|介绍|描述|商品页|店里|目录)[里上中]?(?:也|都|还)?(?:没|没有|未|查不到|找不到)|查不到|不做[^，。]*(?:承诺|保证|宣传)|不是药|不是医疗|不是保健|(?:帮|替)(?:您|你|大家)?(?:问|确认|查)|问(?:一下|问)?(?:店家|商家|客服)|确认一下|是否|会不会|能不能|可不可以|要不要|不好说|说不准|不能替|有人问|你问|您问",
)


def speaks_chinese(text: str) -> bool:
    """Whether a text has a Chinese character."""
    return _HAN.search(text) is not None


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text in order, each with what the speaker does with it."""
    found: list[Clause] = []
    for start, end in _sentences(text):
        asks = text[end : end + 1] in ("?", "？") or _REPORTED.search(text, start, end) is not None
        yes = asks and _YES.match(text, end + 1) is not None
        first = len(found)
        for a, b, sign in _cut(text, start, end):
            part = text[a:b]
            found.append(_stance(part, a, b, asks and not yes, sign))
        _topics(text, found, first)
    return tuple(found)


def _topics(text: str, found: list[Clause], first: int) -> None:
    """In "delivery to Norway, hm, I can't promise" what is named without a verb before it is declined too."""
    for i in range(len(found) - 2, first - 1, -1):
        clause, after = found[i], found[i + 1]
        if clause.stance != Stance.TELL or after.stance != Stance.DECLINE or after.decline > after.start + 12:
            continue
        part = text[clause.start : clause.end]
        if _TOPIC.fullmatch(part):
            found[i] = Clause(clause.start, clause.end, Stance.DECLINE, clause.start)


def _stance(part: str, a: int, b: int, asks: bool, sign: str) -> Clause:
    chinese = _HAN.search(part) is not None
    if _TELLING.search(part):
        return Clause(a, b, Stance.TELL)
    if asks and (_ZH_ASK.search(part) or (sign and len(part) < 12) if chinese else _OPENER.search(part)):
        return Clause(a, b, Stance.ASK)
    if (
        chinese
        and not asks
        and re.search(r"吗\s*$|有没有", part)
        and not re.search(r"^.{0,2}有没有.*(?:有货|可以)", part)
    ):
        return Clause(a, b, Stance.ASK)
    if m := _DECLINE.search(part):
        return Clause(a, b, Stance.DECLINE, a if chinese else a + m.start())
    return Clause(a, b, Stance.TELL)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for m in re.finditer(r"[!?。！？\n]|\.(?!\d)", text):
        yield at, m.start()
        at = m.end()
    yield at, len(text)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """(start, end, "?" when it is the last before the sign) of each clause of a sentence."""
    at = start
    for m in CLAUSE_END.finditer(text, start, end):
        if m.end() > at:
            yield at, m.start(), ""
            at = m.end()
    yield at, end, "last"


# "Will it fit a cup holder, asks Jo."
_REPORTED = re.compile(
    r",\s*(?:asks|asked|wonders|wondered) (?:\w+|the chat|a viewer|(?:some|any)(?:one|body))(?: in (?:the )?chat)?\s*$",
    re.I,
)
# What is only named, so that it can be declined: "delivery to Norway", "hm", 里子嘛.
_TOPIC = re.compile(
    r"\W*(?:(?:as for|about|on|regarding) )?(?:the |your |its )?[a-z]+(?: (?:to|in|of|and|for|with) (?:the )?[a-z]+| [a-z]+)?\W*(?<!s)|\W*(?:h+m+|well|er|um|uh|sorry|honestly|look)\W*|"
    r"[\u4e00-\u9fff]{1,8}(?:嘛|呢|啊|这个|这些|的话|这种事|方面)",
    re.I,
)
_NEGATED = _re(
    r"(?:\bnot|n't|\bno|\bnever|\bwithout|\bneither|\bnor)(?: (?:a|an|any|the|be|really|actually|about|of|called|claiming|such|free|to|your|quite|necessarily)){0,3}\s*$",
    r"(?:不是|没有|并非|不算|绝非|不|没|无|别|未)(?:说|指望|任何|什么|这种|提供|支持|能|会|一定|做|搞|参加|用|敢说(?:是|它)?|算|讲|谈|这个|是|再)?\s*$",
)
_NOT_NEGATED = _re(
    r"\bnot (?:only|just|merely|even)\b[^,]*$",
    r"\bno (?:other|more|better|one)\s*$",
    r"不(?:仅|但|只|光)[^，]*$",
    r"没有(?:比|谁|什么比)[^，]*$",
    r"(?:从来|再)没有$",
)


_NEGATED_BEHIND = re.compile(
    r"(?:什么的|这些|之类的?)?(?:我们|咱们?|这边|这里|店里|今天|目前|暂时)?(?:都|也|真的?|可|是)?(?:没有|不做|不搞|不参加|不支持|不提供)(?:的|哦|啊)?\s*(?=$|[，。！；,!])"
)


def negated_behind(text: str, end: int) -> bool:
    """Whether the words that end at `end` are denied by what follows at once: 优惠券我们没有."""
    return _NEGATED_BEHIND.match(text, end) is not None


def negated(text: str, start: int, at: int) -> bool:
    """Whether the words at `at` are denied by those before them in their clause, which begins at `start`."""
    before = text[start:at]
    return _NEGATED.search(before) is not None and not _NOT_NEGATED.search(before)
