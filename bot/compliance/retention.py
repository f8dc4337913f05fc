"""How long what a show left must be kept, and what may go now: recordings and keys of persons.

Entries of a ledger are never deleted. What a show's packs ask for stands in its ledger; where they say
nothing, three years hold, 1096 days at the longest (直播电商监督管理办法, Order 117, art. 16: records of
replay and interaction). A hold wins over every date; a show that was broken off counts from its last entry.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.compliance.holds import Holds
from bot.compliance.ledger import read_ledger
from bot.compliance.persons import PersonKeys
from bot.compliance.snapshots import FOLDER as SNAPSHOTS

THREE_YEARS = 1096
REPLAY, CHAT, PRESENCE = "replay_video", "chat", "presence_log"


@dataclass(frozen=True)
class Due:
    """One kind of thing of a show. `until`: kept that long; `held`: who holds it beyond, "" = nobody;
    `files`, `aliases`: what goes when it goes; `stored`: names of what goes in the shop's store.
    """

    show: str
    what: str
    until: datetime
    held: str
    files: tuple[Path, ...] = ()
    aliases: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()

    def may_go(self, now: datetime) -> bool:
        return not self.held and now > self.until and bool(self.files or self.aliases or self.stored)


def dues(
    shows: Path,
    keys: PersonKeys,
    holds: Holds,
    now: datetime,
    stored: Callable[[str, str], tuple[str, ...]] = lambda show, part: (),
) -> Iterator[Due]:
    """What every show left, folder by folder. `stored`: names in the shop's store of what lies there of a
    show's folder, in one of its parts. Raises SetupError: a ledger cannot be read.
    """
    for folder in sorted(p for p in shows.glob("*") if (p / "ledger.jsonl").exists()):
        ended, days = _told(folder / "ledger.jsonl")
        if ended is None:
            continue
        hold = holds.on_show(folder.name, now.date())
        held = "" if hold is None else hold.by
        files = tuple(sorted(p for p in (folder / "recording").glob("*") if p.is_file()))
        until, there = ended + timedelta(days=days[REPLAY]), stored(folder.name, "recording")
        yield Due(folder.name, "recording", until, held, files, stored=there)
        seen = tuple(sorted(p for p in (folder / SNAPSHOTS).glob("*.sealed") if p.is_file()))
        there = stored(folder.name, SNAPSHOTS)
        if seen or there:
            until = ended + timedelta(days=days[PRESENCE])
            yield Due(folder.name, "pictures of the co-host", until, held, seen, stored=there)
        until, by = ended + timedelta(days=days[CHAT]), ""
        free: list[str] = []
        kept: list[str] = []
        for alias, person in keys.persons(folder.name):
            own = holds.on_person(person, now.date())
            (free if own is None else kept).append(alias)
            by = by if own is None else own.by
        yield Due(folder.name, "personal data", until, held, aliases=tuple(free))
        if kept:
            yield Due(folder.name, "personal data", until, held or by, aliases=tuple(kept))


def _told(ledger: Path) -> tuple[datetime | None, dict[str, int]]:
    """(when the show's last entry was written, item -> days to keep it)."""
    ended, days = None, {REPLAY: 0, CHAT: 0, PRESENCE: 0}
    for recorded in read_ledger(ledger):
        ended, data = recorded.entry.at, recorded.entry.data
        if recorded.entry.kind == "recording.begun":
            days[REPLAY] = max(days[REPLAY], int(str(data.get("keep_days", 0))))
        asked = data.get("retention_days")
        if recorded.entry.kind == "show.decided" and isinstance(asked, dict):
            for item in days:
                days[item] = max(days[item], int(str(asked.get(item, 0))))
    return ended, {item: asked_for or THREE_YEARS for item, asked_for in days.items()}
