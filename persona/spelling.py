# ruff: noqa: E501 - lists of words read better unbroken
"""What a misspelt question meant: words of questions and kinds of goods, by edit distance and by sound.

Only for understanding. What is said, shown or written back is never made of the mended text.
"""

import re
import sqlite3
from contextlib import closing
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from persona.borrowed import PLAIN
from persona.names import WORDS
from products.kinds import GROUPS

MOST = 60
"""Words of a message that are looked at; a question has fewer."""

_ASKING = (
    "what which where when how much many price prices cost costs size sizes colour colours color colors weight weigh heavy "
    "material fabric leather cotton made capacity wash washable washing machine dishwasher microwave waterproof battery charge charger "
    "stock available left shipping ship deliver delivery discount return refund exchange long big large small wide tall thick "
    "hold does difference between cheaper link order buy recommend bright warm have does there is are can"
).split()
_SHORT = {
    "r": "are", "u": "you", "ur": "your", "hw": "how", "hwo": "how", "hoe": "how", "howmuch": "how much", "wat": "what", "wut": "what",
    "waht": "what", "wht": "what", "teh": "the", "hte": "the", "hav": "have", "dose": "does", "dos": "does", "mch": "much", "muc": "much", "muhc": "much",
    "iz": "is", "si": "is", "pls": "please", "plz": "please", "wich": "which", "tal": "tall", "oder": "order", "witch": "which", "wen": "when", "were's": "where's", "colur": "colour",
}  # fmt: skip
_ZH_ASKING = (
    "多少钱 什么 怎么 材质 面料 材料 颜色 尺码 价格 便宜 优惠 发货 包邮 运费 容量 重量 洗碗机 微波炉 洗衣机 机洗 保温 防水 充电 续航 "
    "库存 有货 现货 退货 换货 链接 产地 尺寸 保修 质保 推荐"
).split()
_ZH_REAL = frozenset("被子 辈子 裤子 写字 登台 等台 贝子 香询 链节 质地 包有 食材 时髦".split())
_LATIN = re.compile(r"[a-z']+")
_HAN_RUN = re.compile(r"[㐀-鿿]{2,}")


def mended(text: str) -> str:
    """`text` (folded) in lower case, with each word that is no word but near one of a question or a kind of goods
    replaced by that, and each Han word that sounds the same and shares a character with one, too. Pure.

    Near: Damerau-Levenshtein distance (adjacent letters swapped count once) of 1 for words of three to five
    letters, of 2 from six on, with the same first letter unless that is one of the swapped.
    """
    low = _LATIN.sub(lambda m: _latin(m.group()), text.casefold(), count=MOST)
    return _HAN_RUN.sub(lambda m: _han(m.group()), low)


@cache
def _targets() -> tuple[tuple[str, ...], frozenset[str]]:
    goods = {
        word for group in GROUPS for one in group if one.isascii() for word in re.findall("[a-z]{3,}", one)
    }
    goods |= {f"{word}s" for word in goods if not word.endswith("s")}
    asking = [word for word in _ASKING if len(word) > 2]
    return tuple(dict.fromkeys([*asking, *sorted(goods)])), frozenset({*_ASKING, *goods, *PLAIN, *WORDS})


@lru_cache(maxsize=8192)
def _latin(word: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    targets, known = _targets()
    if len(word) < 3 or word in known or len(word) > 20:
        return word
    most = 1 if len(word) < 6 else 2
    best = min((_distance(word, to, most), place) for place, to in enumerate(targets))
    return word if best[0] > most or _is_a_word(word) else targets[best[1]]


@lru_cache(maxsize=4096)
def _is_a_word(word: str) -> bool:
    """Whether the English lexicon of the voices has it: "teal" is a colour, and no misspelt "tea"."""
    lexicon = Path(str(files("gruut_lang_en") / "lexicon.db"))
    with closing(sqlite3.connect(f"{lexicon.as_uri()}?mode=ro&immutable=1", uri=True)) as words:
        return words.execute("SELECT 1 FROM word_phonemes WHERE word = ?", (word,)).fetchone() is not None


def _distance(word: str, to: str, most: int) -> int:
    """Optimal string alignment distance, at most `most` + 1. O(len * len) for words that could be near."""
    swapped = word[:2] == to[:2][::-1]
    if abs(len(word) - len(to)) > most or len(to) < 3 or (word[0] != to[0] and not swapped):
        return most + 1
    rows = [list(range(len(to) + 1))]
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(to, 1):
            step = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == to[j - 2] and word[i - 2] == b:
                step = min(step, rows[-2][j - 2] + 1)
            row.append(step)
        rows.append(row)
    return rows[-1][-1]


@lru_cache(maxsize=2048)
def _han(run: str) -> str:
    sounds = _sounds(run)
    if len(sounds) != len(run):
        return run
    for word, its in _zh_targets():
        for k in range(len(run) - len(word) + 1):
            there = run[k : k + len(word)]
            near = there != word and sounds[k : k + len(word)] == its and any(map(str.__eq__, there, word))
            if near and there not in _ZH_REAL and not any(there in real for real, _ in _zh_targets()):
                run = run[:k] + word + run[k + len(word) :]
    return run


@cache
def _zh_targets() -> tuple[tuple[str, tuple[str, ...]], ...]:
    goods = [word for group in GROUPS for word in group if len(word) > 1 and _HAN_RUN.fullmatch(word)]
    words = dict.fromkeys([*_ZH_ASKING, *goods])
    return tuple((word, _sounds(word)) for word in sorted(words, key=len, reverse=True))


def _sounds(run: str) -> tuple[str, ...]:
    """The syllable of each character, without its tone."""
    from pypinyin import lazy_pinyin  # its tables take a while; English shops do without them

    return tuple(lazy_pinyin(run))
