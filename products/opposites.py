"""Words that say the opposite of what a page says: "a pocket on the outside" of an inside pocket,
"fine-filtered" of what is filtered coarsely. Pure, on folded text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator

from products.vocabulary import Vocabulary

# What a page may say, and what then is said wrongly; one way round each: "inside" does not rule out "in the machine".
_PAIRS: tuple[tuple[str, str], ...] = (
    (r"\binside|\binner|\binternal", r"\boutside|\bouter|\bexternal"),
    (r"内侧|内袋|里面|内有|内含|内部", r"外侧|外面|外袋|外部"),
    (r"\bmachine[ -]wash", r"\bhand[ -]wash|\bwash\w* (?:\w+ ){0,3}by hand|\bby hand only"),
    (r"\bhand[ -]wash|\bwash by hand", r"\bmachine[ -]wash|\b(?:in|into) the (?:washing )?machine\b|\bdishwasher"),
    (r"机洗", r"(?:只能|必须|只可|请|要)手洗"),
    (r"手洗", r"机洗|洗衣机|洗碗机"),
    (r"\bcoarse", r"\bfine(?=[ -]\w+ed\b)|\bfinely"),
    (r"\bfine(?=[ -])|\bfinely", r"\bcoarse"),
    (r"粗", r"细滤|精滤|细磨"),
    (r"\bsingle[ -]|\bone (?=orchard|estate|farm|garden|source|origin)", r"\bseveral\b|\bmany\b|\bvarious\b|\bmultiple\b"),
    (r"单一", r"多个|几个|好几"),
    (r"\btop\b", r"\b(?:either|any|both|bottom|lower|every) (?=rack|shelf|side|layer|drawer)"),
    (r"\bpre-?seasoned|\bready to use|\bno assembly", r"\bseason it\b|\bassembl\w+ it\b|\bput it together\b|\byou assemble\b"),
    (r"已开锅|开箱即用|无需组装|免组装", r"先开锅|要开锅|需要开锅|自己开锅|组装一下|要组装|自己装"),
    (r"straight away|immediately|at once", r"\bair[ -]dry|\bleave it to dry|\blet it dry"),
    (r"立即擦干|马上擦干", r"自然晾干|晾干|风干|慢慢干"),
    (r"opens? and closes?|自动开合", r"\b(?:close|push|fold|open|shut) (?:it|them) (?:\w+ )?by hand|\bpush it closed|手动(?:收|合|关|开)"),
    (r"without the lid|去盖", r"\bwith the lid (?:on|still on)|盖着盖|带着盖|连盖"),
    (r"whole[ -]leaf|整叶", r"\btea ?bags?\b|茶包|袋泡"),
)  # fmt: skip
_COMPILED = tuple((re.compile(a, re.I), re.compile(b, re.I)) for a, b in _PAIRS)


def opposites(text: str, words: Vocabulary) -> Iterator[tuple[int, int, str]]:
    """(start, end, sentence) of each word whose opposite a sentence of the page has, where neither another
    sentence has the word itself nor the text the page's own.
    """
    page = "\n".join(words.sentences)
    for mine, other in _COMPILED:
        if not mine.search(page) or other.search(page):
            continue
        sentence = next(s for s in words.sentences if mine.search(s))
        for m in other.finditer(text):
            if not _denied(text, m.start()) and not mine.search(text):
                yield m.start(), m.end(), sentence


def _denied(text: str, at: int) -> bool:
    return (
        re.search(
            r"\b(?:not|never|no|don't|doesn't|isn't|without)\b[^.,;]{0,16}$|[不别勿没][^，。；]{0,4}$",
            text[:at],
            re.I,
        )
        is not None
    )
