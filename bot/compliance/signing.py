"""What compliance staff sign, from the command line or the console: each paper is signed with the person's
own key, becomes an entry of the office's ledger, and then lies in the office's folder.

The entry comes first: a paper that counts is always in the log; one that was logged and could not be kept
counts for nothing.
"""

import asyncio
import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.compliance.confirmation import DEFAULT_DAYS, Confirmation
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.office import NAME as KEY_NAME
from bot.compliance.office import keep, key_file, make_key, open_office, unseal_key
from bot.compliance.packs import PackSet, Rule
from bot.compliance.waiver import LONGEST, Waiver, refuse_unwaivable
from products.errors import ContentError, SetupError

NAME = "compliance office"


class SigningDesk:
    """`office`: the office's folder; `signs`: key of its ledger's checkpoints. Every method raises SetupError
    (folder, key, passphrase, ledger) or ContentError (what was given).
    """

    def __init__(self, office: Path, signs: Path) -> None:
        self.office, self._signs = office, signs

    def has_key(self, name: str) -> bool:
        """Whether this member of staff has a key; nobody has one under a name that cannot be a key's."""
        return KEY_NAME.fullmatch(name) is not None and key_file(self.office, name).is_file()

    def make_key(self, name: str, passphrase: str, now: datetime) -> Path:
        """A key for a member of staff, sealed with their passphrase."""
        path = make_key(self.office, name, passphrase)
        public = path.with_name(path.name + ".pub").read_text()
        self.log("key.made", {"name": name, "key": public}, now)
        return path

    def confirm(
        self,
        pack: str,
        address: str,
        text_date: date,
        capture: bytes,
        suffix: str,
        adds: str,
        by: str,
        passphrase: str,
        now: datetime,
    ) -> tuple[Confirmation, Path, date]:
        """Confirms the current rules of a pack that is known in part: the paper, where it lies, its last day.
        `capture`: the rule text that was read, kept beside it as a file that ends in `suffix`.
        """
        known = open_office(self.office).packs[pack]
        try:
            paper = Confirmation(
                pack=pack,
                version=known.version,
                by=by,
                at=now.date(),
                address=address,
                text_date=text_date,
                text_sha256=hashlib.sha256(capture).hexdigest(),
                adds=adds,
            )
        except ValidationError as error:
            raise _wrong(error) from None
        if text_date > now.date():
            raise ContentError(f"A text of {text_date} has not been written yet.", remedy="Name its own day.")
        if not capture:
            raise ContentError("The text is empty.", remedy="Give what you have read.")
        signed = paper.signed(unseal_key(self.office, by, passphrase))
        self.log("pack.confirmed", signed.model_dump(mode="json"), now)
        path = keep(self.office, signed, f"{pack}-{paper.at}")
        path.with_suffix(".capture" + suffix).write_bytes(capture)
        return signed, path, paper.at + timedelta(days=known.review_after_days or DEFAULT_DAYS)

    def waive(
        self, rule: str, why: str, until: date, by: str, passphrase: str, now: datetime
    ) -> tuple[Waiver, Path, Rule]:
        """Excuses the shop from one rule for a time: the paper, where it lies, the rule."""
        found = rules_by_id(open_office(self.office).packs).get(rule)
        if found is None:
            raise ContentError(
                f"There is no rule {rule!r}.", remedy="castmate packs explain names the rules."
            )
        refuse_unwaivable(found)
        today = now.date()
        if not today <= until <= today + LONGEST:
            text = f"A waiver until {until} is not possible."
            raise ContentError(text, remedy=f"Name a day up to {today + LONGEST}.")
        if len(why.strip()) < 10:
            text = "The reason is too short."
            raise ContentError(text, remedy="Write --why so that an auditor understands it.")
        try:
            paper = Waiver(rule=rule, by=by, why=why, at=today, until=until)
        except ValidationError as error:
            raise _wrong(error) from None
        signed = paper.signed(unseal_key(self.office, by, passphrase))
        self.log("rule.waived", signed.model_dump(mode="json"), now)
        return signed, keep(self.office, signed, f"{rule}-{today}"), found

    def log(self, kind: str, data: dict[str, Any], now: datetime) -> None:
        """An entry of the office's own ledger. Call it outside any event loop."""

        async def append() -> None:
            key = signing_key(self._signs)
            ledger = Ledger.open(self.office / "ledger.jsonl", key, NAME, now, lasting=True)
            try:
                await ledger.append(Entry(kind=kind, at=now, data=data))
            finally:
                await ledger.leave(now)

        asyncio.run(append())


def rules_by_id(packs: PackSet) -> dict[str, Rule]:
    """Every rule of all packs."""
    return {rule.id: rule for pack in packs for rule in pack.rules}


def _wrong(error: ValidationError) -> ContentError:
    detail = error.errors()[0]
    field = ".".join(str(part) for part in detail["loc"]) or "paper"
    what = str(detail["msg"]).removeprefix("Value error, ")
    return ContentError(f"{field}: {what}.", remedy="Correct it and sign again.")


def read_capture(path: Path) -> bytes:
    """The rule text that was read. Raises SetupError."""
    try:
        return path.read_bytes()
    except OSError as error:
        text = f"{path} cannot be read: {error.strerror}."
        raise SetupError(text, remedy="Name a file that is there.") from None
