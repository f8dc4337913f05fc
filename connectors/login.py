"""How an account is logged in: what a connector asks of the person before the terminal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from connectors.account import Account
from connectors.outside import Outside


class Operator(Protocol):
    """The person who logs in."""

    def tell(self, text: str) -> None:
        """Shows words; they hold no secret."""

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        """What the person types; a secret is not shown while typed."""

    def show_page(self, url: str) -> None:
        """Opens a page in the person's browser where there is one, and shows its address."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that an account needs and that a person types. `where`: where it is to be found. A field that
    is there already is not asked for again unless the login is begun anew.
    """

    name: str
    question: str
    where: str = ""
    secret: bool = True
    needed: bool = True


Login = Callable[[Account, Outside, Operator], Awaitable[None]]


async def ask_fields(fields: tuple[Field, ...], account: Account, operator: Operator) -> None:
    """Asks for what the account lacks, and keeps it. Empty answers to what is not needed are left out."""
    for field in fields:
        if account.has(field.name):
            continue
        if field.where:
            operator.tell(field.where)
        value = operator.ask(field.question, secret=field.secret).strip()
        while field.needed and not value:
            value = operator.ask(f"{field.question} (needed)", secret=field.secret).strip()
        if value:
            account.keep(**{field.name: value})
