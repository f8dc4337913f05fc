"""How what was said varies: likeness, openings, order, silence. Pure, over lines with their times.

Free are the lines whose words the writer chooses (pitches, offers, invitations, fillers). Notices, welcome,
goodbye and words that a person approved must be said as they are, whatever was said before.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from bench.text_show import Said
from bot.show.programme import FREE
from persona.script import LineKind
from persona.variety import OPENINGS, N, opening, units
from schedules.rundown import position_of

WINDOW_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Alike:
    """A line, and the line of the two hours before it that has the largest share of its four-grams."""

    share: float
    said: Said
    earlier: str


@dataclass(frozen=True, slots=True)
class Variety:
    """alike              each line but answers (whose words follow the question), in order; earlier ones may
                       be answers
    repeats            lines that were said word for word within the two hours before
    distinct_2         different pairs of neighbouring words over all (Li et al. 2016), of the whole time
    distinct_2_window  the same of two hours, on average
    openings_again     share of free lines that begin with the same three words as one of the twelve before
    openings_most      share of free lines that begin in the commonest way
    orders             different orders of products over the laps of the show
    silence_s          the longest time in which nothing was said
    """

    alike: tuple[Alike, ...]
    repeats: int
    distinct_2: float
    distinct_2_window: float
    openings_again: float
    openings_most: float
    orders: float
    silence_s: float

    @property
    def free(self) -> list[Alike]:
        """Least alike first."""
        return sorted((a for a in self.alike if is_free(a.said)), key=lambda a: a.share)

    @property
    def must(self) -> list[Alike]:
        """Of what must be said; least alike first."""
        return sorted((a for a in self.alike if not is_free(a.said)), key=lambda a: a.share)


def is_free(said: Said) -> bool:
    return said.line.kind in FREE and said.line.script is None


def largest(found: Sequence[Alike]) -> float:
    return found[-1].share if found else 0.0


def middle(found: Sequence[Alike]) -> float:
    return found[len(found) // 2].share if found else 0.0


def variety(aired: Sequence[Said]) -> Variety:
    """Of what aired, in the order in which it did. A line that was cut (0 s) counts for nothing."""
    heard = [a for a in aired if a.seconds > 0]
    ours = [a for a in heard if a.line.kind is not LineKind.ANSWER]
    windows: defaultdict[int, list[str]] = defaultdict(list)
    for a in ours:
        windows[int(a.at // WINDOW_S)].append(a.line.text)
    again, most = _openings([a.line.text for a in ours], [is_free(a) for a in ours])
    return Variety(
        tuple(a for a in _alike(heard) if a.said.line.kind is not LineKind.ANSWER),
        _repeats(ours),
        distinct_2(a.line.text for a in ours),
        fmean(map(distinct_2, windows.values())) if windows else 0.0,
        again,
        most,
        _orders(ours),
        max((b.at - a.at - a.seconds for a, b in pairwise(heard)), default=0.0),
    )


def _alike(heard: Sequence[Said]) -> list[Alike]:
    found: list[Alike] = []
    places: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for k, a in enumerate(heard):
        words = units(a.line.text)
        grams = {words[i : i + N] for i in range(max(1, len(words) - N + 1))} if words else set()
        shared: Counter[int] = Counter()
        for gram in grams:
            where = places[gram]
            while where and a.at - heard[where[0]].at > WINDOW_S:
                where.popleft()
            shared.update(set(where))
            where.append(k)
        place, count = shared.most_common(1)[0] if shared else (k, 0)
        found.append(Alike(count / max(1, len(grams)), a, heard[place].line.text if count else ""))
    return found


def _repeats(ours: Sequence[Said]) -> int:
    last: dict[str, float] = {}
    count = 0
    for a in ours:
        count += a.line.text in last and a.at - last[a.line.text] <= WINDOW_S
        last[a.line.text] = a.at
    return count


def distinct_2(texts: Iterable[str]) -> float:
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        pairs.update(pairwise(units(text)))
    return len(pairs) / max(1, pairs.total())


def _openings(texts: Sequence[str], free: Sequence[bool]) -> tuple[float, float]:
    begins = [opening(text) for text in texts]
    ours = [k for k, mine in enumerate(free) if mine]
    again = sum(begins[k] in begins[max(0, k - OPENINGS) : k] for k in ours)
    most = Counter(begins[k] for k in ours).most_common(1)
    count = max(1, len(ours))
    return again / count, (most[0][1] if most else 0) / count


def _orders(ours: Sequence[Said]) -> float:
    """Laps whose order of products no other lap has, over all laps but the last, which may be cut short."""
    laps: defaultdict[str, list[str]] = defaultdict(list)
    for a in ours:
        lap = position_of(a.line.id).partition(".")[0]
        if lap and a.line.kind is LineKind.PITCH and a.line.products[0] not in laps[lap]:
            laps[lap].append(a.line.products[0])
    whole = [tuple(order) for order in laps.values()][:-1]
    return len(set(whole)) / max(1, len(whole))
