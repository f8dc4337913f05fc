"""What a text says of a product's options: which it names, and whether it calls them sold out or to be
had.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from products.catalogue import Product
from products.facts import option_words
from products.roles import CLAUSE_END, Claim, Role

Option = tuple[str, str]  # (name, value) in the default language

# What a host may lack without a word about the goods: "I don't have favourites", "you don't have to".
_NOT_GOODS = (
    r" to\b| (?:its|their|your|his|her) (?!size|colou?r|shoe)\w+| (?:(?:a|an|any|the|that|this|those|my|own|exact|personal|real|more) )*"
    r"(?:favou?rites?|opinions?|preferences?|feelings?|information|details?|answers?|experience|measurements?|dimensions?|numbers?|figures?|weight|ideas?|hands|body|neck|feet|head|ears|eyes|legs|nose|mouth|arms|kitchen|friends|family|heart|clue|word|taste|time|thirst|appetite|sister|brother|mother|doubt|crystal ball|script)\b"
)
_GONE = re.compile(
    r"\b(?:sold[\s-]out|out of stock|unavailable|(?:not|isn'?t|aren'?t|no longer)(?: currently)? (?:available|in stock)|all gone|(?:is|are|has|have) (?:all )?gone|"
    r"none left|no more (?:size )?\d+s?\b|(?:is|are|'s|'re) at zero|zero left|no more of (?:them|these|it|those)|(?<!almost )(?<!nearly )out of (?:size )?\d+s?|no (?:size )?\d+(?= (?:at|right|left|today|for|any)|\s*[,.]|$)|no (?:more )?(?:stock|left)|(?:do not|don'?t|no longer) have(?!"
    + _NOT_GOODS
    + r")|ran out|run out)\b|"
    r"(?<!快)(?<!快要)(?<!就要)(?<!马上)(?:售罄|售完|卖完|卖光|卖空|没了)|零库存|(?<=色)零(?=\s*$)|[是为]零(?=\s*$)|(?<=[色个])空了(?=\s*$)|没有?现货|没货|没有货|缺货|断货|断码|无货|没有了|没库存|没有库存|无库存|补货中|等补货|待补货",
    re.I,
)
_THERE = re.compile(
    r"\b(?:in stock|available|still have|we have|we'?ve got|have got|can (?:still |also |all |both )?(?:have|get|buy|order)|there (?:is|are)|there'?s|came in|on the shel(?:f|ves)|(?:behind|beside|in front of) me|(?:has|have) (?:arrived|landed)|arrived|grab|order|get|buy|pick|ready to (?:ship|go)|back|restocked|left|(?:is|are) here|comes? in|offer(?:ed)? in|(?:is|are|it's|they're) there|yours?|for you|the one to (?:take|get|buy|have|pick|choose|go for|grab|order))\b|"
    r"有货|现货|有库存|库存充足|还有|可以拍|可拍|能拍|能(?:马上|立刻)?发|马上发|可以发|可选|可以选|下单|在售|拿下|带走|都有|补货了|已补货|补到货|到货了|给[您你](?:留|备|找)|留着|快拍|拍它|马上拍|有(?=的|哦|呢|啊)|[也都还全]有(?=\s*$)|有(?=\s*[\dA-Za-z\u4e00-\u9fff]{1,4}[码色号])",
    re.I,
)
_THERE_PLAIN = re.compile(r"\b(?:in stock|available|ready to ship)\b|有货|现货|有库存|库存充足|在售", re.I)
# "有没有货" asks; only the rest of its clause can say something.
_ASKED = re.compile(r"有没有(?:货|现货|库存)?|有没(?:货|库存)")
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|excluding|but not|all but|(?<=size )but|(?<=sizes )but|(?<=colour )but|(?<=color )but|(?<=colours )but|(?<=one )but)\b|除了|除",
    re.I,
)
_EVERY = re.compile(
    r"\b(?:all|every|each|any|both|whole|entire|full|complete)\b(?: \w+)?\s+(?P<en>sizes?|colou?rs?|options?|versions?|styles?|run|range|line-?up)\b|(?:所有|全部|每个|任何|各个|全|两[个种](?=(?:颜色|尺码)都))(?:的)?(?P<zh>尺码|码|颜色|色|款式|规格)",
    re.I,
)
# What a product that is sold out as a whole must not be offered with.
_BUY = re.compile(
    r"\b(?:order|buy|get|grab|take|pick up|reserve|yours?) (?:it|this|one|yours|them|now|today|here|right|the \w+)\b|\b(?:is|are|it's|they're) (?:back|here|restocked|ready|(?:all )?yours)\b|"
    r"\bback (?:in|next|soon|on)\b|下单|带走|拿下|可以拍|能拍|拍下|拍它|快拍|入手|补货|到货|^\W*有(?:啊|呢|哦|货|的(?=\W|$))|点一下就是|(?:刚|又|新|昨天|今天|早上)?(?:到|来|进|补)了?(?:一批|新货|些货)|想要的(?:说一声|扣|打|报|赶紧|快)",
    re.I,
)
# "除了42码卖光了，其他都有": it is the exception itself that is gone.
_ITSELF_GONE = re.compile(
    r"\s*[码号色]?的?(?:已经|现在|暂时|刚刚?)?(?:卖光|卖完|售罄|断码|断货|缺货|没货|没了)|,? (?:which |that )?(?:is|are|has|have) (?:all )?(?:sold out|gone)\b",
    re.I,
)
_NO_SIZE = re.compile(r"\b(?:no|out of) (?:size )?\d+|[没不]有?[做出]?\s*\d+\s*码", re.I)
_IF = re.compile(r"\b(?:if|when|once|until|before|unless|whether)\b|如果|要是|等|是否|一旦|之前", re.I)
_TURN = re.compile(r"\b(?:but|while|though|however|whereas|and)\b|但是?|而|不过", re.I)


_SURE = re.compile(
    r"\W*(?:sure|yes|yep|yeah|of course|absolutely|certainly|no problem|you bet|gladly)\b", re.I
)
_IN_THAT = re.compile(r"\bin (?:that|this) (?:size|colou?r|shade)\b|[这那]个?(?:码|尺码|颜色|色)", re.I)
_THAT_ONE = re.compile(r"\b(?:that|this)(?: (?:one|size|colou?r|shade))(?:'s| is| has)\b", re.I)


@dataclass(frozen=True, slots=True)
class Said:
    """Characters start..end say of `option` (None: the product as a whole) that it is gone, or there, or only
    name it. `also`: options of other names that it is said of together with: "navy in L".
    """

    start: int
    end: int
    option: Option | None
    gone: bool | None
    also: tuple[Option, ...] = ()


def gone_together(product: Product, option: Option, also: Sequence[Option]) -> bool | None:
    """Whether an option is sold out in every variant that has one of `also` of each name; None when some are
    and some are not, or there is none.
    """
    names = {name for name, _ in also}
    found = [
        v.stock.sold_out
        for v in product.variants
        if option in v.options and all(any(o in v.options for o in also if o[0] == name) for name in names)
    ]
    return None if not found or len(set(found)) > 1 else found[0]


def named_options(
    text: str, product: Product, claims: Sequence[Claim]
) -> tuple[tuple[int, int, Option], ...]:
    """Options that a text names, in order: sizes by the claims about numbers, words in any of the product's
    languages.
    """
    found: list[tuple[int, int, Option]] = []
    titles = title_spans(text, product)
    for option in dict.fromkeys(pair for v in product.variants for pair in v.options):
        for word in dict.fromkeys(option_words(product, option[1]).values()):
            found += [
                (a, b, option)
                for a, b in _mentions(text, word, claims)
                if not any(x <= a and b <= y and b - a < y - x for x, y in titles)
            ]
    return tuple(sorted(found))


# A number that is meant as a size: "a 44", "in 44", "44 is there", "43, 44 and 45".
_AS_OPTION = re.compile(
    r"(?:\b(?:an?|no|the|your|my|in|from|about|except(?: for)?|but|than|size|sizes|between|up to|to|or|until|till|wear|need|through|only|just)|[–-]|[到至、穿选拍换缺问]|看看|试试|或者?|除了?|没有?|\d\s*(?:,|and|or|和)(?:\s*and)?)\s*$",
    re.I,
)
_OPTION_BEHIND = re.compile(
    r"\s*(?:,?\s*(?:and|or|和|、|,)\s*(?:the |an? )?\d|(?:is|are|'s)\b|(?:and|or) (?:thirty|forty|\d)|(?:to|through|up to|–|-|到|至)\s*(?:an? )?(?:thirty|forty|\d|[三四]十)|"
    r"[的号]?(?:也|都|还|就)?(?:有|没|缺|断|卖完|卖光|暂时|补货)|、|码|(?:已经|现在|今天|暂时|目前|就)(?:也|都)?(?:没|有|缺|断|在|卖)|[也都]?(?:都)?在(?=$|[，。；])|的(?:朋友|姐妹|宝|家人|那位|同学)|或者?\s*[\d三四]|,?\s*(?:yes|no|sure|sorry)\b|\s*[?？]|ones?\b|s\b)",
    re.I,
)
_AS_PRICE = re.compile(r"\b(?:only|just|(?:com|cam|drop\w*|down|cut|reduc\w+)e?s? to)\s*$", re.I)


def stands_as_option(text: str, claim: Claim) -> bool:
    """Whether a bare number stands in its sentence as sizes do, not as amounts do ("yours for 44")."""
    behind = _OPTION_BEHIND.match(text, claim.end)
    ahead = _AS_OPTION.search(text[max(0, claim.start - 16) : claim.start])
    return behind is not None or (ahead is not None and not _AS_PRICE.search(text[: claim.start]))


def title_spans(text: str, product: Product) -> tuple[tuple[int, int], ...]:
    """Where the product's whole title stands, in any of its languages: its words name the product, not an
    option.
    """
    return tuple(
        m.span()
        for title in {words.title.strip() for words in product.texts.values()}
        if title
        for m in _title_pattern(title).finditer(text)
    )


@lru_cache(maxsize=4096)
def _title_pattern(title: str) -> re.Pattern[str]:
    body = "['’]".join(re.escape(part) for part in re.split("['’]", title))
    left = r"(?<![A-Za-z0-9])" if title[0].isascii() else ""
    right = r"(?![A-Za-z0-9])" if title[-1].isascii() else ""
    return re.compile(left + body + right, re.I)


def says_gone(text: str) -> bool:
    """Whether a text says that anything is sold out."""
    return _GONE.search(_not_asked(text)) is not None


def _not_asked(text: str) -> str:
    return _ASKED.sub(lambda m: "\x00" * len(m.group()), text)


# Options that are called as times of the day and the year are, and what stands ahead of the time itself.
_TIMES = frozenset("night midnight day dawn dusk morning evening noon spring summer autumn winter".split())
_BY_THE_CLOCK = "".join(
    f"(?<!\\b{word} )"
    for word in (
        "at good every each all last per a one by and this that late next and to other Saturday Sunday Monday Friday tonight first".split()
    )
)


def _mentions(text: str, word: str, claims: Sequence[Claim]) -> Iterator[tuple[int, int]]:
    number = _decimal(word)
    if number is not None:
        yield from (
            (c.start, c.end) for c in claims if c.role in (Role.OPTION, Role.UNKNOWN) and number in c.readings
        )
        return
    if word.isascii():
        flags, pattern = re.I, rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
        if len(word) < 3:  # "S", "XL": only as a size, in capitals
            flags, pattern = re.NOFLAG, rf"(?<![A-Za-z0-9'’]){re.escape(word)}(?![A-Za-z0-9'’])"
        if word.lower() in _TIMES:  # "nine at night" names no colour
            pattern = _BY_THE_CLOCK + pattern
        yield from (m.span() for m in re.finditer(pattern, text, flags))
        return
    stem = word.removesuffix("色") if len(word) > 2 else word
    yield from (m.span() for m in re.finditer(re.escape(stem), text))


def _decimal(word: str) -> Decimal | None:
    try:
        value = Decimal(word)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def clauses(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, the sign that ends it) of each clause."""
    start = 0
    for m in CLAUSE_END.finditer(text):
        yield start, m.start(), m.group()
        start = m.end()
    yield start, len(text), ""


def said_of(text: str, product: Product, claims: Sequence[Claim]) -> tuple[Said, ...]:
    """Everything that a text says about what can be had of a product. Questions and conditions say
    nothing.
    """
    options = named_options(text, product, claims)
    text = _not_asked(text)
    out: list[Said] = []
    open_options: list[Option] = []  # named in this sentence, nothing said of them yet
    last: list[Option] = []  # named last: "size 42? Sorry, that one's gone"
    sized: list[Option] = []  # what "that size" and "that colour" mean
    for start, end, sign in clauses(text):
        for a, b in _parts(text, start, end):
            here = [(x, y, o) for x, y, o in options if a <= x < b]
            part = text[a:b]
            if sign in ("?", "？") or _IF.search(part) or part.rstrip().endswith(("吗", "呢")):
                open_options = [o for _, _, o in here]
                continue
            if not here and not open_options and _THAT_ONE.search(part):
                open_options = last
            gone = _polarity(part, bool(here or open_options or _EVERY.search(part)))
            if (
                gone is None
                and open_options
                and not here
                and _SURE.match(part)
                and not _GONE.search(text[b:])
            ):
                gone = False
            if gone and not here and _NO_SIZE.search(part):  # "there is no 46": no word of the goods
                continue
            if gone is None and product.sold_out and _BUY.search(part):
                gone = False
            named_before = open_options or (sized if _IN_THAT.search(part) else [])
            out += _said(a, b, part, here, gone, open_options, named_before, product)
            named = [o for _, _, o in here]
            spared = _EXCEPT.search(part)  # "any size except the 42, which is sold out": the 42 alone
            if spared and gone is None:
                named = [o for x, _, o in here if x >= a + spared.start()] or named
            open_options = (named or open_options) if gone is None else []
        if here_named := [o for x, _, o in options if start <= x < end]:
            last = here_named
            sized = [*(o for o in sized if o[0] not in {name for name, _ in here_named}), *here_named]
        if sign in (".", "!", "。", "！", "\n"):
            open_options = []
    return tuple(out)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A clause cut at "but" and "and" where both sides say something of their own."""
    at = start
    for m in _TURN.finditer(text, start, end):
        left, right = text[at : m.start()], text[m.end() : end]
        if _polarity(left, True) is not None and _polarity(right, True) is not None:
            yield at, m.start()
            at = m.end()
    yield at, end


def _polarity(part: str, named: bool) -> bool | None:
    if _GONE.search(part):
        return True
    return False if (_THERE if named else _THERE_PLAIN).search(part) else None


def _said(
    a: int,
    b: int,
    part: str,
    here: list[tuple[int, int, Option]],
    gone: bool | None,
    open_options: list[Option],
    named_before: list[Option],
    product: Product,
) -> Iterator[Said]:
    exception = _EXCEPT.search(part)
    cut = a + exception.start() if exception else b
    every = _EVERY.search(part)
    if every and gone is not None:
        spared = {o for x, _, o in here if x >= cut}
        word = every.group("en") or every.group("zh")
        for option in _all_of(product, word) or (("all", word),):  # a choice that the product does not have
            yield Said(a + every.start(), a + every.end(), option, gone if option not in spared else not gone)
        return
    for x, y, option in here:
        reverse = gone is not None and x >= cut and _ITSELF_GONE.match(part, y - a) is None
        others = [*(o for _, _, o in here), *named_before]
        also = () if gone is None or exception else tuple(o for o in others if o[0] != option[0])
        yield Said(x, y, option, (not gone) if reverse else gone, also)
    if here or gone is None:
        return
    a, b = a + len(part) - len(part.lstrip()), b - len(part) + len(part.rstrip())
    for option in open_options:
        yield Said(a, b, option, gone)
    if not open_options:
        yield Said(a, b, None, gone)


def _all_of(product: Product, word: str) -> tuple[Option, ...]:
    wanted = (
        "colo"
        if word.lower().startswith("colo") or "色" in word
        else "size"
        if re.match(r"size|尺|码", word, re.I)
        else ""
    )
    pairs = dict.fromkeys(pair for v in product.variants for pair in v.options)

    def fits(name: str) -> bool:
        names = " ".join(option_words(product, name).values()).lower()
        return (
            wanted in names
            or (wanted == "size" and ("码" in names or "尺" in names))
            or (wanted == "colo" and "色" in names)
        )

    return tuple(p for p in pairs if not wanted or fits(p[0]))
