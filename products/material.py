"""What is said of goods without a number: "waterproof", "real leather", 带盖子. Pure, on folded text.

A closed world: a word that is neither plain (products/plain_words.yaml, products/everyday_words_zh.yaml), nor in the catalogue,
nor another way to say what is there (products/same_words.yaml), is a claim that nothing carries. Clauses that plainly speak of the show or the
viewers, not of goods, may use any word but those that products/risky_words.yaml names.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from products.along import ALONG, comes_along, listed
from products.everyday import doings, english, meals, tells_taste, things
from products.opposites import opposites
from products.predicates import doing
from products.stances import Clause, Stance, clauses
from products.terms import TermList
from products.together import ALONE, TOGETHER
from products.together_zh import ABLE, ABLE_ALONE, ABLE_AT_ALL, TOGETHER_ZH
from products.vocabulary import EMPTY, HAN, LATIN, SMALL, Vocabulary, plain_forms, same_words, variants

_LONGEST = 6  # characters of a Chinese word that is looked up
_REFERS = re.compile(
    r"\b(?:it|its|it's|they|them|their|they're|this|these|that's|those|here's|ones?|itself|yours)\b|\b(?:everything|all (?:of )?(?:our|the|these)|our \w+|goods|products|items)\b|它|这|那款|款|全场|所有|商品|产品",
    re.I,
)
_ABOUT_PEOPLE = re.compile(
    r"^\W*(?:(?:and|so|but|now|then|well|ok(?:ay)?|if|when|while|because|as|oh|yes|no|today|first)\W+)*"
    r"(?:i|i'm|i'll|i'd|i've|we|we'll|we're|we've|we'd|let's|let|you|you'll|you're|you've|who|who's|whoever|everyone|everybody|anyone|somebody|someone|friends|folks|"
    r"my|our|your|tell|type|write|ask|say|send|join|stay|welcome|hello|hi|hey|good (?:morning|evening|afternoon|night|day|to (?:see|have)|question|point|choice)|thanks|thank|follow|drop|look|leave|come|give|wish|greetings|see(?! (?:the|this|that|those|these|how)\b)|wait|keep|what|which|where|how)\b"
    r"|^[\W]*(?:那|好|嗯|来|所以|然后|今天|今晚|现在|刚才)*(?:大家|你们|你|您|我们|咱们?|我|各位|朋友|家人|姐妹|宝|欢迎|谢谢|感谢|新来|刚进|有没有人|有人|谁|主播|爱|喜欢|想|先|再|一会|稍|等)",
    re.I,
)
# When goods were made or came in: a season is plain in "cosy for winter", not in "the autumn harvest".
_MADE_WHEN = re.compile(
    r"\b(?:harvest\w*|pick(?:ed|ing)|pluck\w*|flush|crop|grown|produced|releas\w+|launch\w+|roasted|bottled|collection|arriv\w+|came in|leaves|edition)\b|采|摘|茶|收成|上市|产|新款|到货|季款",
    re.I,
)
_OF_TASTE_ZH = re.compile(r"[香味闻尝甜]|口感|配料|添加|加了|含|掺|调(?!皮|侃|头)")
_SEASONS = frozenset(
    "week weeks month months recently lately ago fortnight weekend spring summer autumn fall winter january february march april may june july august september october november december yesterday "
    "春天 夏天 秋天 冬天 春季 夏季 秋季 冬季 春 夏 秋 冬 春日 夏日 冬日 秋冬 春夏 昨天 今年 去年 前年 年初 年底 明前 清明 谷雨 清早 清晨 凌晨 大清早 一大早 天亮".split()
)
# "Good question, Anna": who is spoken to.
_CALLED = re.compile(
    r"\b(?:question|point|idea|choice|hi|hello|hey|thanks|thank you|welcome|sorry|morning|evening|afternoon|back|bye|cheers)\W*$",
    re.I,
)
_TITLE = re.compile(r"\s*[A-Z][a-z]+\s*")
_MONEY_IN = re.compile(r"(?:dollars?|bucks?|cents?|\$[\d.]+)\b[^,.]* in your\s*$", re.I)
_NOT_IN_IT = re.compile(r"\b(?:no|not|without|never|free (?:of|from)|contains? no|n't)\b[^.,;]{0,20}$", re.I)
_FREE = re.compile(r"^(?:[\w']+-)+(?:free|less|proof|resistant|safe|friendly|grade|tested|certified)$", re.I)
# Plain words, or the catalogue's, that together say more than each of them: only as the catalogue has them.
_WHOLE = re.compile(
    TOGETHER + "|" + TOGETHER_ZH + "|"
    r"\blong(?:er)?[- ]last\w*|\blasts? (?:\w+ )?long\w*|\b(?:crystal|clear) (?:sound|calls?|audio|voice|picture)s?\b|"
    r"\bwireless(?:ly)? charg\w+|\bcharg\w+ wirelessly|\blasts? (?:for )?(?:\w+ )?(?:years|ages|decades|forever|longer)\b|\bpays? for (?:it|them)sel\w+|"
    r"\b(?:made(?! by (?:a |the )?computer)|sewn|finished|painted|poured|cut|carved|knotted|mixed|rolled|picked|roasted|blended|dipped|thrown|turned|built|crafted|stitched|woven|knitted) by (?:hand|machine|a|an|the|local|our|skilled|experts?)\b|\b(?:runs?|fits?) (?:a (?:bit|little) )?(?:small|large|big|true|wide|narrow|tight|loose|every|all|any|most|like|perfect)\b|\b(?:half|wide|narrow|in-between|kids'?|children's|plus) sizes?\b|"
    r"\b(?:it|they|that|this|these|the \w+)(?: \w+)? (?:do not|don't|does not|doesn't|won't|will not|can't|cannot|never) (?:ever |even |really |easily )?(?:slip|slide|break|fade|shrink|stretch|leak|spill|scratch|stain|smell|itch|rust|tear|rip|crack|chip|dent|wobble|squeak|pinch|rub|wear|bend|lose|fall|drop|tip|burn|bleed|pill|peel|sag|sink|heat|overheat|fail|get)\b|"
    r"不(?:掉|褪|变|起|生|打|漏|沾|粘|刺|扎|伤|勒|磨|夹|压|闷|臭|裂|碎|崩|卡|断|晃|倒|滑|缩|皱|泛|发)[\u4e00-\u9fff]?(?<!不变)(?<!不起来)(?<!不打折)(?<!不打)(?<!不发货)|偏[小大][一半]?码?|(?:脚|头|肩|腰|腿|手|胯)[宽胖大瘦粗小][^，。]{0,4}(?:穿|戴|可以|能)|(?:大|小|中|加大|特大|均)号|[大小长短宽厚薄]一(?:点|号|些)的|宽版|半码|"
    r"\b(?:hot|cold|warm|cool|fresh|bright|burn\w*|last\w*|runs?|plays?|works?|lit)\b(?: \w+){0,2} (?:all|the whole|the entire|through the|night and|day and) (?:day|night|week|weekend|morning|evening|winter|summer)\b|(?:保温|保冷|热|冷|亮|用|续航)[^，。]{0,3}(?:一天一夜|一整夜|整夜|几天)|去年|前年|陈茶|隔年|新款|"
    r"\b(?:holds?|takes?|fits?) (?:two|three|four|five|six|a dozen|several|many) (?:cups?|glasses|bottles|people|phones|books)\b|用坏[^，。]{0,6}(?:换|赔|修)|(?:走|去)到?哪儿?[^，。]{0,2}带到?哪|\b(?:have|get|comes?|available|there(?:'s| is)) (?:it |them |one |a |an |the )*(?:in )?(?:white|black|red|blue|green|pink|grey|gray|brown|yellow|purple|orange|beige|navy|gold|silver)(?: one)?(?=\s*[.,!]|\s*$| too\b| as well\b)|"
    r"\bworth (?:double|twice|more|a lot|every)|\b(?:twice|double|three times|ten times) as \w+|\b(?:in|for) (?:any|all|every) weathers?\b|\beasy to (?:clean|wash|use|store|carry|care)\b|"
    r"\b(?:fits?|works?|goes) (?:in|on|with|under) (?:any|every|all)\b|\bcomes? (?:in|with) (?:a|an|its|free|the|extra|some)\b(?! (?:size|range|cover|case|inside|sleeve|(?:[\w]+[- ]year )?(?:guarantee|warranty)|two-year|lifetime|\d))|"
    r"\b(?:will|can|could|won't|can't|doesn't|don't|never|not) (?:ever )?(?:break|fall|drop|turn(?! (?:it|them|this|the \w+) (?:up|down|on|off|over|round)\b)|lose|go (?:out|off|bad)|change colou?r|wear out)\b|"
    r"\bgoes with (?:every|any|all)|\b(?:any|every) (?:age|occasion|season|use|home|outfit)\b|\ball (?:year|day|night|week) (?:long|round)\b|"
    r"无线充电|越[\u4e00-\u9fff]{1,3}越|用得久|经久|耐[用磨穿脏洗摔热高]|不[怕易会][\u4e00-\u9fff]|(?:还会|会自[己动]|能自[己动]|自动)(?:记|关|开|亮|灭|调|提醒|断|感应)[\u4e00-\u9fff]?|好(?:打理|清洗|收纳|洗|拿|携带)|带[着]?[\u4e00-\u9fff]{0,2}(?:盖|套|架|袋子)|一年四季|四季|老少|男女|任何|"
    r"(?:睡觉|离开|整夜|过夜|一晚上|一整晚)[^，。]{0,6}(?:没关系|没事|也行|也可以|不怕|放心)",
    re.I,
)
_SCENE = re.compile(ALONE, re.I)
_PACK = re.compile(r"\b(?:set|pack|box|bundle) of\b", re.I)
# What goods, the viewers and the shop may be said to do in plain words; any other verb must be in the catalogue.
_DOES = frozenset(
    "is are was were be been has have had does do did can could will would may might must should comes come costs cost holds hold weighs weigh measures "
    "measure takes take runs run goes go looks look fits fit makes make burns gets get needs need says say starts start begins sits sit stands stand sounds sound "
    "belongs belong deserves waits wait hangs lies means mean reads read seems seem suits suit gives give keeps keep saves save also just really simply only even always still now "
    "actually currently not never all both each look's it's isn't aren't doesn't don't won't can't hasn't appears appear wants want asks ask uses use feels feel falls fall counts count drops drop leaves leave sells sell ends end "
    "slides slide slip tuck tucks hides hide rests rest stays stay shows show turns turn opens open closes close measures contains total set used ring "
    "ranges range stops stop brings bring adds add puts put works work lives live finds find reminds remind catches catch pairs pair matches match".split()
)
_YOU_MAY = frozenset(
    "see find get have pay ask choose order buy pick want need know like love take use put hear read notice be tell type write look say wash keep add try make "
    "go come stay wear carry open check compare count decide enjoy spend save give also just even always still only not simply really then do scroll tap click follow think guess send let "
    "spot peek meet pick browse run set leave expect show start trust watch join feel bring hold pop throw slip place pour fill drink fit move switch turn change charge wait consider remember imagine".split()
)
_WE_MAY = frozenset(
    "be have are were will can could would do did don't see look show talk go start know read get carry move continue say said promise make want like love think hope meet begin "
    "come came turn stay keep take put let wait need must should may might also just only still now all both never always not really hear heard ask answer call wrote write list sell offer mention "
    "run hold stock print type reply repeat knock took take cut drop lower bring brought mark set put pick count check get got chose choose pay paid charge "
    "pass end finish return skip stick guess found find had leave stop speak spend tell told mean check give open learn bring chat reach welcome thank".split()
)
_VERBS = (
    (
        re.compile(
            r"(?:^|[,;:]|\b(?:and|but|so|because|that|if|when|while|since|as|yes|well|now|then))\W*(?:it|they)(?:'ll| will| can| could| would)? (?:(?:also|just|even|always|still|never|sure|[a-z]+ly) )?(?P<verb>[a-z']+)",
            re.I,
        ),
        _DOES,
    ),
    (
        re.compile(
            r"\byou(?:'ll| will| can| could| may| might)(?: (?:also|just|even|always|still|only|never|then|actually|indeed))* (?P<verb>[a-z']+)",
            re.I,
        ),
        _YOU_MAY,
    ),
    (
        re.compile(
            r"\bwe(?:'ll| will| can| could)? (?:(?:also|just|even|always|still|only|never|all) )?(?P<verb>[a-z']+)",
            re.I,
        ),
        _WE_MAY,
    ),
)
_MEASURES = frozenset("双件个只支台条瓶盒把套罐副份张盏包块杯根颗粒片层格节对组")
_PARTICLES = frozenset("呀啊哦啦呢吗嘛哈")
_NEGATION = re.compile(
    r"\b(?:not|never|no(?! (?:problem|trouble|issue|worry|worries|fuss|sweat|drama|secret|match))|without|keep(?:ing)? (?:it|them|this|these|the \w+) (?:well |far |safely )?(?:out of|away from)|don't(?! (?:worry|fear|need|have|mind|forget|know|say|tell))|doesn't(?! (?:mention|say|list|tell|state|matter|hurt|harm|mind|bother|mean|know))|isn't|aren't|can't|cannot|won't|shouldn't|nothing|neither|nor|avoid|leave out|skip)\b|不(?!锈|怕|用(?:担心|怕|愁|慌|急|等|管|想|猜|抢|谢|问)|要紧|碍事|成问题|是问题|想|爱|愿|肯|慌|急|催|懂|信|骗|瞒|许)|没(?!问题|事|关系|毛病)|勿|别(?!超过|高于|超|急|的|[调弄搞看拍选记]错|忘)|(?:得|要|记得)有?人(?:看|守|在)|人(?:要|得|最好)在|无(?!线)|未|禁",
    re.I,
)
# A thing in its parts: what is said of one is not said of another.
_PARTS_OF = (
    "upper", "sole", "toe", "cover", "sleeve", "pocket", "case", "foam", "top", "base", "bottom", "frame", "lens", "handle",
    "strap", "seal", "hood", "shell", "lining", "filling", "canopy", "rib", "cap", "seat", "armrest", "blade", "body", "brim",
    "鞋面", "底", "枕套", "记忆棉", "鞋头", "袋", "镜片", "镜框", "伞面", "伞骨", "键帽", "轴体", "表面", "把手", "内衬", "面料", "帽子",
)  # fmt: skip
_RIGHT_AHEAD = re.compile(r"(?:\bnot|n't|\bno|\bwithout|\bnever)\s+$|(?:不带?|没有?|无|非)$", re.I)
_PARTS = re.compile(r"[,;:()，。；：！（）、]|\band\b|\bwith\b")


@dataclass(frozen=True, slots=True)
class Said:
    """Characters start..end speak of goods. `known`: every word is in the catalogue; `sentence`: the one of the catalogue
    that has most of them, "" for none; `denied`: the catalogue says the opposite.
    """

    start: int
    end: int
    known: bool
    sentence: str = ""
    denied: bool = False


@cache
def _plain() -> tuple[frozenset[str], frozenset[str]]:
    raw = yaml.safe_load((files("products") / "plain_words.yaml").read_text("utf-8"))
    everyday = yaml.safe_load((files("products") / "everyday_words_zh.yaml").read_text("utf-8"))
    rambling = yaml.safe_load((files("products") / "rambling_words_zh.yaml").read_text("utf-8"))
    chinese = [raw["chinese"], *everyday.values(), *rambling.values()]
    return english() | frozenset(raw["english"].split()), frozenset(
        word for words in chinese for word in words.split()
    )


@cache
def _phrases() -> re.Pattern[str]:
    """Words that claim nothing together, though one of them alone may."""
    raw = yaml.safe_load((files("products") / "plain_words.yaml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{p})" for p in raw["phrases"]), re.I)


@cache
def _nothing_to_handle() -> frozenset[str]:
    """Plain English words but those for things."""
    return _plain()[0] - things()


@cache
def _undated() -> frozenset[str]:
    """Plain Chinese words but those that tell when."""
    return _plain()[1] - _SEASONS


@cache
def _tasteless() -> frozenset[str]:
    """Plain Chinese words but those for what is eaten."""
    raw = yaml.safe_load((files("products") / "rambling_words_zh.yaml").read_text("utf-8"))
    return _plain()[1] - frozenset(raw["meals"].split())


@cache
def _alone() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that are plain alone; words of two or three that hold one and are not."""
    raw = yaml.safe_load((files("products") / "compound_words.yaml").read_text("utf-8"))
    return frozenset(raw["alone"]), frozenset(raw["longer"].split())


def _stands_alone(run: str, at: int) -> bool:
    """Whether a character is an everyday verb by itself rather than a part of a longer word."""
    alone, longer = _alone()
    return run[at] in alone and not any(
        run[start : start + size] in longer
        for size in (2, 3)
        for start in range(max(0, at - size + 1), at + 1)
        if start + size <= len(run)
    )


@cache
def _risky() -> TermList[str]:
    raw = yaml.safe_load((files("products") / "risky_words.yaml").read_text("utf-8"))
    return TermList((str(word), kind) for kind, words in raw.items() for word in words)


def plain_word(word: str) -> bool:
    """Whether an English word claims nothing of goods by itself."""
    plain, _ = _plain()
    return any(form in plain for form in plain_forms(word))


def said(
    text: str,
    words_at: Callable[[int, int], Vocabulary],
    taken: Sequence[tuple[int, int]],
    names: Iterable[str] = (),
) -> Iterator[Said]:
    """Each stretch of a folded text that speaks of goods without a number.

    words_at  the vocabulary of the product that a clause, start to end, speaks of
    taken     spans that are judged otherwise: amounts, claims by words
    names     words that are names here: of the shop, the host
    """
    calm = {n.lower() for n in names}
    risky = list(_risky().find(text))
    taken = [*taken, *(m.span() for m in _phrases().finditer(text))]
    yield from (Said(a, b, False) for a, b in listed(text, words_at))
    for a, b, sentence in opposites(text, words_at(0, len(text))):
        yield Said(a, b, True, sentence, True)
    for clause in clauses(text):
        if clause.stance == Stance.ASK:
            continue
        if _TITLE.fullmatch(text, clause.start, clause.end) and _CALLED.search(text[: clause.start]):
            continue
        end = clause.end if clause.stance != Stance.DECLINE else clause.decline
        if end <= clause.start:
            continue
        yield from _of_clause(
            text, Clause(clause.start, end, Stance.TELL), words_at(clause.start, end), taken, calm, risky
        )


def _of_clause(
    text: str,
    clause: Clause,
    words: Vocabulary,
    taken: Sequence[tuple[int, int]],
    calm: set[str],
    risky: Sequence[tuple[int, int, str]],
) -> Iterator[Said]:
    part = text[clause.start : clause.end]
    people = not _REFERS.search(part) and (words is EMPTY or _ABOUT_PEOPLE.match(part) is not None)
    for m in re.finditer(r"\b[\w']+-free\b|\bfree (?:of|from) [\w ]+", part, re.I):
        if not any(m.group().lower() in s.lower() for s in words.sentences):
            yield Said(clause.start + m.start(), clause.start + m.end(), False)
    for pattern, allowed in _VERBS:
        for m in pattern.finditer(part):
            verb = m.group("verb").lower()
            if allowed is not _DOES and any(v in doings() for v in plain_forms(verb)):
                continue
            if not any(v in allowed for v in plain_forms(verb)) and not words.has(verb):
                yield Said(clause.start + m.start("verb"), clause.start + m.end("verb"), False)
    for able in (ABLE,) if people else (ABLE, ABLE_ALONE):
        for m in able.finditer(part):
            verb = m.group("verb")
            if (
                verb not in _PARTICLES
                and verb.rstrip("的了") != "用"
                and not words.has_han(verb)
                and m.group() not in words.han
            ):
                yield Said(clause.start + m.start("verb"), clause.start + m.end("verb"), False)
    for m in _WHOLE.finditer(part):
        last = m.group().lower().split()[-1]
        if HAN.fullmatch(m.group()) and words.has_han(m.group()):
            continue
        if ALONG.fullmatch(m.group()):
            continue  # comes_along looks at what it is
        if _PACK.search(m.group()) and any(
            clause.start + m.start() <= a < clause.start + m.end() for a, _ in taken
        ):
            continue  # held as a number
        if not any(m.group().lower() in s.lower() or last == s.lower() for s in words.sentences):
            yield Said(clause.start + m.start(), clause.start + m.end(), False)
    for a, b in comes_along(part, words):
        yield Said(clause.start + a, clause.start + b, False)
    spans = [*_latin(part, words, calm), *_han(part, words)]
    known: list[tuple[int, int]] = []
    unknown: list[tuple[int, int]] = []
    for a, b, is_known in sorted(spans):
        a, b = a + clause.start, b + clause.start
        if any(x < b and a < y for x, y in taken):
            continue
        if is_known:
            known.append((a, b))
        elif not people or any(x < b and a < y for x, y, _ in risky):
            yield Said(a, b, False)
        else:
            unknown.append((a, b))
    titles = "|".join(words.titles).lower()
    carried = any(text[a:b].lower() not in titles for a, b in known) or any(
        clause.start <= a < clause.end for a, _ in taken
    )
    if not people and not carried and words is not EMPTY:
        for m in ABLE_AT_ALL.finditer(part):
            yield Said(clause.start + m.start("verb"), clause.start + m.end("verb"), False)
    if words is not EMPTY and not carried and not words.has_any(part):
        yield from (Said(clause.start + a, clause.start + b, False) for a, b in doing(part))
    if people and (known or any(clause.start <= a < clause.end for a, _ in taken)):
        yield from (Said(a, b, False) for a, b in unknown)
    if not known and not any(clause.start <= a < clause.end for a, _ in taken):
        yield from (
            Said(clause.start + m.start(), clause.start + m.end(), False) for m in _SCENE.finditer(part)
        )
    yield from _misplaced(text, clause, known, words)
    if known:
        yield _carried(text, clause, known, words, taken)


def _latin(part: str, words: Vocabulary, calm: set[str]) -> Iterator[tuple[int, int, bool]]:
    """(start, end, known) of each English word that is not plain."""
    plain, _ = _plain()
    if words is not EMPTY and words.has_any(part) and _ABOUT_PEOPLE.match(part) is None:
        plain = _nothing_to_handle()
    dated = words is not EMPTY and _MADE_WHEN.search(part) is not None
    tasted = words is not EMPTY and tells_taste(part)
    for m in LATIN.finditer(part):
        word = m.group()
        if tasted and any(f in meals() for f in plain_forms(word)):
            yield m.start(), m.end(), words.has(word)
            continue
        if dated and word.lower() in _SEASONS and not (word.lower() == "may" and word.islower()):
            yield m.start(), m.end(), words.has(word)
            continue
        if (
            word.lower() in calm
            or len(word) == 1
            or any(f in plain for f in plain_forms(word))
            or (word.lower() == "pocket" and _MONEY_IN.search(part[: m.start()]) is not None)
        ):
            continue
        if word.lower() in words.without and not _NOT_IN_IT.search(part[: m.start()]):
            yield m.start(), m.end(), part[m.end() : m.end() + 5].lower() in ("-free", " free")
            continue
        if words.has(word):
            yield m.start(), m.end(), True
            continue
        if _FREE.match(word):
            yield m.start(), m.end(), False
            continue
        pieces = word.split("-")
        if all(words.has(p) or p.lower() in calm or any(v in plain for v in plain_forms(p)) for p in pieces):
            if any(words.has(p) for p in pieces):
                yield m.start(), m.end(), True
            continue
        yield m.start(), m.end(), False


def _han(part: str, words: Vocabulary) -> Iterator[tuple[int, int, bool]]:
    for run in HAN.finditer(part):
        counted = run.start() > 0 and part[run.start() - 1].isdigit()
        for a, b, known in _cut(run.group(), words):
            if counted and a == 0 and b == 1 and (run.group()[0] in _MEASURES or run.group()[0] in words.han):
                continue  # what is counted by: 64罐, 82键
            yield run.start() + a, run.start() + b, known


def _cut(run: str, words: Vocabulary) -> Iterator[tuple[int, int, bool]]:
    """The cut of a run of characters into words that leaves fewest unknown; of those only what is not plain."""
    _, plain = _plain()
    if words is not EMPTY and _MADE_WHEN.search(run):
        plain = _undated()
    if words is not EMPTY and _OF_TASTE_ZH.search(run):
        plain = plain & _tasteless()
    best: list[tuple[float, int, int]] = [(0.0, 0, 2)] + [(1e9, 0, 0)] * len(run)  # cost, from, kind
    for end in range(1, len(run) + 1):
        best[end] = (best[end - 1][0] + 1.0, end - 1, 0)
        for start in range(max(0, end - _LONGEST), end):
            word = run[start:end]
            kind = 1 if words.has_han(word) else 2 if word in plain else 0
            if not kind and end - start == 1 and _stands_alone(run, start):
                kind = 2
            cost = best[start][0] + 0.01
            if kind and cost < best[end][0]:
                best[end] = (cost, start, kind)
    pieces: list[tuple[int, int, int]] = []
    at = len(run)
    while at > 0:
        _, start, kind = best[at]
        pieces.append((start, at, kind))
        at = start
    merged: list[tuple[int, int, int]] = []
    for a, b, kind in reversed(pieces):
        if merged and merged[-1][2] == kind == 0:
            merged[-1] = (merged[-1][0], b, 0)
        else:
            merged.append((a, b, kind))
    yield from ((a, b, kind == 1) for a, b, kind in merged if kind != 2)


def _misplaced(
    text: str, clause: Clause, known: Sequence[tuple[int, int]], words: Vocabulary
) -> Iterator[Said]:
    """Words that the catalogue has, but not of the part that they are said of: "a canvas sole"."""
    pieces = [p.lower() for s in words.sentences for p in _PARTS.split(s) if p.strip()]
    titles = "|".join(words.titles).lower()
    at = clause.start
    ends = [m.start() + clause.start for m in _PARTS.finditer(text[clause.start : clause.end])]
    for end in (*ends, clause.end):
        here = [(a, b) for a, b in known if at <= a < end]
        piece, at = text[at:end].lower(), end
        for part in (p for p in _PARTS_OF if p in piece and any(p in q for q in pieces)):
            of = [q for q in pieces if part in q]
            for a, b in here:
                word = text[a:b].lower()
                if part in word or word in titles or any(_in(word, q) for q in of):
                    continue
                if any(
                    re.search(rf"\b{re.escape(word)} \w+ and (?:the )?{part}\b", s, re.I)
                    for s in words.sentences
                ):
                    continue  # "cushioned heel and toe"
                if any(_in(word, q) for q in pieces):
                    yield Said(a, b, False)


def _in(word: str, piece: str) -> bool:
    return any(v in piece for v in variants(word)) if word.isascii() else word in piece


def _carried(
    text: str,
    clause: Clause,
    known: Sequence[tuple[int, int]],
    words: Vocabulary,
    taken: Sequence[tuple[int, int]],
) -> Said:
    """The sentence that has most of the known words, and whether it says the opposite."""
    titles = "|".join(words.titles).lower()
    said_words = [w for a, b in known if (w := text[a:b].lower()) not in titles] or [
        w
        for a, b in known
        if _RIGHT_AHEAD.search(text[clause.start : a])
        and any((w := text[a:b].lower()) in s.lower() for s in words.sentences)
    ]

    def hits(sentence: str) -> float:
        return _hits(sentence, said_words)

    spoken = set(LATIN.findall(text[clause.start : clause.end].lower())) - SMALL

    def likeness(sentence: str) -> tuple[float, int]:
        return hits(sentence), len(spoken & set(LATIN.findall(sentence.lower())))

    sentence = max(words.sentences, key=likeness, default="")
    start, end = known[0][0], known[-1][1]
    if not sentence or not hits(sentence):
        return Said(start, end, True, "")
    first = next(a for a, b in known if text[a:b].lower() in said_words)
    if sentence.lower() in said_words:
        return Said(start, end, True, sentence)  # an option's name
    numbered = any(clause.start <= a < clause.end for a, _ in taken)
    return Said(
        start,
        end,
        True,
        sentence,
        _opposite(text[clause.start : first], text[first : clause.end], sentence, said_words, numbered),
    )


def _hits(piece: str, said_words: Sequence[str]) -> float:
    """How many of the words, or what they are another way to say, a piece of a sentence has; the words themselves
    weigh more.
    """
    low = piece.lower()
    return sum(1.0 if _in(w, low) else 0.5 if _meant(w, low) else 0.0 for w in said_words)


def _meant(word: str, piece: str) -> bool:
    english, chinese = same_words()
    if not word.isascii():
        return any(need in piece for need in chinese.get(word, ()))
    return any(need in piece for form in variants(word) for need in english.get(form, ()))


def _opposite(before: str, behind: str, sentence: str, said_words: Sequence[str], numbered: bool) -> bool:
    """Whether the clause denies what the piece of the sentence says, or the other way round. `before`, `behind`: the clause
    up to the first word that the catalogue has, and from there on. `numbered`: it says an amount, which is held for itself.
    """
    pieces = [p for p in _PARTS.split(sentence) if p.strip()]
    clause = (before + behind).lower()
    for (
        piece
    ) in pieces:  # a piece that is said word for word, with its "no" or "without", denies nothing else
        if _NEGATION.search(piece) and (own := piece.strip().rstrip(".。").lower()) in clause:
            if _hits(piece, said_words) == max(_hits(p, said_words) for p in pieces):
                return False
            before, behind = (side.lower().replace(own, " ") for side in (before, behind))
    best = max(pieces, key=lambda piece: _hits(piece, said_words), default="")
    if not _hits(best, said_words):
        return False
    denies = _NEGATION.search(" ".join([*before.split()[-8:], behind]))
    if numbered and not denies:
        return False
    return bool(denies) != bool(_NEGATION.search(best))
