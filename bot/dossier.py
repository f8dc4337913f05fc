"""The dossiers of past and running shows: their ledgers told, verified, and put on paper.

All methods block on the disk; whoever serves pages calls them from a thread. Ledgers are read line by line.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.compliance.account import Account, Pictured, Span, account
from bot.compliance.glance import FIRST, Glance, glance, stamp_of
from bot.compliance.known_keys import KnownKeys
from bot.compliance.ledger_file import Check, Checkpoint, Report, checkpoint_of, judge, read_ledger
from bot.compliance.ledger_parts import Line, lines, parts
from bot.compliance.packs import load_packs
from bot.compliance.personal import opened_entries
from bot.compliance.persons import PersonKeys
from bot.compliance.snapshots import damages, opened, there
from bot.recorded import Inventory, Kept, inventory, verify_recording
from bot.settings import Settings
from products.errors import ContentError, SetupError

if TYPE_CHECKING:
    from PIL import Image

    from bot.papers.sheet import Sheet

FRAMES = 6
PICTURES = 60  # of a co-host, on a page
KEPT = 24  # accounts that are remembered: a day's intervals take about a megabyte
TRIES = "rehearsal-"  # folders of rehearsals: nothing was on air
UNSIGNED = "no key of this machine vouches for it"
STEP_BYTES = 256 * 1024
Step = Callable[[str, float], None]  # what is being looked at, and how far (0..1); may raise to give up


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `damages`: of the recording; `stamp`: of the ledger that was looked at."""

    at: datetime
    report: Report
    damages: tuple[str, ...]
    segments: int
    stamp: tuple[tuple[str, int, int], ...]

    @property
    def ok(self) -> bool:
        return self.report.ok and not self.damages


class Dossiers:
    """`shows`: the folder of all shows' folders; `key`: public half of what signs their ledgers, beside
    it those of nodes; `persons`: keys of what is sealed about persons (either may be missing).
    """

    def __init__(self, shows: Path, key: Path, persons: Path) -> None:
        self.shows, self._known, self._persons = shows, KnownKeys(key), persons
        self._kinds: dict[str, str] = {}
        self._told: OrderedDict[str, tuple[object, Account]] = OrderedDict()
        self._seen: dict[str, Glance] = {}  # as many as there are folders
        self._turn = threading.Lock()

    # ---- which there are

    def glances(self) -> tuple[Glance, ...]:
        """All shows that aired or air, the newest first. Rehearsals are not shows."""
        found = (self.glance(f) for f in self.shows.glob("*") if not f.name.startswith(TRIES))
        return tuple(sorted((g for g in found if g is not None), key=lambda g: g.begun, reverse=True))

    def glance(self, folder: Path) -> Glance | None:
        """As of bot/compliance/glance.py, remembered while no file changes."""
        known = self._seen.get(folder.name)
        if known is None or known.stamp != stamp_of(folder):
            known = glance(folder)
            if known is not None:
                self._seen[folder.name] = known
        return known

    def folder(self, name: str) -> Path:
        """The folder of a show by its name. Raises ContentError: there is none; a name is never a path."""
        folder = self.shows / name
        if name != folder.name or name.startswith(".") or not (folder / FIRST).is_file():
            raise ContentError(f"There is no show {name!r}.", remedy="Choose one of the list.")
        return folder

    # ---- what they say

    def account(self, folder: Path) -> Account:
        """A show's account, remembered while its ledger does not change. Raises SetupError: no ledger, a
        broken line, no show in it.
        """
        stamp = stamp_of(folder)
        known = self._told.get(folder.name)
        if known is not None and known[0] == stamp:
            return known[1]
        if not self._kinds:
            self._kinds = {r.id: r.kind for pack in load_packs().packs for r in pack.rules}
        told = account_of(folder, self._kinds, self._persons)
        with self._turn:
            self._told.pop(folder.name, None)
            self._told[folder.name] = (stamp, told)
            while len(self._told) > KEPT:
                self._told.popitem(last=False)
        return told

    def public(self, folder: Path) -> Ed25519PublicKey | None:
        """What vouches for that show's ledger: this machine's key, or that of a node which is known here.
        None: no show was run here.
        """
        return self._known.of(folder / "ledger.jsonl")

    def verify(self, folder: Path, now: datetime, step: Step = lambda what, share: None) -> Verdict:
        """Recomputes ledger and recording, and says where a fault is. Raises SetupError: cannot be read."""
        stamp = stamp_of(folder)
        report = check(folder, self.public(folder), lambda share: step("ledger", share))
        held = inventory(folder) if report.ok and (folder / "recording").is_dir() else None
        bad = [] if held is None else _damages(held, step)
        bad += damages(folder) if report.ok else ()
        return Verdict(now, report, tuple(bad), 0 if held is None else len(held.kept), stamp)

    def broken(self, folder: Path) -> str:
        """Why a show's ledger does not count; empty when it is whole and signed by this machine."""
        report = check(folder, self.public(folder))
        if [t.kind for t in report.troubles] == ["torn"]:  # a running show wrote while we read
            report = check(folder, self.public(folder))
        if not report.ok:
            return str(report.troubles[0])
        return "" if report.authentic else UNSIGNED

    # ---- pictures and papers

    def moments(self, folder: Path, count: int = FRAMES) -> tuple[float, ...]:
        """Seconds of air of which there are pictures, evenly over what was recorded."""
        from bot.papers.frames import spread

        return spread(self._pieces(folder), count)

    def picture(self, folder: Path, moment: float) -> "Image.Image | None":
        """The recording's picture at that second of air; None: nothing was recorded, or it cannot be read."""
        from bot.papers.frames import sample

        found = sample(self._pieces(folder), [moment])
        return found[0].image if found else None

    def snapshots(self, folder: Path) -> tuple[tuple[Pictured, bool], ...]:
        """The sealed pictures of the co-host, PICTURES at most, and whether each can still be opened."""
        pictures = self.account(folder).pictures[:PICTURES]
        if not pictures:
            return ()
        with closing(self._keys()) as keys:
            return tuple((p, there(folder, p.file, keys)) for p in pictures)

    def snapshot(self, folder: Path, file: str) -> bytes:
        """One of them, a JPEG. Raises ContentError: erased, deleted in its time, or changed."""
        with closing(self._keys()) as keys:
            return opened(folder, file, keys)

    def _keys(self) -> PersonKeys:
        return PersonKeys(self._persons)

    def _pieces(self, folder: Path) -> tuple[Kept, ...]:
        """The pieces of the recording that are there, by the account that is remembered."""
        named = ((folder / "recording" / Path(s.state).name, s) for s in self.account(folder).of("recording"))
        return tuple(
            Kept(path, s.since, s.until, s.evidence.removeprefix("sha256 "), s.entry, torn=False)
            for path, s in named
            if path.is_file()
        )

    def paper(
        self, folder: Path, spans: Sequence[Span], language: str, now: datetime
    ) -> "tuple[Sheet, Verdict]":
        """The report to file, over the whole show with these intervals, and the verification in it."""
        return report_paper(folder, self.account(folder), spans, self.public(folder), language, now)


def open_dossiers(settings: Settings) -> Dossiers:
    """Those of this machine's shows."""
    return Dossiers(settings.show_folder, settings.data / "keys" / "ledger.pem.pub", settings.person_keys)


def account_of(folder: Path, kinds: Mapping[str, str], persons: Path) -> Account:
    """A show's account. `kinds`: rule id -> kind; `persons`: the store of keys of what is sealed.

    Raises SetupError: no ledger, a broken line, no show in it.
    """
    ledger = folder / FIRST
    if not ledger.is_file():
        raise SetupError(f"There is no ledger in {folder}.", remedy="Name the folder of a show.")
    keys = PersonKeys(persons) if persons.exists() else None
    try:
        return account(opened_entries(read_ledger(ledger), keys), kinds)
    except ValueError as error:
        raise SetupError(f"{ledger}: {error}.", remedy="Name the folder of a show that was run.") from None
    finally:
        if keys is not None:
            keys.close()


def check(
    folder: Path, key: Ed25519PublicKey | None, step: Callable[[float], None] = lambda share: None
) -> Report:
    """Verifies a show's ledger against the checkpoint beside it. `step`: how far (0..1)."""
    ledger = folder / FIRST
    whole = max(1, sum(size for _, size, _ in stamp_of(folder)))

    def counted() -> Iterator[Line]:
        done = told = 0
        for line in lines(ledger):
            done += len(line.data)
            if done - told >= STEP_BYTES:
                told = done
                step(min(1.0, done / whole))
            yield line

    return judge(Check(ledger.name, counted, key), str(ledger), beside(ledger))


def _damages(held: Inventory, step: Step) -> list[str]:
    """What is wrong with the recording, segment by segment."""
    found: list[str] = []
    for number, kept in enumerate(held.kept):
        step("recording", number / len(held.kept))
        found += map(str, verify_recording(replace(held, kept=(kept,), loose=())))
    return found + [str(d) for d in verify_recording(replace(held, kept=()))]


def beside(ledger: Path) -> Checkpoint | None:
    """The checkpoint that a show keeps beside its ledger. Raises SetupError: it is none."""
    file = ledger.with_name(ledger.name + ".checkpoint")
    try:
        return Checkpoint.model_validate_json(file.read_text("utf-8")) if file.exists() else None
    except ValueError:
        raise SetupError(f"{file} is no checkpoint.", remedy="Restore it from a copy.") from None


def last_checkpoint(ledger: Path) -> Checkpoint | None:
    """The latest one that stands in the ledger itself."""
    opening, found = "", None
    for recorded in read_ledger(ledger):
        opening = opening or recorded.hash
        if recorded.entry.kind == "checkpoint":
            found = checkpoint_of(recorded, opening) or found
    return found


def digest_of(ledger: Path) -> str:
    """sha256 of all files of a ledger one after another, hex."""
    digest = hashlib.sha256()
    for path in parts(ledger):
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def report_paper(
    folder: Path,
    told: Account,
    spans: Sequence[Span],
    key: Ed25519PublicKey | None,
    language: str,
    now: datetime,
) -> "tuple[Sheet, Verdict]":
    """The report that a compliance officer files, verified as it is written; ready to save."""
    from bot.papers.evidence import Seal, evidence_report  # the writer of PDF only where one is written
    from bot.papers.frames import sample, spread

    ledger, stamp = folder / FIRST, stamp_of(folder)
    report = check(folder, key)
    held = inventory(folder) if (folder / "recording").is_dir() else None
    kept = () if held is None else held.kept
    damages = () if held is None else tuple(map(str, verify_recording(held)))
    seal = Seal(report, digest_of(ledger), last_checkpoint(ledger), told.key)
    pictures = sample(kept, spread(kept, FRAMES))
    sheet = evidence_report(told, spans, seal, pictures, damages, folder.resolve(), language, now)
    return sheet, Verdict(now, report, damages, len(kept), stamp)
