"""Breaking a spoken line into caption pages: pure.

A page has two lines at most, a line at most 26 Latin or 15 Chinese characters (closing punctuation may hang
over).
Pages end where phrases end when they can; a price, a number with its unit and a product's name stay whole,
and a price never stands on a page by itself when words can stand with it. The best breaks are found by
dynamic programming over the least sum of costs, as in Knuth and Plass, "Breaking paragraphs into lines"
(1981).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.stage.typeset import CLOSING, OPENING, glyph, is_wide

LATIN = 26  # characters a line
WIDE = 15
HANGING = 2
NAME = 22  # a name up to here stays whole: its article must fit before it
LOOSE = 14  # a number in words without a unit stays whole up to here
SENTENCE = frozenset(".!?。！？…")
CLAUSE = frozenset(",;:，；：、—–")

_MARKS = CLOSING - {"%", "％", "°"}
# words that lean on what follows: a line does not end with them
_LEANING = {
    "en": frozenset(
        (
            "a an the of to in on at by for from with and or but is are was were its it's your our my "
            "this that these those it only just now about over under per not no very so if as than into "
            "be i we you he she they"
        ).split()
    )
}
# characters that lean on what went before: a Chinese line does not begin with them
_TAILS = frozenset("的了吗呢吧啊呀着过们个件双只条块元钱码号折起内外里上下")
_NUMBER_ZH = "零〇一二两三四五六七八九十百千万亿点半"
_CURRENCY = "dollars?|cents?|euros?|pounds?|yuan|yen|won|USD|EUR|GBP|CNY|RMB"
_WORD = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|point|half"
)
_UNIT_ZH = (
    "美元|欧元|英镑|日元|人民币|块钱|元|块|毛|角|分|折|码|号|件|双|只|个|条|"
    "克|千克|公斤|毫升|升|厘米|毫米|米|小时|分钟|天|年|月|日|寸|度|℃|%|％"
)
_NUMBER = rf"\b(?:{_WORD})(?:[-\s](?:and\s)?(?:{_WORD}))*"
_SUM = rf"{_NUMBER}\s(?:{_CURRENCY}|percent)\b"
_PLAIN = re.compile(_NUMBER, re.IGNORECASE)
_SUMS = re.compile(_SUM, re.IGNORECASE)
_AMOUNT = re.compile(
    rf"""
    [$¥€£￥]\s?\d[\d,.]*\d | [$¥€£￥]\s?\d            # $59.00
    | \d[\d,.]*\s?(?:{_UNIT_ZH})+                     # 59美元, 20%
    | \d[\d,.]*\s(?:{_CURRENCY}|percent)\b           # 59 dollars
    | {_SUM.replace(" ", "[ ]")}(?:\s(?:and\s)?{_SUM})?  # fifty-nine dollars and fifty cents
    | \b(?:{_WORD})(?:[-\s](?:and\s)?(?:{_WORD}))+\b   # three hundred and fifty
    | [{_NUMBER_ZH}]+(?:{_UNIT_ZH})+[{_NUMBER_ZH}]*    # 五十九美元, 三块五
    | [{_NUMBER_ZH}]{{2,}}                             # 七十五
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """One line: its characters, for each its place in the spoken text, and whether it belongs to a product's
    name."""

    text: str
    at: tuple[int, ...]
    name: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the picture at a time: one or two lines, covering a..b of the spoken text."""

    lines: tuple[CaptionLine, ...]
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is never broken: drawable characters with their places. `gap`: a space stands before it."""

    text: str
    at: tuple[int, ...]
    gap: bool
    amount: bool
    inside: bool  # within a product's name that may be broken
    closing: str  # its last character that says how a phrase ends, or ""


def pages(text: str, language: str, product_names: Sequence[str]) -> tuple[Page, ...]:
    """The pages of one line of speech, in order. Any text is taken; what the font cannot draw is left out.

    language       of the line: which words lean on the next is known for "en"
    product_names  stay whole where they fit on a line, and are marked in `CaptionLine.name`
    """
    names = _spans(text, product_names)
    atoms = _atoms(text, names)
    if not atoms:
        return ()
    marked = {i for a, b in names for i in range(a, b)}
    out = []
    for lines in _arrange(atoms, _LEANING.get(language.split("-")[0].lower(), frozenset())):
        drawn = tuple(_line(line, marked) for line in lines)
        out.append(Page(drawn, drawn[0].at[0], drawn[-1].at[-1] + 1))
    return tuple(out)


def _spans(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Where the names stand in `text`, the longest first, without overlap."""
    taken: list[tuple[int, int]] = []
    for name in sorted({n.strip() for n in names if n.strip()}, key=len, reverse=True):
        for m in re.finditer(re.escape(name), text, re.IGNORECASE):
            if not any(m.start() < b and a < m.end() for a, b in taken):
                taken.append((m.start(), m.end()))
    return taken


def _atoms(text: str, names: Sequence[tuple[int, int]]) -> list[_Atom]:
    whole = [(a, b, False) for a, b in names if _room(text[a:b]) <= NAME]
    parted = {i for a, b in names if _room(text[a:b]) > NAME for i in range(a + 1, b)}
    for a, b in _amounts(text):
        if not any(a < end and start < b for start, end in names):
            whole.append((a, b, True))
    inside = {i for a, b, _ in whole for i in range(a + 1, b)}  # no break before these
    amounts = {i for a, b, is_amount in whole if is_amount for i in range(a, b)}
    atoms: list[_Atom] = []
    chars: list[str] = []
    at: list[int] = []
    gap = False

    def close() -> None:
        nonlocal chars, at, gap
        while chars and chars[-1] == " ":
            chars.pop()
        piece = "".join(chars)
        for start, end in _cut(piece):
            places = tuple(at[start:end])
            last = piece[end - 1] if piece[end - 1] in SENTENCE | CLAUSE else ""
            amount = any(p in amounts for p in places)
            atoms.append(_Atom(piece[start:end], places, gap, amount, places[0] in parted, last))
            gap = False
        chars, at, gap = [], [], gap and not piece

    for i in range(len(text)):
        char = glyph(text, i)
        if char == " " and i not in inside:
            close()
            gap = True
            continue
        if not char:
            continue
        if chars and i not in inside and _may_break(chars[-1], char):
            close()
        if char == " " and (not chars or chars[-1] == " "):
            continue
        chars.append(char)
        at.append(i)
    close()
    return atoms


def _amounts(text: str) -> list[tuple[int, int]]:
    """Where numbers stand with their units; sums too long for a line in their parts ("... dollars", "...
    cents")."""
    out = []
    for m in _AMOUNT.finditer(text):
        if _room(m.group()) <= (LOOSE if _PLAIN.fullmatch(m.group()) else LATIN):
            out.append(m.span())
        else:
            parts = (p.span() for p in _SUMS.finditer(m.group()) if _room(p.group()) <= LATIN)
            out += [(m.start() + a, m.start() + b) for a, b in parts]
    return out


def _cut(piece: str) -> list[tuple[int, int]]:
    """Spans of `piece` that each fit a line: the whole of it, but for a word longer than a line."""
    out, start = [], 0
    for end in range(1, len(piece) + 1):
        if end == len(piece) or _room(piece[start : end + 1]) > LATIN:
            out.append((start, end))
            start = end
    return out


def _may_break(before: str, after: str) -> bool:
    if after in CLOSING or before in OPENING or after in "—–" or before == " ":
        return False
    if before in "-—–" and after.isalnum():
        return before != "-"
    return is_wide(before) or is_wide(after)


def _room(text: str) -> float:
    """Width in Latin characters; up to HANGING closing marks at the end hang over and are not counted."""
    end = len(text)
    while end > max(len(text) - HANGING, 0) and text[end - 1] in _MARKS:
        end -= 1
    return sum(LATIN / WIDE if is_wide(c) else 1.0 for c in text[:end])


class _Costs:
    """What lines and pages over `atoms` cost; a line's measures are taken once."""

    def __init__(self, atoms: Sequence[_Atom], leaning: frozenset[str]) -> None:
        self._n = len(atoms)
        self._room: dict[tuple[int, int], float] = {}  # by first and last + 1 atom, lines that fit
        self.reach: list[int] = []  # for each atom, the end of the longest line from it
        for i in range(self._n):
            text, j = "", i
            while j < self._n:
                text += (" " if j > i and atoms[j].gap else "") + atoms[j].text
                room = _room(text)
                if j > i and room > LATIN:
                    break
                j += 1
                self._room[i, j] = room
            self.reach.append(j)
        self._break = [0.0] + [_break_cost(atoms, i, leaning) for i in range(1, self._n)] + [0.0]
        # atoms before each place that are no amounts
        self._words = list(accumulate((not atom.amount for atom in atoms), initial=0))
        # the last entry stands for the place before the first atom (index -1)
        self._ends = [atom.closing != "" and atom.closing in SENTENCE for atom in atoms] + [True]
        self._clauses = [atom.closing != "" for atom in atoms] + [True]

    def line(self, a: int, b: int) -> float:
        """3 for a line of amounts only."""
        return 3.0 if self._words[a] == self._words[b] else 0.0

    def page(self, a: int, middle: int | None, b: int) -> float:
        """The page from atom a to b, of one line or of two that part at `middle`."""
        cost = 5.0  # each page: fewer are calmer
        if middle is None:
            total = self._room[a, b]
            cost += self.line(a, b)
        else:
            first, second = self._room[a, middle], self._room[middle, b]
            total = first + second
            cost += 5 * ((first - second) / LATIN) ** 2 + 1.0 + self._break[middle]  # lines of like length
            cost += self.line(a, middle) + self.line(middle, b)
            if min(first, second) < 6:
                cost += 4.0
        if b - a < self._n:
            if total < 10:
                cost += 5.0 * (1 - total / 10)  # a page of a word or two flashes by
            if self._words[a] == self._words[b]:
                cost += 30.0  # a price by itself
        if b < self._n:
            cost += 2 * self._break[b] + self._pieces(a, b)
        return cost

    def _pieces(self, a: int, b: int) -> float:
        """Pieces of two sentences on one page, and the head of a sentence left behind where the page ends."""
        if not any(self._ends[a : b - 1]):
            return 0.0
        clean = sum(1.0 if self._ends[k] else 0.6 * self._clauses[k] for k in (a - 1, b - 1))
        return 3.0 * (2 - clean) + 4.0 * sum(self._ends[max(a, b - 2) : b - 1])


def _arrange(atoms: Sequence[_Atom], leaning: frozenset[str]) -> list[tuple[Sequence[_Atom], ...]]:
    """The cheapest pages over all atoms."""
    n, costs = len(atoms), _Costs(atoms, leaning)
    # for each atom: the least cost from it on, and the ends of the lines of the page that begins there
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * (n + 1)
    for i in range(n - 1, -1, -1):
        options: list[tuple[float, tuple[int, ...]]] = []
        for j in range(i + 1, costs.reach[i] + 1):
            options.append((costs.page(i, None, j) + best[j][0], (j,)))
            if j < n:
                ends = range(j + 1, costs.reach[j] + 1)
                options += ((costs.page(i, j, k) + best[k][0], (j, k)) for k in ends)
        best[i] = min(options)
    out: list[tuple[Sequence[_Atom], ...]] = []
    i = 0
    while i < n:
        ends_here = best[i][1]
        out.append(tuple(atoms[a:b] for a, b in zip((i, *ends_here), ends_here, strict=False)))
        i = ends_here[-1]
    return out


def _break_cost(atoms: Sequence[_Atom], i: int, leaning: frozenset[str]) -> float:
    """What it costs to end a line before atom i: nothing after a sentence, most inside a phrase."""
    before, after = atoms[i - 1], atoms[i]
    if before.closing:
        return 0.0 if before.closing in SENTENCE else 1.0
    if after.inside:
        return 6.0  # a long name that would leave no room for its article
    if not after.gap:
        return 9.0 if after.text[0] in _TAILS else 8.0  # between characters: perhaps within a word
    leans = after.text.lower() in leaning
    if before.text.lower() in leaning:
        return 4.0 if leans else 6.0  # "move on | to the lamp" rather than "move on to the | lamp"
    if after.amount:
        return 4.5
    return 2.4 if leans else 3.0


def _line(atoms: Sequence[_Atom], marked: set[int]) -> CaptionLine:
    text, at = "", []
    for k, atom in enumerate(atoms):
        if k and atom.gap:
            text += " "
            at.append(atom.at[0])
        text += atom.text
        at += atom.at
    name = tuple(i in marked for i in at)
    return CaptionLine(text, tuple(at), name)
