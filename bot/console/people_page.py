"""The shop's people, who is invited, and what was done: pages of owners and compliance staff."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.account_page import picture_of
from bot.console.roles import Role
from bot.console.staff import Number, Staff
from products.errors import ContentError

Text = Annotated[str, Form(max_length=400)]
SHOWN = 200


class Circle:
    """What the routes do."""

    def __init__(self, staff: Staff) -> None:
        self._staff, self._accounts = staff, staff.access.accounts

    async def page(self, request: Request, *, status: int = 200, **values: object) -> Response:
        accounts = self._accounts

        def read() -> dict[str, object]:
            people = accounts.people.all()
            return {
                "people": people,
                "keys": {row.id: len(accounts.passkeys.of(row.id or 0)) for row in people},
                "browsers": {row.id: accounts.sessions.of(row.id or 0) for row in people},
                "invitations": accounts.people.open_invitations(),
                "roles": tuple(Role),
            }

        return self._staff.render(
            request, "people.html", status=status, **{**await self._staff.call(read), **values}
        )

    async def do(self, request: Request, form: str, act: Callable[[], object], said: str) -> Response:
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        try:
            await self._staff.call(act)
        except ContentError as error:
            return await self.page(request, status=422, trouble=error.message)
        self._staff.access.forget()
        return RedirectResponse(f"/people?said={said}", 303)

    async def link(self, request: Request, form: str, make: Callable[[], str], kind: str) -> Response:
        """Makes a link and shows it, this once."""
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        try:
            key = await self._staff.call(make)
        except ContentError as error:
            return await self.page(request, status=422, trouble=error.message)
        address = f"{request.url.scheme}://{request.headers.get('host', '')}/join?key={key}"
        return await self.page(request, link=address, link_kind=kind, picture=picture_of(address))


def people_router(staff: Staff) -> APIRouter:
    router, circle, accounts = APIRouter(include_in_schema=False), Circle(staff), staff.access.accounts

    @router.get("/people", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return await circle.page(request)

    @router.post("/people/invite")
    async def invite(request: Request, form: Text = "", name: Text = "", role: Text = "") -> Response:
        by = staff.who(request).account
        if role not in set(Role) or not name.strip():
            return await circle.page(request, status=422, trouble="invite_incomplete")
        return await circle.link(
            request, form, lambda: accounts.people.invite(name, Role(role), by), "invited"
        )

    @router.post("/people/invitations/{invitation}/withdraw")
    async def withdraw(request: Request, invitation: Number, form: Text = "") -> Response:
        by = staff.who(request).account
        return await circle.do(
            request, form, lambda: accounts.people.withdraw(invitation, by), "said_removed"
        )

    @router.post("/people/{account}/role")
    async def role(request: Request, account: Number, form: Text = "", role: Text = "") -> Response:
        by = staff.who(request).account
        if role not in set(Role):
            return await circle.page(request, status=422, trouble="invite_incomplete")
        return await circle.do(
            request, form, lambda: accounts.people.give_role(account, Role(role), by), "said_role"
        )

    @router.post("/people/{account}/reset")
    async def reset(request: Request, account: Number, form: Text = "") -> Response:
        by = staff.who(request).account
        return await circle.link(request, form, lambda: accounts.people.reset(account, by), "reset")

    @router.post("/people/{account}/sign-out")
    async def sign_out(request: Request, account: Number, form: Text = "") -> Response:
        by = staff.who(request).account
        return await circle.do(
            request, form, lambda: accounts.sessions.end_all(account, by), "said_signed_out"
        )

    @router.post("/people/{account}/close")
    async def close(request: Request, account: Number, form: Text = "") -> Response:
        by = staff.who(request).account
        return await circle.do(request, form, lambda: accounts.people.close(account, by), "said_closed")

    @router.get("/acts", response_class=HTMLResponse)
    async def acts(request: Request) -> Response:
        def read() -> dict[str, Any]:
            return {
                "acts": accounts.book.events(SHOWN),
                "names": {row.id: row.name for row in accounts.people.all()},
            }

        return staff.render(request, "acts.html", **await staff.call(read))

    return router
