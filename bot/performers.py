"""What the console keeps beside a licence: which account its performer signs in with, and what a month sold.

    data/licences/ID/performer.json   {"account", "by", "at"}; gone or empty: nobody
    data/licences/ID/sales.jsonl      {"month", "amount", "by", "at"} a line; a month's last line counts

Not sealed with the licence's key: both must be readable after a withdrawal has destroyed it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from products.errors import ContentError, SetupError


@dataclass(frozen=True, slots=True)
class Sales:
    """What the shows under a licence sold in a month (UTC), in the fee's currency, and who said so when."""

    month: str
    amount: Decimal
    by: str
    at: datetime


class PerformerBook:
    """`licences`: the folder of all licences. Methods raise SetupError where the disk refuses."""

    def __init__(self, licences: Path) -> None:
        self._licences = licences

    def account(self, licence: str) -> int | None:
        """Whose account it is; None: nobody was named."""
        path = self._licences / licence / "performer.json"
        try:
            found = json.loads(path.read_text("utf-8"))["account"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise SetupError(
                f"{path} cannot be read.", remedy="Name the performer anew on /licences."
            ) from None
        return found if isinstance(found, int) else None

    def of(self, account: int) -> tuple[str, ...]:
        """Ids of the licences whose performer signs in with this account."""
        found = (p.parent.name for p in self._licences.glob("*/performer.json"))
        return tuple(sorted(name for name in found if self.account(name) == account))

    def name(self, licence: str, account: int | None, by: str, at: datetime) -> None:
        """Says whose account it is from now on; None: nobody's. Raises ContentError: no such licence."""
        path = self._folder(licence) / "performer.json"
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_text(json.dumps({"account": account, "by": by, "at": at.isoformat()}) + "\n", "utf-8")
            fresh.replace(path)
        except OSError as error:
            raise _refused(path, error) from None

    def sales(self, licence: str) -> Mapping[str, Sales]:
        """By month ("2026-11"). Raises SetupError naming a line that is none: money is never guessed."""
        path, found = self._licences / licence / "sales.jsonl", {}
        try:
            lines = path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _refused(path, error) from None
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
                one = Sales(
                    raw["month"], amount_of(raw["amount"]), raw["by"], datetime.fromisoformat(raw["at"])
                )
            except (ValueError, KeyError, TypeError, ContentError):
                text = f"{path}, line {number}: this says no month's sales."
                raise SetupError(text, remedy="Restore the file from a copy.") from None
            found[one.month] = one
        return found

    def say_sales(self, licence: str, month: str, amount: Decimal, by: str, at: datetime) -> None:
        """Writes down what a month sold; what was said of it before stays in the file. ContentError."""
        month_bounds(month)
        path = self._folder(licence) / "sales.jsonl"
        line = json.dumps(
            {"month": month, "amount": str(amount), "by": by, "at": at.isoformat()}, ensure_ascii=False
        )
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _refused(path, error) from None

    def _folder(self, licence: str) -> Path:
        folder = self._licences / licence
        if licence != folder.name or not (folder / "licence.yaml").is_file():
            raise ContentError(f"There is no licence {licence!r}.", remedy="Choose one of the list.")
        return folder


def amount_of(text: str) -> Decimal:
    """An amount of money, 0 or more. Raises ContentError."""
    try:
        amount = Decimal(str(text).strip())
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12:
        raise ContentError(f"{text!r} is no amount.", remedy="Write a number such as 12034.50.")
    return amount


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of a month ("2026-11", UTC), and the first after it. Raises ContentError."""
    try:
        if len(month) != 7:
            raise ValueError(month)
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        if not 2000 <= first.year < 2200:
            raise ValueError(month)
    except ValueError:
        raise ContentError(f"{month!r} is no month.", remedy="Write it as 2026-11.") from None
    return first, first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def month_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m")


def _refused(path: Path, error: OSError) -> SetupError:
    return SetupError(f"{path} cannot be used: {error.strerror or error}.", remedy="Check folder and disk.")
