"""The rules as the console sees them: what they mean for a platform, a place and a day; what waits for
compliance staff; what they sign. All methods block (disk); the web application calls them from a thread.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.compliance.decision import Decision, decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.explain import Explanation, explain_decision
from bot.compliance.office import Office, open_office
from bot.compliance.packs import Pack, Stance
from bot.compliance.selection import destination_in
from bot.compliance.signing import SigningDesk, rules_by_id
from bot.compliance.waiver import unwaivable
from products.errors import ContentError


@dataclass(frozen=True, slots=True)
class Question:
    """`market`: of the shop or account, also where viewers are when `audience` is empty."""

    platform: str
    market: str
    audience: tuple[str, ...]
    day: date
    drawn: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pack whose current rules are known in part. `until`: confirmed up to that day; None: it waits;
    `given`: by whom, when, where the text stands, what it adds, of the paper that counts; `refused`: papers
    that do not count, and why.
    """

    pack: Pack
    until: date | None
    given: tuple[str, date, str, str] | None
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """`why_not`: why it does not count today; "" = it does."""

    rule: str
    summary: str
    by: str
    why: str
    at: date
    until: date
    why_not: str


class RulesBoard:
    def __init__(self, office: Path, signs: Path, now: Callable[[], datetime]) -> None:
        self._folder, self.desk, self.now = office, SigningDesk(office, signs), now
        self._turn = threading.Lock()  # the office's ledger has one writer
        self._known: tuple[object, Office] | None = None

    def office(self) -> Office:
        """What stands in the folder, read anew when a file of it changed. Raises SetupError."""
        stamp = tuple(
            (str(p), p.stat().st_mtime_ns, p.stat().st_size)
            for p in sorted(self._folder.rglob("*"))
            if p.is_file() and not p.name.startswith("ledger")
        )
        known = self._known
        if known is None or known[0] != stamp:
            known = self._known = (stamp, open_office(self._folder))
        return known[1]

    # ---- what holds

    def answer(self, question: Question) -> tuple[Decision, Explanation]:
        """Raises SetupError: no rules of such a platform are known."""
        office = self.office()
        decision = decide(
            office.packs,
            [destination_in(office.packs, question.platform, question.market or None)],
            question.audience or ((question.market,) if question.market else ()),
            question.day,
            ShowFacts(cloned_person=False if question.drawn else None, evidence=office.evidence()),
            office.confirmations,
            office.waivers,
            compliance_keys=office.keys,
            local_try=question.local,
        )
        return decision, explain_decision(decision)

    def places(self) -> tuple[str, ...]:
        """Every jurisdiction that a pack speaks of."""
        return tuple(sorted({j for p in self.office().packs for j in p.scope.jurisdictions if j != "*"}))

    # ---- what waits, and what was laid down

    def waiting(self) -> tuple[Waiting, ...]:
        """Packs that go live only after a confirmation, those that wait first."""
        office, today = self.office(), self.now().date()
        found = [self._waits(office, pack, today) for pack in office.packs if pack.stance is Stance.UNKNOWN]
        return tuple(sorted(found, key=lambda w: (w.until is not None, w.pack.name)))

    def _waits(self, office: Office, pack: Pack, today: date) -> Waiting:
        until, given, refused = None, None, []
        for paper in (c for c in office.confirmations if c.pack == pack.name):
            why = paper.refusal(pack, today, office.keys)
            last = paper.at + timedelta(days=pack.review_after_days or 30)
            if why is not None:
                refused.append(f"{paper.by}, {paper.at}: {why}")
            elif until is None or last > until:
                until, given = last, (paper.by, paper.at, paper.address, paper.adds)
        return Waiting(pack, until, given, tuple(refused))

    def waivers(self) -> tuple[WaiverRow, ...]:
        """All of them, the newest first."""
        office, today = self.office(), self.now().date()
        rules = rules_by_id(office.packs)
        rows = []
        for w in sorted(office.waivers, key=lambda w: w.at, reverse=True):
            rule = rules.get(w.rule)
            why_not = "there is no such rule" if rule is None else w.refusal(rule, today, office.keys) or ""
            summary = "" if rule is None else rule.summary
            rows.append(WaiverRow(w.rule, summary, w.by, w.why, w.at, w.until, why_not))
        return tuple(rows)

    def waivable(self) -> tuple[tuple[str, str], ...]:
        """Rules that may be waived: id and what it says."""
        rules = rules_by_id(self.office().packs).values()
        return tuple(sorted((r.id, r.summary) for r in rules if r.binding and unwaivable(r) is None))

    # ---- what is signed

    def make_key(self, name: str, passphrase: str, again: str) -> None:
        if passphrase != again:
            raise ContentError("The two passphrases differ.", remedy="Type the same one twice.")
        with self._turn:
            self.desk.make_key(name, passphrase, self.now())

    def confirm(
        self,
        pack: str,
        address: str,
        text_date: str,
        capture: bytes,
        suffix: str,
        adds: str,
        by: str,
        words: str,
    ) -> date:
        """Signs a confirmation. Returns its last day."""
        with self._turn:
            day = day_of(text_date)
            _, _, last = self.desk.confirm(
                pack, address.strip(), day, capture, suffix, adds.strip(), by, words, self.now()
            )
        return last

    def waive(self, rule: str, why: str, until: str, by: str, words: str) -> None:
        with self._turn:
            self.desk.waive(rule, why.strip(), day_of(until), by, words, self.now())


def day_of(text: str) -> date:
    """Raises ContentError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ContentError(f"{text!r} is no day.", remedy="Write it as 2026-11-22.") from None
