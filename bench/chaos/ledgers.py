"""Whether a line of a ledger was lost or doubled: nodes' disks, the database's copies, packets."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LINES = 5  # packets to a line of the script, as the light worker has it

Key = tuple[str, int]  # show, epoch


@dataclass(frozen=True, slots=True)
class Books:
    """What was found. `lost`: entries missing in the midst of a file or of a copy, and lines that were aired
    in full and stand nowhere (but for the one in hand when its process was killed); `doubled`: entries that
    stand twice; `altered`: copies that say another thing than the file; `here_only`: entries of epochs that
    are over which the database has not got.
    """

    entries: int
    copied: int
    lost: int
    doubled: int
    altered: int
    here_only: int
    most_here_only: int


def on_disk(folder: Path) -> tuple[dict[Key, list[str]], int]:
    """The whole lines of each ledger under `folder` (NODE/shows/SHOW-PROCESS-EPOCH/ledger.jsonl), and how
    many there are that belong to an epoch which has one already.
    """
    found: dict[Key, list[str]] = {}
    twice = 0
    for file in sorted(folder.glob("*/shows/*/ledger.jsonl")):
        show, _, epoch = file.parent.name.rsplit("-", 2)
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
        if (show, int(epoch)) in found:
            twice += len(lines)
        else:
            found[show, int(epoch)] = lines
    return found, twice


def compare(
    disk: Mapping[Key, Sequence[str]],
    twice: int,
    copies: Iterable[tuple[str, int, int, str]],
    sent: Mapping[Key, int],
    current: Mapping[str, int],
) -> Books:
    """`copies`: show, epoch, number, line, in that order; `sent`: packets that were received of each epoch;
    `current`: the epoch of each show that still airs, whose last lines are still to be copied.
    """
    kept: dict[Key, list[tuple[int, str]]] = {}
    for show, epoch, n, line in copies:
        kept.setdefault((show, epoch), []).append((n, line))
    lost = doubled = altered = here_only = most = 0
    for key, lines in disk.items():
        numbers = [int(json.loads(line)["i"]) for line in lines]
        lost += _missing(numbers)
        doubled += len(numbers) - len(set(numbers))
        aired = sum(json.loads(line)["entry"]["kind"] == "line.aired" for line in lines)
        lost += max(0, sent.get(key, 0) // LINES - aired - 1)
        there = kept.get(key, [])
        lost += _missing([n for n, _ in there])
        doubled += len(there) - len({n for n, _ in there})
        altered += sum(n >= len(lines) or lines[n] != line for n, line in there)
        if current.get(key[0]) != key[1]:
            here_only += (only := max(0, len(lines) - len(there)))
            most = max(most, only)
    altered += sum(len(there) for key, there in kept.items() if key not in disk)
    lost += sum(packets // LINES for key, packets in sent.items() if key not in disk)
    entries, copied = sum(len(lines) for lines in disk.values()), sum(len(there) for there in kept.values())
    return Books(entries + twice, copied, lost, doubled + twice, altered, here_only, most)


def _missing(numbers: Sequence[int]) -> int:
    """How many are not there of 0 to the largest."""
    return 0 if not numbers else max(numbers) + 1 - len(set(numbers))
