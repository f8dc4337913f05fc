"""How long a clone was on air in each show, kept: a page over a month of shows around the clock cannot read
their ledgers anew each time. Papers never come from here; they read and verify every ledger themselves.

    cache/airtime/FOLDER.json   a show's account with nothing but the clone's time on air and the products
                                spoken of, whether the ledger counts, and the stamp of the files read
"""

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from bot.compliance.account import AI, DUET, Account, Span
from bot.compliance.glance import Glance, stamp_of
from bot.compliance.remarks import Said
from bot.dossier import Dossiers
from products.errors import CastmateError, SetupError

FORMAT = 1
REMEMBERED = 3000  # shows; each takes some kilobytes
FRESH_NS = 20 * 10**9  # a ledger that grew for less than this since it was read is as good as read
BYTES_AT_ONCE = 16_000_000  # of ledgers that one page reads: about three seconds of a core

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Aired:
    """A show's slim account, and why its ledger does not count ("" = it does). `account` None: unreadable."""

    stamp: Stamp
    account: Account | None
    why: str


class AirtimeBook:
    """`cache`: where it is kept; what is there is believed only for pages. Methods block on the disk."""

    def __init__(self, dossiers: Dossiers, cache: Path, now: Callable[[], datetime]) -> None:
        self._dossiers, self._cache, self._now = dossiers, cache, now
        self._known: OrderedDict[str, Aired] = OrderedDict()
        self._turn = Lock()

    def within_reach(self, shows: Iterable[Glance]) -> tuple[tuple[Path, ...], int]:
        """(folders that are known or are read now, how many must wait for another look), the newest first."""
        left, near, waiting = BYTES_AT_ONCE, [], 0
        for glance in shows:
            folder = self._dossiers.folder(glance.folder)
            if self._look(folder) is None:
                if left <= 0:
                    waiting += 1
                    continue
                left -= glance.size
                self.read(folder)
            near.append(folder)
        return tuple(near), waiting

    def account(self, folder: Path) -> Account:
        """Raises SetupError: the ledger cannot be read."""
        found = self.read(folder)
        if found.account is None:
            raise SetupError(found.why, remedy="Verify it on the page of evidence.")
        return found.account

    def why(self, folder: Path) -> str:
        return self.read(folder).why

    def read(self, folder: Path) -> Aired:
        """What is known of a show, read and verified now if it is not."""
        known = self._look(folder)
        if known is None:
            known = self._read(folder)
            self._remember(folder.name, known)
            self._keep(folder.name, known)
        return known

    def _look(self, folder: Path) -> Aired | None:
        """Without reading a ledger."""
        stamp = stamp_of(folder)
        known = self._known.get(folder.name)
        if known is not None and self._good(known, stamp, folder):
            return known
        kept = self._kept(folder.name)
        if kept is not None and self._good(kept, stamp, folder):
            self._remember(folder.name, kept)
            return kept
        return None

    def _good(self, known: Aired, stamp: Stamp, folder: Path) -> bool:
        if known.stamp == stamp:
            return True
        seen = self._dossiers.glance(folder)
        return seen is not None and not seen.closed and _grew(known, stamp, self._now())

    def _read(self, folder: Path) -> Aired:
        stamp = stamp_of(folder)
        try:
            told = slim(self._dossiers.account(folder))
            return Aired(stamp, told, self._dossiers.broken(folder))
        except CastmateError as error:
            return Aired(stamp, None, error.message)

    def _remember(self, name: str, aired: Aired) -> None:
        with self._turn:
            self._known.pop(name, None)
            self._known[name] = aired
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    # ---- on the disk

    def _kept(self, name: str) -> Aired | None:
        """None: nothing, or nothing that can be used; it is made again."""
        try:
            return _aired(json.loads((self._cache / f"{name}.json").read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, name: str, aired: Aired) -> None:
        path = self._cache / f"{name}.json"
        fresh = path.with_name(f".{name}.{os.getpid()}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(_plain(aired), ensure_ascii=False), "utf-8")
            fresh.replace(path)
        except OSError:  # a cache without room: the next look reads the ledger again
            fresh.unlink(missing_ok=True)


def slim(told: Account) -> Account:
    """The account with nothing but when the clone was on air, exactly, and how long each product was spoken
    of on each day (UTC): a stretch of that length from the product's first line of the day.
    """
    on = tuple(replace(s, evidence="", why="", rules=()) for s in told.of("host") if s.state in (AI, DUET))
    first: dict[tuple[int, str], float] = {}
    spoken: dict[tuple[int, str], float] = {}
    for said in told.said:
        day = (told.start + timedelta(seconds=said.since)).astimezone(UTC).toordinal()
        first.setdefault((day, said.product), said.since)
        spoken[day, said.product] = spoken.get((day, said.product), 0.0) + said.until - said.since
    lines = tuple(Said(first[key], first[key] + length, key[1]) for key, length in spoken.items())
    return replace(told, spans=on, said=lines, remarks=(), more_remarks=0)


def _grew(known: Aired, stamp: Stamp, now: datetime) -> bool:
    """Whether a running show's whole ledger only grew since, a moment ago: that is as good as read. What has
    ended is always read to its end.
    """
    if known.account is None or known.account.closed or known.why or len(known.stamp) != len(stamp):
        return False
    (*before, (name, size, at)), (*same, (name_now, size_now, at_now)) = known.stamp, stamp
    written = round(now.timestamp() * 1e9) - at_now
    return (
        before == same
        and name == name_now
        and size < size_now
        and 0 <= at_now - at < FRESH_NS
        and abs(written) < FRESH_NS
    )


def _plain(aired: Aired) -> dict[str, Any]:
    told = aired.account
    made: dict[str, Any] = {"format": FORMAT, "stamp": aired.stamp, "why": aired.why, "account": None}
    if told is not None:
        made["account"] = {
            "show": told.show,
            "start": told.start.isoformat(),
            "end": told.end,
            "mode": told.mode,
            "destinations": told.destinations,
            "licence": told.licence,
            "performer": told.performer,
            "closed": told.closed,
            "on": [(s.state, s.since, s.until, s.entry) for s in told.spans],
            "said": [(s.since, s.until, s.product) for s in told.said],
        }
    return made


def _aired(raw: dict[str, Any]) -> Aired:
    """Raises ValueError, KeyError, TypeError: not of this format."""
    if raw["format"] != FORMAT:
        raise ValueError(raw["format"])
    stamp = tuple((str(name), int(size), int(at)) for name, size, at in raw["stamp"])
    given = raw["account"]
    if given is None:
        return Aired(stamp, None, str(raw["why"]))
    told = Account(
        show=str(given["show"]),
        start=datetime.fromisoformat(given["start"]),
        end=float(given["end"]),
        mode=str(given["mode"]),
        destinations=tuple(map(str, given["destinations"])),
        audience=(),
        packs=(),
        key="",
        licence=str(given["licence"]),
        performer=str(given["performer"]),
        reason="",
        closed=bool(given["closed"]),
        spans=tuple(Span("host", str(k), float(a), float(b), entry=int(n)) for k, a, b, n in given["on"]),
        said=tuple(Said(float(a), float(b), str(product)) for a, b, product in given["said"]),
    )
    return Aired(stamp, told, str(raw["why"]))
