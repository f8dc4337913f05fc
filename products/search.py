"""Finding a product by what people say: its number, words of its title, its description. English and Chinese.

Chinese is cut into pairs of characters: word indexes disagree with the query's cut, and three-character ones
find nothing for two-character words, which most product words are.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from products.catalogue import Product
from products.han import simplified
from products.numbers import chinese_integer, english_integer

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_STOP = frozenset(
    "a an the is are was do does did you your we our i me my it its this that these those one any some "
    "have has got of for in on at to with and or what which how much many can could would please show tell "
    "about price cost s there still left stock colour color size number link product item no".split()
)
# Characters that carry a question, not a product; removed before Chinese is cut into pairs.
_ZH_STOP = re.compile(
    r"多少钱|怎么卖|什么价|有没有|有货吗|还有吗|价格|库存|请问|主播|"
    r"介绍一?下?|看一?下|那个|这个|一下|链接|"
    r"[的了吗呢啊吧是有在和与我你他她它们要想买几个款件]"
)
_NUMBER_EN = re.compile(
    r"\b(?:link|number|no\.|no(?=\s*\d)|nr\.?|product|item|lot|#)\s*#?\s*(\d{1,6}|[a-z]+(?:[- ][a-z]+)?)",
    re.I,
)
_HASH = re.compile(r"#\s*(\d{1,6})")
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_ORDINAL_EN = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))\s+(?:one|product|item|link|thing|pair)\b", re.I
)
_ORDINAL_ZH = re.compile(
    r"第\s*(\d{1,3}|[一二两三四五六七八九十百]+)\s*(?:个|款|件|双|样|条|只|项)(?![月小星礼周])"
)
_NUMBER_ZH = re.compile(
    r"第?\s*(\d{1,6}|[一二两三四五六七八九十百零〇]+)\s*号(?:链接|商品|产品|宝贝|款)?|"
    r"(?:链接|商品|产品)\s*(\d{1,6}|[一二两三四五六七八九十百零〇]+)"
)


def fold(text: str) -> str:
    """The form in which words are compared: compatibility characters resolved, traditional ones simplified,
    lower case."""
    return simplified(unicodedata.normalize("NFKC", text)).lower()


def is_chinese(run: str) -> bool:
    return run[0] > "\u33ff"


def _stem(word: str) -> str:
    """Plural and singular meet; both sides of the index use it."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def index_text(text: str) -> str:
    """Words for the index. The lone last character of a Chinese run makes one-character queries right."""
    folded = text.lower() if text.isascii() else fold(text)
    runs = _RUN.findall(folded)
    if not _CHINESE.search(folded):
        return " ".join([_stem(run) if run[-1] == "s" else run for run in runs])
    out: list[str] = []
    for run in runs:
        if is_chinese(run):
            out += [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
        else:
            out.append(_stem(run))
    return " ".join(out)


def query_terms(text: str) -> tuple[str, ...]:
    """Terms of a query in the index's words; a Chinese character that stands alone ends in `*` (any word that
    starts so).
    """
    folded = _ZH_STOP.sub(" ", fold(text))
    terms: list[str] = []
    for run in _RUN.findall(folded):
        if not is_chinese(run):
            if run not in _STOP:
                terms.append(_stem(run))
        elif len(run) == 1:
            terms.append(run + "*")
        else:
            terms += [run[i : i + 2] for i in range(len(run) - 1)]
    return tuple(dict.fromkeys(terms))


def loose_terms(text: str) -> tuple[str, ...]:
    """Single characters, for a Chinese query whose pairs match nothing: 杯子 finds a title ending in 杯."""
    runs = (r for r in _RUN.findall(_ZH_STOP.sub(" ", fold(text))) if is_chinese(r))
    return tuple(dict.fromkeys(c + "*" for run in runs for c in run if c not in "子儿头们"))


def without_number(terms: Sequence[str]) -> tuple[str, ...]:
    """Terms less those that only said the product's number."""
    return tuple(
        t
        for t in terms
        if not t.isdecimal()
        and chinese_integer(t.rstrip("*")) is None
        and english_integer(t) is None
        and "号" not in t
    )


def match_expression(terms: Sequence[str]) -> str:
    """An FTS5 expression that any term satisfies. Quoting leaves no query syntax to a viewer."""
    return " OR ".join(f'"{t[:-1]}"*' if t.endswith("*") else f'"{t}"' for t in terms)


def asked_number(text: str) -> int | None:
    """The number that a viewer says: "link 2", "number two", "#2", "the second one", "2号链接", "二号",
    "第二个". None when there is none.
    """
    folded = fold(text)
    if found := _NUMBER_ZH.search(folded):
        word = found.group(1) or found.group(2)
        return int(word) if word.isdecimal() else chinese_integer(word)
    if found := _HASH.search(folded):
        return int(found.group(1))
    if found := _ORDINAL_EN.search(folded):
        word = found.group(1)
        return _ORDINALS.index(word) + 1 if word in _ORDINALS else int(word[:-2])
    if found := _ORDINAL_ZH.search(folded):
        word = found.group(1)
        return int(word) if word.isdecimal() else chinese_integer(word)
    for found in _NUMBER_EN.finditer(folded):
        word = found.group(1)
        if word.isdecimal():
            return int(word)
        for candidate in (word, re.split(r"[- ]", word)[0]):
            if (value := english_integer(candidate)) is not None:
                return value
    return (folded.strip().isdecimal() and len(folded.strip()) <= 6 and int(folded.strip())) or None


def product_words(product: Product) -> tuple[str, str]:
    """(title, body) of the index, all languages together."""
    titles = " | ".join(t.title for t in product.texts.values())
    body = " | ".join(
        [product.vendor, product.category, *product.tags]
        + [s for t in product.texts.values() for s in t.sentences]
        + [v for variant in product.variants for _, v in variant.options]
        + [v for t in product.texts.values() for v in t.options.values()]
    )
    return index_text(titles), index_text(body)


def score(terms: Sequence[str], title: str, body: str) -> float:
    """How well an indexed product fits: each term once, a title word weighs five times a word of the
    description.
    """
    total = 0.0
    titles, bodies = Counter(title.split()), Counter(body.split())
    for term in terms:
        if term.endswith("*"):
            hit = (any(w.startswith(term[:-1]) for w in titles), any(w.startswith(term[:-1]) for w in bodies))
        else:
            hit = (term in titles, term in bodies)
        total += 5.0 * hit[0] + 1.0 * hit[1]
    return total


def rank(terms: Sequence[str], words: Mapping[int, tuple[str, str]]) -> list[int]:
    """Keys of `words` that fit at all, best first; ties by key."""
    scored = {key: score(terms, *pair) for key, pair in words.items()}
    return sorted((k for k, s in scored.items() if s > 0), key=lambda k: (-scored[k], k))
