"""How often somebody may try to sign in. Pure: the time is handed in.

A lock on an account alone would let anybody lock its owner out. So wrong tries count against who tries: the
address, and the pair of account and browser. A browser that signed in before has a count of its own; those
that are unknown share one for each account, and while it is used up only unknown browsers wait. Passkeys
cannot be guessed and are not counted.
"""

from collections import OrderedDict
from dataclasses import dataclass

KEPT = 20_000  # counts; the longest unused are forgotten


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` tries at once, then one each `every_s` seconds."""

    burst: int
    every_s: float


ADDRESS = Limit(20, 15.0)
UNKNOWN_BROWSER = Limit(10, 60.0)
KNOWN_BROWSER = Limit(5, 30.0)


class Tries:
    """Counts of tries by key. A try is taken before it is judged; a right one is given back."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._free: OrderedDict[str, float] = OrderedDict()  # key -> when its whole burst is free again

    def wait(self, key: str, limit: Limit, now: float) -> float:
        """Seconds until `key` may try again; 0.0: now."""
        used = max(0.0, self._free.get(key, now) - now) / limit.every_s
        return max(0.0, (used + 1 - limit.burst) * limit.every_s)

    def take(self, key: str, limit: Limit, now: float) -> None:
        self._free[key] = max(now, self._free.get(key, now)) + limit.every_s
        self._free.move_to_end(key)
        if len(self._free) > self._kept:
            self._free.popitem(last=False)

    def forget(self, key: str) -> None:
        """A right try: what was wrong before no longer counts."""
        self._free.pop(key, None)


class Doorkeeper:
    """Judges tries with a password, a code or a link."""

    def __init__(self) -> None:
        self._tries = Tries()

    def wait(self, login: str, address: str, known: str, now: float) -> float:
        """Seconds until this browser may try this account. `known`: mark of a browser that signed in to it
        before, else "".
        """
        key, limit = _pair(login, known)
        mine = self._tries.wait(key, limit, now)
        # A known browser behind the address of an attacker (one office, one proxy) is still let in.
        return mine if known else max(mine, self._tries.wait(f"from {address}", ADDRESS, now))

    def tried(self, login: str, address: str, known: str, now: float) -> None:
        key, limit = _pair(login, known)
        self._tries.take(key, limit, now)
        self._tries.take(f"from {address}", ADDRESS, now)

    def right(self, login: str, known: str) -> None:
        """The address's count stays: one's own account must not buy tries at others."""
        self._tries.forget(_pair(login, known)[0])


def _pair(login: str, known: str) -> tuple[str, Limit]:
    return (f"{known} {login}", KNOWN_BROWSER) if known else (f"? {login}", UNKNOWN_BROWSER)
