"""Which fault strikes when, and for how long: drawn beforehand from a seed. Pure."""

import random
from dataclasses import dataclass

FAULTS: dict[str, tuple[float, float]] = {
    "worker_killed": (0.0, 0.0),
    "node_killed": (1.0, 10.0),  # until another is started in its place
    "machine_killed": (1.0, 10.0),
    "node_frozen": (0.5, 12.0),  # the shorter ones are over before anybody may take over
    "machine_frozen": (0.5, 12.0),
    "database_restarted": (0.0, 2.0),
    "database_gone": (4.5, 9.0),  # longer than the term of 4 s
    "network_cut": (0.5, 12.0),
    "node_drained": (3.0, 12.0),
}  # name -> least and most seconds that it lasts
MEAN_S = 16.0  # from one fault to the next
AT_ONCE, AT_ONCE_S = 0.25, 2.0  # so many follow within seconds, whatever is going on
QUIET_S = 20.0  # before the end: what was broken is mended by then or soon


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault. `at_s`: seconds from the beginning; `holds_s`: until it is undone; `draw`: 0 to 1, chooses
    whom it hits among those who are there then.
    """

    at_s: float
    fault: str
    holds_s: float
    draw: float


def strikes(seed: int, seconds: float) -> tuple[Strike, ...]:
    """In the order of time. Each fault comes as often as any other, give or take one: they are dealt as cards
    are, shuffled anew when all were dealt.
    """
    chance, at, deck, found = random.Random(seed), 3.0, list[str](), list[Strike]()
    while at < seconds - QUIET_S:
        if not deck:
            deck = sorted(FAULTS)
            chance.shuffle(deck)
        fault = deck.pop()
        found.append(Strike(at, fault, chance.uniform(*FAULTS[fault]), chance.random()))
        soon = chance.random() < AT_ONCE
        at += chance.uniform(0.0, AT_ONCE_S) if soon else chance.expovariate(1 / MEAN_S)
    return tuple(found)
