"""Who may come in, and how much of it: proof, replay, rate. Pure; the time is an argument."""

import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.base import Secret
from connectors.bucket import Bucket
from connectors.webhook.signatures import HEADERS, TOLERANCE, Unproven, key_of, proven

EVENTS_PER_S, EVENTS_BURST = 500, 1_000
REQUESTS_PER_S, REQUESTS_BURST = 100, 200
MISSES_BURST, MISSES_PER_S = 30, 0.5
MOST_IDS = 100_000  # more than REQUESTS_PER_S lets in while a timestamp is good


@dataclass(frozen=True, slots=True)
class Admission:
    """`status` of HTTP: 200, 401 or 429. `says` for the sender; `wait_s`: patience asked for. `again`: this
    signed message was taken before; `id`: of a signed message.
    """

    status: int
    says: str = ""
    wait_s: float = 0.0
    again: bool = False
    id: str = ""


class Door:
    """`time`, in the calls: monotonic seconds; `now`: for timestamps. Who proves nothing uses up nothing of
    what those may send who do.
    """

    def __init__(self, secret: Secret) -> None:
        self._secret, self._key = secret, key_of(secret)
        self._requests = Bucket(REQUESTS_BURST, REQUESTS_BURST / REQUESTS_PER_S)
        self._events = Bucket(EVENTS_BURST, EVENTS_BURST / EVENTS_PER_S)
        self._misses = Bucket(MISSES_BURST, MISSES_BURST / MISSES_PER_S)
        self._seen: OrderedDict[str, float] = OrderedDict()

    @property
    def key(self) -> bytes:
        """Signs what we send."""
        return self._key

    def enter(self, headers: Mapping[str, str], body: bytes | None, now: datetime, time: float) -> Admission:
        """A request with a body (signed, or with the secret as bearer), or without one (bearer only).
        `headers` by lower-case names.
        """
        given = headers.get("authorization", "")
        if given:
            return self.token(given.removeprefix("Bearer ").strip(), time)
        if body is None or not any(name in headers for name in HEADERS):
            return self._miss("say who you are: Authorization: Bearer SECRET, or the webhook- headers", time)
        try:
            id_ = proven(self._key, headers, body, now)
        except Unproven as error:
            return self._miss(str(error), time)
        if wait := self._requests.take(time):
            return Admission(429, "too many requests", wait)
        return Admission(200, again=not self._first(id_, time), id=id_)

    def token(self, given: str, time: float) -> Admission:
        """The secret itself, as a bearer or in a socket's first message."""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.reveal().encode()):
            return self._miss("the secret is wrong", time)
        wait = self._requests.take(time)
        return Admission(429, "too many requests", wait) if wait else Admission(200)

    def room_for(self, events: int, time: float) -> tuple[int, float]:
        """How many of so many events may come in now, and seconds until the next one may (0.0: all may)."""
        for n in range(events):
            if wait := self._events.take(time):
                return n, wait
        return events, 0.0

    def forget(self, id_: str) -> None:
        """A signed message that was not taken after all may come again."""
        self._seen.pop(id_, None)

    def _miss(self, says: str, time: float) -> Admission:
        wait = self._misses.take(time)
        return Admission(429, "too many wrong secrets", wait) if wait else Admission(401, says)

    def _first(self, id_: str, time: float) -> bool:
        """Whether this id is new within the time in which its timestamp would still be taken."""
        keep = 2 * TOLERANCE.total_seconds()
        while self._seen and (len(self._seen) >= MOST_IDS or next(iter(self._seen.values())) < time - keep):
            self._seen.popitem(last=False)
        if id_ in self._seen:
            return False
        self._seen[id_] = time
        return True
