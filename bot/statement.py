"""What a performer is owed: airtime of their clone over all shows' ledgers, fees in decimal arithmetic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from bot.compliance.account import AI, DUET, Account, chosen, clock
from bot.dossier import TRIES
from bot.papers.sheet import MARGIN, Sheet
from bot.papers.wording import Words, words
from persona.licence import FeePerMinute, FeeShare, Licence
from products.errors import CastmateError, ContentError

WHOLE = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
)  # ISO 4217: no cents
THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
MOST_PRODUCTS = 60  # on paper


@dataclass(frozen=True, slots=True)
class Airing:
    """One show under the licence. `milliseconds` with the clone on air, alone or beside a person; `products`:
    handle and milliseconds of lines about it, the longest first.
    """

    show: str
    folder: str
    start: datetime
    destinations: tuple[str, ...]
    milliseconds: int
    products: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """`fee`: in `currency`, rounded once; None: no fee was agreed. `left_out`: shows whose ledger does not
    count, each with its reason.
    """

    licence: Licence
    since: datetime | None
    until: datetime | None
    airings: tuple[Airing, ...]
    left_out: tuple[str, ...]
    sales: Decimal | None
    fee: Decimal | None
    currency: str

    @property
    def milliseconds(self) -> int:
        return sum(a.milliseconds for a in self.airings)

    @property
    def products(self) -> tuple[tuple[str, int], ...]:
        """Handles and milliseconds of lines about them over all shows, the longest first."""
        spoken: dict[str, int] = {}
        for airing in self.airings:
            for name, milliseconds in airing.products:
                spoken[name] = spoken.get(name, 0) + milliseconds
        return tuple(sorted(spoken.items(), key=lambda item: (-item[1], item[0])))

    def record(self) -> dict[str, Any]:
        """JSON-ready; amounts as text, so that no program reads them as floats."""
        return {
            "licence": self.licence.id,
            "performer": self.licence.performer,
            "from": None if self.since is None else self.since.isoformat(),
            "to": None if self.until is None else self.until.isoformat(),
            "airtime_ms": self.milliseconds,
            "sales": None if self.sales is None else str(self.sales),
            "fee": None if self.fee is None else str(self.fee),
            "currency": self.currency,
            "shows": [
                {
                    "show": a.show,
                    "folder": a.folder,
                    "start": a.start.isoformat(),
                    "destinations": list(a.destinations),
                    "airtime_ms": a.milliseconds,
                    "products": [{"product": name, "spoken_ms": spoken} for name, spoken in a.products],
                }
                for a in self.airings
            ],
            "left_out": list(self.left_out),
        }


def fee_of(licence: Licence, milliseconds: int, sales: Decimal | None) -> Decimal | None:
    """What is owed, rounded half up to the currency's smallest unit. ContentError when sales are needed."""
    fee = licence.fee
    if fee is None:
        return None
    if isinstance(fee, FeePerMinute):
        return _rounded(fee.amount * Decimal(milliseconds) / Decimal(60_000), fee.currency)
    if sales is None:
        text = f"The fee of {licence.id} is a share of sales, which no ledger knows."
        raise ContentError(text, remedy=f"Give what these shows sold: --sales AMOUNT (in {fee.currency}).")
    if not sales.is_finite() or sales < 0:
        raise ContentError(f"{sales} is no amount of sales.", remedy="Write a number such as 12034.50.")
    return _rounded(fee.share * sales, fee.currency)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    places = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def airing(account: Account, folder: str, since: datetime | None, until: datetime | None) -> Airing:
    """The clone's time on air in one show, as far as it lies in the period."""
    low = None if since is None else (since - account.start).total_seconds()
    high = None if until is None else (until - account.start).total_seconds()
    on = (s for s in chosen(account.spans, ("host",), low, high) if s.state in (AI, DUET))
    milliseconds = sum(round(s.seconds * 1000) for s in on)
    products = _products(account, low, high)
    return Airing(account.show, folder, account.start, account.destinations, milliseconds, products)


def _products(account: Account, low: float | None, high: float | None) -> tuple[tuple[str, int], ...]:
    """How long each product was spoken of in that window of seconds."""
    spoken: dict[str, int] = {}
    for said in account.said:
        since = said.since if low is None else max(said.since, low)
        until = said.until if high is None else min(said.until, high)
        if until > since:
            spoken[said.product] = spoken.get(said.product, 0) + round((until - since) * 1000)
    return tuple(sorted(spoken.items(), key=lambda item: (-item[1], item[0])))


def state(
    licence: Licence,
    folders: Sequence[Path],
    read: Callable[[Path], Account],
    whole: Callable[[Path], str],
    since: datetime | None,
    until: datetime | None,
    sales: Decimal | None,
) -> Statement:
    """Over all shows. `read`: a folder's account; `whole`: why its ledger does not count, "" when it
    does.
    """
    airings, left_out = [], []
    for folder in sorted(f for f in folders if not f.name.startswith(TRIES)):
        try:
            account = read(folder)
        except CastmateError as error:
            left_out.append(f"{folder.name}: {error.message}")
            continue
        if account.licence != licence.id:
            continue
        found, why = airing(account, folder.name, since, until), whole(folder)
        if why:
            left_out.append(f"{folder.name}: {why}")
        elif found.milliseconds:
            airings.append(found)
    total = sum(a.milliseconds for a in airings)
    currency = "" if licence.fee is None else licence.fee.currency
    fee = fee_of(licence, total, sales)
    return Statement(licence, since, until, tuple(airings), tuple(left_out), sales, fee, currency)


def statement_paper(statement: Statement, language: str, at: datetime) -> Sheet:
    """The statement to send to the performer, ready to save."""
    w, licence = words(language), statement.licence
    made = w["made"].format(at=f"{at:%Y-%m-%d %H:%M:%S} UTC")
    sheet = Sheet(f"{w['statement']}: {licence.id}", f"{licence.id} · {made}")
    sheet.y += 12
    sheet.put(MARGIN, sheet.y, w["statement"], 20, bold=True)
    sheet.y += 8
    ends = [f"{t:%Y-%m-%d %H:%M} UTC" if t is not None else "…" for t in (statement.since, statement.until)]
    sheet.pairs(
        (
            (w["performer"], licence.performer),
            (w["licence"], licence.id),
            (w["period"], " – ".join(ends)),
            (w["rate"], _rate(licence, w)),
        )
    )
    sheet.heading(w["airtime"])
    rows = [
        (
            f"{a.start:%Y-%m-%d %H:%M}",
            f"{a.show} ({a.folder})",
            ", ".join(a.destinations),
            _time(a.milliseconds),
        )
        for a in statement.airings
    ]
    head = (w["start"], w["show"], w["where"], w["minutes"])
    sheet.table(head, [*rows, (w["total"], "", "", _time(statement.milliseconds))], (0.2, 0.42, 0.2, 0.18))
    if spoken := statement.products:
        sheet.heading(w["products"])
        told = [(name, clock(milliseconds / 1000)) for name, milliseconds in spoken[:MOST_PRODUCTS]]
        sheet.table((w["product"], w["spoken"]), told, (0.7, 0.3))
        if len(spoken) > MOST_PRODUCTS:
            sheet.paragraph(f"+ {len(spoken) - MOST_PRODUCTS}", 8)
    sheet.heading(w["fee"])
    if statement.sales is not None:
        sheet.pairs(((w["sales"], f"{statement.sales} {statement.currency}"),))
    owed = w["none"] if statement.fee is None else f"{statement.fee} {statement.currency}"
    sheet.y += 6
    sheet.paragraph(f"{w['total']}: {owed}", 13, bold=True)
    sheet.y += 6
    sheet.paragraph(w["how"], 8)
    if statement.left_out:
        sheet.y += 8
        sheet.paragraph(w["not_counted"], 9, bold=True)
        for line in statement.left_out:
            sheet.paragraph(line, 8)
    return sheet


def _rate(licence: Licence, w: Words) -> str:
    fee = licence.fee
    if isinstance(fee, FeePerMinute):
        return w["per_minute"].format(amount=fee.amount, currency=fee.currency)
    if isinstance(fee, FeeShare):
        return w["share"].format(share=f"{fee.share * 100:f}", currency=fee.currency)
    return w["none"]


def _time(milliseconds: int) -> str:
    minutes = (Decimal(milliseconds) / 60_000).quantize(Decimal("0.001"))
    return f"{clock(milliseconds / 1000)}  ({minutes})"
