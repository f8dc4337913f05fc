"""A console with evidence, rules and licences over folders of a test, and shows to put into them."""

import shutil
from datetime import UTC, datetime, timedelta
from functools import cache

from house import NOBODY, QUICK, House, sign_in
from licences import licence
from told import SHOW, T0, ledger, live

from bot import dossier
from bot.commands.records import add_records
from bot.compliance import office
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.packs import load_packs
from bot.console import credentials
from bot.console.roles import Role
from bot.console.throttle import Doorkeeper
from bot.licensed import open_licences
from bot.performers import PerformerBook
from bot.settings import Settings

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)  # the house's clock; SHOW began at T0, the evening before
MINUTE = {"by": "airtime_minute", "amount": "2.50", "currency": "EUR"}
SHARE = {"by": "sales_share", "share": "0.035", "currency": "USD"}
UNDER = (4, "licence", {"licence": "ana-2026", "performer": "Ana Silva"})
LINES = [
    (10, "line.aired", {"text": "a", "facts": ["shoe/price", "shoe/stock"], "from_ms": 1000, "to_ms": 9000}),
    (12, "line.aired", {"text": "b", "facts": ["bag/price"], "from_ms": 9000, "to_ms": 12000}),
    (
        13,
        "line.refused",
        {"text": "<b>cures</b>", "findings": [{"rule": "C-1", "severity": "block", "message": "no cures"}]},
    ),
]


shipped = cache(load_packs)


def packs(own=None):
    """The shipped packs, read once for all tests; of these no shop has any of its own."""
    return shipped()


def told(*more):
    """SHOW's entries under Ana's licence, with lines about products and a refusal."""
    frames = {"recording.segment": {"first_frame": 0, "frames": 1500}}
    rest = [
        ((r.entry.at - T0).total_seconds(), r.entry.kind, {**r.entry.data, **frames.get(r.entry.kind, {})})
        for r in SHOW[3:]
    ]
    return ledger(*sorted([UNDER, *LINES, *rest, *more], key=lambda entry: entry[0]))


class Archive:
    """The house, its settings, and people: Ann (owner), Wei (compliance), Ana (performer)."""

    def __init__(self, folder, monkeypatch):
        monkeypatch.setattr(credentials, "HASHER", QUICK)
        monkeypatch.setattr(credentials, "NOBODY", NOBODY)
        monkeypatch.setattr(dossier, "load_packs", packs)
        monkeypatch.setattr(office, "load_packs", packs)
        self.settings = Settings(data=folder / "data", cache=folder / "cache")
        self.house = House()
        self.house.clock.at = AT
        add_records(self.house.app, self.settings, self.house.clock.now)
        self.owner, self.ann = self.house.person("Ann")
        self.wei, _ = self.house.person("Wei Lin", Role.COMPLIANCE)
        self.ana, self.ana_account = self.house.person("Ana Silva", Role.PERFORMER)

    def afresh(self):
        """As at first, for the next test: no show, licence or paper, everybody signed in just now."""
        for folder in (self.settings.data, self.settings.licence_key_folder, self.settings.cache):
            shutil.rmtree(folder, ignore_errors=True)
        self.house.clock.at = AT
        self.house.app.state.access.doorkeeper = Doorkeeper()  # so many sign-ins from one place are none here
        for client, name in ((self.owner, "Ann"), (self.wei, "Wei Lin"), (self.ana, "Ana Silva")):
            assert sign_in(client, name).status_code == 303
        return self

    @property
    def key(self):
        return signing_key(self.settings.data / "keys" / "ledger.pem")

    async def show(self, name="evening-1", entries=None, *, closed=True, after=timedelta()):
        """A show's folder with a real ledger; `after`: how much later than SHOW it was."""
        path = self.settings.show_folder / name / "ledger.jsonl"
        rows = entries or told()
        kept = Ledger.open(path, self.key, "evening", T0 + after)
        for recorded in rows[1:]:
            entry = recorded.entry
            await kept.append(Entry(kind=entry.kind, at=entry.at + after, data=entry.data))
        last = rows[-1].entry.at + after
        await (kept.close(last) if closed else kept.leave(last))
        return path.parent

    def licence(self, account=True, **changed):
        made = licence(**{"fee": MINUTE, "categories": ("*",), **changed})
        open_licences(self.settings).add(made)
        if account:
            self.book.name(made.id, self.ana_account.id, "Ann", AT)
        return made

    @property
    def book(self):
        return PerformerBook(self.settings.data / "licences")


__all__ = ["AT", "MINUTE", "SHARE", "T0", "UNDER", "Archive", "ledger", "live", "told"]
