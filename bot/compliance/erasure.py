"""Erasure: what was promised to be gone stays gone, also after a restore.

The list of destroyed keys stands in the office's own ledger, by their aliases, which name nobody. It is
written before the keys go, so that a crash between the two leaves an erasure that the next look completes.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import JsonValue

from bot.compliance.ledger import Entry, Ledger, read_ledger
from bot.compliance.persons import PersonKeys

ERASED = "person.erased"
IN_ONE = 500  # aliases in one entry


def erased(office_ledger: Path) -> frozenset[str]:
    """Aliases whose keys were destroyed, by the office's ledger; none where there is no ledger yet. Raises
    SetupError: it is broken.
    """
    if not office_ledger.exists():
        return frozenset()
    gone: set[str] = set()
    for recorded in read_ledger(office_ledger):
        aliases = recorded.entry.data.get("aliases")
        if recorded.entry.kind == ERASED and isinstance(aliases, list):
            gone.update(str(alias) for alias in aliases)
    return frozenset(gone)


def replay(keys: PersonKeys, office_ledger: Path) -> int:
    """Destroys every key that should be gone; how many still were there."""
    return keys.destroy(erased(office_ledger))


async def erase(keys: PersonKeys, ledger: Ledger, blank: Entry, aliases: Sequence[str]) -> int:
    """Writes the erasure into the office's ledger, then destroys the keys; how many. `blank`: the entry's
    time and who and why.
    """
    for part in _parts(aliases):
        names: list[JsonValue] = list(part)
        await ledger.append(Entry(kind=ERASED, at=blank.at, data={**blank.data, "aliases": names}))
    return keys.destroy(aliases)


def _parts(aliases: Sequence[str]) -> Iterable[Sequence[str]]:
    return (aliases[n : n + IN_ONE] for n in range(0, len(aliases), IN_ONE))
