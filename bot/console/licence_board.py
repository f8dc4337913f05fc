"""Licences as the console sees them: how each stands, where and how long its clone aired, what is owed, and
the performer's withdrawal. All methods block (disk); the web application calls them from a thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.airtime import AirtimeBook
from bot.compliance.account import Account
from bot.compliance.glance import Glance
from bot.dossier import UNSIGNED, Dossiers
from bot.performers import PerformerBook, Sales, amount_of, month_bounds, month_of
from persona.licence import FeeShare, Licence
from persona.sealing import LicenceStore
from products.errors import CastmateError, ContentError

if TYPE_CHECKING:
    from bot.papers.sheet import Sheet
    from bot.statement import Statement

State = Literal["holds", "withdrawn", "ended", "coming", "phrase", "unread"]
SLACK = timedelta(hours=1)  # a ledger's first entry comes before its show's first moment


@dataclass(frozen=True, slots=True)
class Card:
    """A licence on its page. `key`: what is sealed under it can still be opened; `why`: what stands against
    it, in words; `licence` None: its file cannot be used.
    """

    id: str
    licence: Licence | None
    state: State
    why: str
    key: bool
    account: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a licence's clone. `lacks_sales`: the fee is a share of sales, and nobody has said what the
    shows sold; `on_air`: shows under the licence that run now; `places`: where, and milliseconds;
    `waiting`: shows whose ledgers have not been read yet.
    """

    month: str
    before: str
    after: str | None
    statement: "Statement"
    sales: Sales | None
    lacks_sales: bool
    on_air: tuple[Glance, ...]
    places: tuple[tuple[str, int], ...]
    waiting: int


class LicenceBoard:
    """`store`: opens the licences anew (withdrawals are replayed); `withdraw`: the real one, of id and
    time.
    """

    def __init__(
        self,
        store: Callable[[], LicenceStore],
        withdraw: Callable[[str, datetime], object],
        dossiers: Dossiers,
        airtime: AirtimeBook,
        book: PerformerBook,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._withdraw, self._dossiers = store, withdraw, dossiers
        self._airtime, self.book, self.now = airtime, book, now

    # ---- how they stand

    def cards(self) -> tuple[Card, ...]:
        """All, those that hold first."""
        store = self._store()
        found = [self._card(store, name) for name in store.ids()]
        return tuple(sorted(found, key=lambda card: (card.state != "holds", card.id)))

    def mine(self, account: int) -> tuple[Card, ...]:
        """Those whose performer signs in with this account."""
        store, own = self._store(), set(self.book.of(account))
        return tuple(self._card(store, name) for name in store.ids() if name in own)

    def card(self, licence: str) -> Card:
        """Raises ContentError: there is no such licence."""
        store = self._store()
        if licence not in store.ids():
            raise ContentError(f"There is no licence {licence!r}.", remedy="Choose one of the list.")
        return self._card(store, licence)

    def own(self, licence: str, account: int) -> Card:
        """A performer's own. Raises ContentError for another's as for one that is not there."""
        if licence not in self.book.of(account):
            raise ContentError(f"There is no licence {licence!r}.", remedy="Choose one of the list.")
        return self.card(licence)

    def _card(self, store: LicenceStore, name: str) -> Card:
        account = self.book.account(name)
        try:
            found = store.read(store.path(name))
        except CastmateError as error:
            return Card(name, None, "unread", str(error), store.has_key(name), account)
        state, why = _standing(found, self.now())
        return Card(name, found, state, why, store.has_key(name), account)

    def name(self, licence: str, account: int | None, by: str) -> None:
        """Says which account the performer signs in with."""
        self.book.name(licence, account, by, self.now())

    def say_sales(self, licence: str, month: str, amount: str, by: str) -> None:
        """Says what a month's shows sold. Raises ContentError."""
        found = self.card(licence).licence
        if found is None or not isinstance(found.fee, FeeShare):
            raise ContentError(
                f"The fee of {licence} is no share of sales.", remedy="Nothing needs to be said."
            )
        self.book.say_sales(licence, month, amount_of(amount), by, self.now())

    # ---- what aired

    def month(self, card: Card, month: str) -> Month:
        """The month's airtime by the ledgers' intervals, as far as they have been read. Raises ContentError:
        no month; an unread licence.
        """
        since, until = month_bounds(month)
        sales = self.book.sales(card.id).get(month)
        folders, waiting = self._airtime.within_reach(self._near(since, until))
        amount = None if sales is None else sales.amount
        made = _stated(card, folders, self._airtime.account, self._whole, since, until, amount)
        places: dict[str, int] = {}
        for airing in made.airings:
            for place in airing.destinations:
                places[place] = places.get(place, 0) + airing.milliseconds
        return Month(
            month=month,
            before=month_of(since - timedelta(days=1)),
            after=month_of(until) if until <= self.now() else None,
            statement=made,
            sales=sales,
            lacks_sales=_shares(card) and sales is None,
            on_air=self.on_air(card.id),
            places=tuple(sorted(places.items(), key=lambda item: (-item[1], item[0]))),
            waiting=waiting,
        )

    def _whole(self, folder: Path) -> str:
        """As for papers, but that a show in its first minute on air has signed nothing yet."""
        why, seen = self._airtime.why(folder), self._dossiers.glance(folder)
        first = why == UNSIGNED and seen is not None and seen.running(self.now())
        return "" if first else why

    def _near(self, since: datetime, until: datetime) -> tuple[Glance, ...]:
        """Shows that may have aired in that time, the newest first."""
        return tuple(g for g in self._dossiers.glances() if g.begun < until and g.last + SLACK > since)

    def on_air(self, licence: str) -> tuple[Glance, ...]:
        """Shows under the licence that run now, by their ledgers."""
        running = [g for g in self._dossiers.glances() if g.running(self.now())]
        return tuple(g for g in running if self._under(g.folder) == licence)

    def _under(self, folder: str) -> str:
        try:
            return self._airtime.account(self._dossiers.folder(folder)).licence
        except CastmateError:
            return ""

    def paper(self, card: Card, month: str, language: str) -> "Sheet":
        """The month's statement, every ledger read and verified as it is written. Raises ContentError: sales
        are not known.
        """
        from bot.statement import statement_paper

        since, until = month_bounds(month)
        sales = self.book.sales(card.id).get(month)
        if _shares(card) and sales is None:
            text = (
                f"Nobody has said what the shows under {card.id} sold in {month}: the fee is a share of it."
            )
            raise ContentError(text, remedy="The shop says it on its page of licences.")
        folders = [self._dossiers.folder(g.folder) for g in self._near(since, until)]
        amount = None if sales is None else sales.amount
        read, whole = self._dossiers.account, self._dossiers.broken
        return statement_paper(
            _stated(card, folders, read, whole, since, until, amount), language, self.now()
        )

    # ---- the end

    def withdraw(self, card: Card) -> tuple[Glance, ...]:
        """The performer's withdrawal. Returns the shows that are to end by it. Raises SetupError: the key
        could not be destroyed.
        """
        running = self.on_air(card.id)
        self._withdraw(card.id, self.now())
        return running


def _stated(
    card: Card,
    folders: Sequence[Path],
    read: Callable[[Path], Account],
    whole: Callable[[Path], str],
    since: datetime,
    until: datetime,
    sales: Decimal | None,
) -> "Statement":
    """The statement of these shows. Raises ContentError: the licence's file cannot be used."""
    from bot.statement import state

    if card.licence is None:
        raise ContentError(card.why, remedy="Mend the licence's files first.")
    licence = card.licence
    if _shares(card) and sales is None:  # the airtime is known, what is owed is not
        licence = licence.model_copy(update={"fee": None})
    return state(licence, folders, read, whole, since, until, sales)


def _standing(licence: Licence, now: datetime) -> tuple[State, str]:
    why = "; ".join(f.message for f in licence.standing(now))
    if licence.withdrawn_at is not None:
        return "withdrawn", why
    if why:
        return ("coming" if now < licence.valid_from else "ended"), why
    spoken = licence.phrase is not None and licence.phrase.confirmed_at is not None
    if licence.kind == "show" and not spoken:
        return "phrase", ""
    return "holds", ""


def _shares(card: Card) -> bool:
    return card.licence is not None and isinstance(card.licence.fee, FeeShare)
