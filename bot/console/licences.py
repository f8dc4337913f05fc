"""The shop's page of licences, and the performer's own page: what aired, what is owed, the withdrawal.

A performer sees their own clone and nothing else: each address looks at whose account the licence names, and
another's is as if it were not there.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.licence_board import Card, LicenceBoard
from bot.console.licence_words import LICENCE_WORDS
from bot.console.roles import Right, Role
from bot.console.staff import Staff
from bot.performers import month_of
from products.errors import CastmateError, ContentError

T = TypeVar("T")
Text = Annotated[str, Form(max_length=400)]
MonthText = Annotated[str, Query(max_length=7)]
READERS = 2


class Licences:
    """What the routes do."""

    def __init__(self, staff: Staff, board: LicenceBoard) -> None:
        self.staff, self.board = staff, board
        self._readers = CapacityLimiter(READERS)

    async def read(self, act: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(act, limiter=self._readers)

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        shown = {"now": self.board.now(), **values}
        return self.staff.render(request, template, status=status, page_words=LICENCE_WORDS, **shown)

    async def note(self, request: Request, what: str, licence: str, **data: object) -> None:
        who, book = self.staff.who(request).account, self.staff.access.accounts.book
        await self.staff.call(lambda: book.record(what, who, None, licence=licence, **data))

    # ---- the shop's

    async def page(self, request: Request, *, status: int = 200, **values: object) -> Response:
        people = self.staff.access.accounts.people

        def look() -> dict[str, Any]:
            everybody = people.all()
            return {
                "cards": self.board.cards(),
                "performers": [p for p in everybody if p.role == Role.PERFORMER and p.closed_at is None],
                "names": {p.id: p.name for p in everybody},
                "this_month": month_of(self.board.now()),
            }

        found = await self.read(look)
        may_name = self.staff.access.may(request, Right.PEOPLE)
        return self.render(request, "licences.html", status=status, may_name=may_name, **{**found, **values})

    async def name(self, request: Request, licence: str, form: str, account: str) -> Response:
        """Says which account a licence's performer signs in with."""
        if not self.staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        chosen = int(account) if account.isdecimal() and len(account) < 16 else None
        by, people = self.staff.who(request), self.staff.access.accounts.people

        def act() -> None:
            row = None if chosen is None else people.get(chosen)
            if chosen is not None and (
                row is None or row.role != Role.PERFORMER or row.closed_at is not None
            ):
                raise ContentError("There is no such performer.", remedy="Choose one of the list.")
            self.board.name(licence, chosen, by.name)

        try:
            await self.read(act)
        except CastmateError as error:
            return await self.page(request, status=422, trouble=str(error))
        await self.staff.call(
            self.staff.access.accounts.book.record, "licence_named", by.account, chosen, licence=licence
        )
        return RedirectResponse("/licences?said=said_named", 303)

    async def sales(self, request: Request, licence: str, form: str, month: str, amount: str) -> Response:
        if not self.staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        by = self.staff.who(request).name
        try:
            await self.read(lambda: self.board.say_sales(licence, month, amount, by))
        except CastmateError as error:
            return await self.page(request, status=422, trouble=str(error))
        await self.note(request, "licence_sales", licence, month=month)
        return RedirectResponse("/licences?said=said_sales", 303)

    # ---- the performer's

    async def mine(
        self, request: Request, licence: str, month: str, *, status: int = 200, **values: Any
    ) -> Response:
        """The page of one's own clone. Without a licence in the address: the first that holds."""
        account, chosen = self.staff.who(request).account, month or month_of(self.board.now())

        def look() -> dict[str, Any]:
            cards = self.board.mine(account)
            card = next((c for c in cards if c.id == licence or not licence), None)
            if card is None:
                return {"cards": cards, "card": None, "found": None}
            return {
                "cards": cards,
                "card": card,
                "found": self.board.month(card, chosen) if card.licence else None,
            }

        try:
            found = await self.read(look)
        except CastmateError as error:
            found, status = {"cards": (), "card": None, "found": None}, 422
            values = {"trouble": str(error), **values}
        if licence and found["card"] is None and status == 200:
            status = 404
        return self.render(request, "my-clone.html", status=status, **{**found, **values})

    async def paper(self, request: Request, card: Callable[[], Card], month: str) -> Response:
        """The month's statement as PDF."""
        language, chosen = self.staff.pages.language(request, ""), month or month_of(self.board.now())

        def make() -> tuple[str, bytes]:
            found = card()
            return found.id, self.board.paper(found, chosen, language).pdf(self.board.now())

        name, made = await self.read(make)
        await self.note(request, "licence_statement", name, month=chosen)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}-{chosen}.pdf"',
            "Cache-Control": "no-store",
        }
        return Response(made, media_type="application/pdf", headers=headers)

    async def ask(self, request: Request, licence: str, *, status: int = 200, **values: Any) -> Response:
        """The first step: what a withdrawal does, and what runs now."""
        account = self.staff.who(request).account

        def look() -> dict[str, Any]:
            card = self.board.own(licence, account)
            return {"card": card, "on_air": self.board.on_air(card.id)}

        try:
            found = await self.read(look)
        except CastmateError as error:
            return await self.mine(request, "", "", status=404, trouble=error.message)
        return self.render(request, "withdraw.html", status=status, **{**found, **values})

    async def withdraw(self, request: Request, licence: str, form: str, sure: str) -> Response:
        """The second step: the key is destroyed, and shows under the licence end. Never undone."""
        if not self.staff.form_holds(request, form):
            return await self.mine(request, licence, "", status=403, trouble="form_old")
        if sure != licence:
            return await self.ask(request, licence, status=422, trouble="lic_say_it")
        who = self.staff.who(request)
        try:
            ending = await self.read(lambda: self.board.withdraw(self.board.own(licence, who.account)))
        except ContentError as error:
            return await self.mine(request, "", "", status=404, trouble=error.message)
        except CastmateError as error:
            return await self.ask(request, licence, status=500, trouble=str(error))
        await self.note(request, "licence_withdrawn", licence, shows=len(ending))
        return RedirectResponse(f"/my-clone/{licence}?said=said_withdrawn", 303)


def add_licences(app: FastAPI, board: LicenceBoard) -> None:
    """Adds the pages to an application of bot/console/app.py."""
    app.include_router(licences_router(Licences(Staff(app.state.pages, app.state.access), board)))


def licences_router(pages: Licences) -> APIRouter:
    router, staff, board = APIRouter(include_in_schema=False), pages.staff, pages.board

    @router.get("/licences", response_class=HTMLResponse)
    async def all_of_them(request: Request) -> Response:
        return await pages.page(request)

    @router.post("/licences/{licence}/performer")
    async def performer(request: Request, licence: str, form: Text = "", account: Text = "") -> Response:
        return await pages.name(request, licence, form, account)

    @router.post("/licences/{licence}/sales")
    async def sales(
        request: Request, licence: str, form: Text = "", month: Text = "", amount: Text = ""
    ) -> Response:
        return await pages.sales(request, licence, form, month, amount)

    @router.get("/licences/{licence}/statement")
    async def statement(request: Request, licence: str, month: MonthText = "") -> Response:
        try:
            return await pages.paper(request, lambda: board.card(licence), month)
        except CastmateError as error:
            return await pages.page(request, status=422, trouble=str(error))

    @router.get("/my-clone", response_class=HTMLResponse)
    async def mine(request: Request, month: MonthText = "") -> Response:
        return await pages.mine(request, "", month)

    @router.get("/my-clone/{licence}", response_class=HTMLResponse)
    async def one(request: Request, licence: str, month: MonthText = "") -> Response:
        return await pages.mine(request, licence, month)

    @router.get("/my-clone/{licence}/statement")
    async def my_statement(request: Request, licence: str, month: MonthText = "") -> Response:
        account = staff.who(request).account
        try:
            return await pages.paper(request, lambda: board.own(licence, account), month)
        except CastmateError as error:
            return await pages.mine(request, licence, "", status=422, trouble=str(error))

    @router.get("/my-clone/{licence}/withdraw", response_class=HTMLResponse)
    async def ask(request: Request, licence: str) -> Response:
        return await pages.ask(request, licence)

    @router.post("/my-clone/{licence}/withdraw")
    async def withdraw(request: Request, licence: str, form: Text = "", sure: Text = "") -> Response:
        return await pages.withdraw(request, licence, form, sure)

    return router
