"""What keeps a language model in bounds, all pure: breaker, hourly budget, cache, when a text is whole."""

import math
import re
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

HOUR = 3600.0
LONGEST_PAUSE = 600.0
MOST_CHARACTERS = 8000
"""A stream longer than this is cut: the answer that is asked for has a fifth of it."""


@dataclass(slots=True)
class Breaker:
    """After `limit` failures in a row nothing is tried for `rest` seconds, then once. `time`: monotonic."""

    time: Callable[[], float]
    limit: int = 3
    rest: float = 60.0
    failures: int = 0
    closed_at: float | None = None
    until: float = -math.inf

    @property
    def open(self) -> bool:
        """Whether to leave the server alone now."""
        now = self.time()
        return now < self.until or (self.closed_at is not None and now - self.closed_at < self.rest)

    def succeeded(self) -> None:
        self.failures, self.closed_at = 0, None

    def failed(self, pause: float = 0.0) -> None:
        """`pause`: seconds that the server itself asked to be left alone for (Retry-After)."""
        self.failures += 1
        if pause > 0:
            self.until = self.time() + min(pause, LONGEST_PAUSE)
        if self.failures >= self.limit:
            self.closed_at = self.time()


def retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header (RFC 9110 10.2.3, the form in seconds); 0 when there is none. A date
    counts as a minute: whose clock it is by is not known.
    """
    if not header or not header.strip():
        return 0.0
    text = header.strip()
    return float(text) if re.fullmatch(r"\d{1,6}(?:\.\d+)?", text) else 60.0


@dataclass(slots=True)
class Budget:
    """Tokens and money of the last hour. A limit of 0 is none. `price_in`, `price_out`: a million tokens."""

    time: Callable[[], float]
    tokens_per_hour: int = 0
    money_per_hour: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0
    spent: deque[tuple[float, int, float]] = field(default_factory=deque)

    def allows(self, tokens_in: int, tokens_out: int) -> bool:
        """Whether an answer of that size still fits into this hour."""
        tokens, money = self.used()
        more = self.cost(tokens_in, tokens_out)
        fits_tokens = not self.tokens_per_hour or tokens + tokens_in + tokens_out <= self.tokens_per_hour
        return fits_tokens and (not self.money_per_hour or money + more <= self.money_per_hour)

    def spend(self, tokens_in: int, tokens_out: int) -> None:
        self.spent.append((self.time(), tokens_in + tokens_out, self.cost(tokens_in, tokens_out)))

    def used(self) -> tuple[int, float]:
        """(tokens, money) of the last hour."""
        now = self.time()
        while self.spent and now - self.spent[0][0] >= HOUR:
            self.spent.popleft()
        return sum(t for _, t, _ in self.spent), sum(m for _, _, m in self.spent)

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1_000_000


def tokens_of(text: str) -> int:
    """A high estimate for servers that do not tell: a token for three Latin letters, and each other sign."""
    latin = sum(c.isascii() for c in text)
    return math.ceil(latin / 3) + len(text) - latin


@dataclass(slots=True)
class Cache:
    """Answers to equal questions, for `seconds`, the `limit` newest; each is given `uses` times at most."""

    time: Callable[[], float]
    limit: int = 128
    seconds: float = 600.0
    uses: int = 3
    _kept: OrderedDict[str, tuple[float, int, str]] = field(default_factory=OrderedDict)

    def get(self, key: str) -> str | None:
        at, used, text = self._kept.get(key, (-math.inf, 0, ""))
        if self.time() - at >= self.seconds or used >= self.uses:
            self._kept.pop(key, None)
            return None
        self._kept[key] = (at, used + 1, text)
        return text

    def put(self, key: str, text: str) -> None:
        self._kept[key] = (self.time(), 0, text)
        while len(self._kept) > self.limit:
            self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        """What was refused is not given again."""
        self._kept.pop(key, None)


class Stream:
    """A text in pieces. `whole` once its JSON object is closed; `too_long` past MOST_CHARACTERS."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length, self._depth = 0, 0
        self._in_string = self._escaped = False
        self.whole = False

    def feed(self, piece: str) -> None:
        """Pieces after the object's end are not kept."""
        for place, sign in enumerate(piece):
            self._step(sign)
            if self.whole:
                piece = piece[: place + 1]
                break
        self._pieces.append(piece)
        self._length += len(piece)

    @property
    def too_long(self) -> bool:
        return self._length > MOST_CHARACTERS

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def _step(self, sign: str) -> None:
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif sign == "\\":
                self._escaped = True
            elif sign == '"':
                self._in_string = False
        elif sign == '"' and self._depth:
            self._in_string = True
        elif sign == "{":
            self._depth += 1
        elif sign == "}" and self._depth:
            self._depth -= 1
            self.whole = self._depth == 0
