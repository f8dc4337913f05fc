"""Ways in: the first set-up, invitations, password and code, passkeys; and the way out."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.console.account_tables import AccountRow
from bot.console.courtesy import RateLimit
from bot.console.credentials import fold
from bot.console.guard import browser_of
from bot.console.passkeys import Ceremonies
from bot.console.staff import Staff, inside, site_of
from products.errors import ContentError

Text = Annotated[str, Form(max_length=300)]
BURST, PER_SECOND = 30, 0.5


class Answer(BaseModel):
    """What a browser's authenticator gave. `credential`: PublicKeyCredential.toJSON()."""

    model_config = ConfigDict(extra="forbid")

    ceremony: Annotated[str, Field(max_length=60)]
    credential: dict[str, Any]
    name: Annotated[str, Field(max_length=100)] = ""


class Ways:
    """What the routes do."""

    def __init__(self, staff: Staff, ceremonies: Ceremonies) -> None:
        self._staff, self._access, self._ceremonies = staff, staff.access, ceremonies
        self._accounts = staff.access.accounts
        self._per_address = RateLimit(BURST, PER_SECOND)

    def too_often(self, request: Request) -> float:
        """Seconds to wait for who asks too much; 0.0: none."""
        return self._per_address.wait(_address(request), self._access.clock.time())

    async def password(self, request: Request, name: str, password: str, to: str) -> Response:
        people, doorkeeper = self._accounts.people, self._access.doorkeeper
        account = await self._staff.call(people.by_login, name)
        login, address, now = fold(name)[:80], _address(request), self._access.clock.time()
        known = self._access.known_device(request, None if account is None else account.id)
        if (wait := doorkeeper.wait(login, address, known, now)) > 0:
            return self._wait(request, "sign-in.html", wait, to)
        doorkeeper.tried(login, address, known, now)
        checked = await self._staff.hash(lambda: self._accounts.secrets.check_password(account, password))
        if checked is None:
            about = None if account is None else account.id
            await self._staff.call(self._accounts.book.record, "sign_in_refused", None, about)
            return self._staff.render(
                request, "sign-in.html", status=401, trouble="sign_in_wrong", next=to, name=name
            )
        doorkeeper.right(login, known)
        stage = "code" if checked.code else "full"
        token = await self._staff.call(
            self._accounts.sessions.begin, checked.account, "password", browser_of(request), stage=stage
        )
        if checked.code:
            answer = RedirectResponse(f"/sign-in/code?next={quote(to)}", 303)
            self._access.sign_in(answer, token)
            return answer
        return self._staff.signed_in(token, checked.account, to)

    async def owes_code(self, request: Request) -> tuple[int, int] | None:
        held = request.cookies.get(self._access.cookie_name(), "")
        return await self._staff.call(self._accounts.sessions.pending, held)

    async def code(self, request: Request, code: str, to: str) -> Response:
        owed = await self.owes_code(request)
        if owed is None:
            return RedirectResponse("/sign-in", 303)
        account, session = owed
        login, now, doorkeeper = f"code {account}", self._access.clock.time(), self._access.doorkeeper
        known = self._access.known_device(request, account)
        if (wait := doorkeeper.wait(login, _address(request), known, now)) > 0:
            return self._wait(request, "code.html", wait, to)
        doorkeeper.tried(login, _address(request), known, now)
        if not await self._staff.call(self._accounts.secrets.check_code, account, code):
            await self._staff.call(self._accounts.book.record, "code_refused", None, account)
            return self._staff.render(request, "code.html", status=401, trouble="code_wrong", next=to)
        doorkeeper.right(login, known)
        token = await self._staff.call(
            self._accounts.sessions.begin,
            account,
            "password and code",
            browser_of(request),
            turned_from=session,
        )
        return self._staff.signed_in(token, account, to)

    def _wait(self, request: Request, template: str, seconds: float, to: str) -> Response:
        minutes = int(seconds // 60) + 1
        answer = self._staff.render(
            request, template, status=429, trouble="sign_in_wait", minutes=minutes, next=to
        )
        answer.headers["Retry-After"] = str(int(seconds) + 1)
        return answer

    async def passkey(self, request: Request, body: Answer) -> Response:
        site = site_of(request)
        challenge = self._ceremonies.end(body.ceremony, None, self._access.clock.time())
        account = await self._staff.call(
            self._accounts.passkeys.authenticate, site, challenge, body.credential
        )
        who = self._access.who(request)
        if who is not None and who.account == account.id and who.only is None:  # shown again: "it is me"
            await self._staff.call(self._accounts.sessions.prove, who.session, "passkey")
            self._access.forget()
            return JSONResponse({"ok": True})
        token = await self._begin(request, account, "passkey")
        answer = JSONResponse({"ok": True})
        self._access.sign_in(answer, token)
        self._access.know_device(answer, account.id or 0)
        return answer

    async def set_up(self, request: Request, key: str, name: str, password: str) -> Response:
        secrets, people = self._accounts.secrets, self._accounts.people
        if not self._access.setting_up(key) or await self._staff.call(people.begun):
            return RedirectResponse("/sign-in", 303)
        try:
            kept = await self._staff.hash(lambda: secrets.new_password(password, name))
            account = await self._staff.call(people.found, name, kept)
        except ContentError as error:
            return self._staff.render(
                request, "set-up.html", status=422, trouble=error.message, key=key, name=name
            )
        return self._staff.signed_in(
            await self._begin(request, account, "set-up"), account.id or 0, "/account?said=said_set_up"
        )

    async def join(self, request: Request, key: str, name: str, password: str) -> Response:
        secrets, people = self._accounts.secrets, self._accounts.people
        invited = await self._staff.call(people.invited, key)
        if invited is None:
            return self._staff.render(request, "join.html", status=410, invited=None)
        shown = invited.name if invited.account is not None else name
        try:
            kept = await self._staff.hash(lambda: secrets.new_password(password, shown))
            account = await self._staff.call(people.accept, key, shown, kept)
        except ContentError as error:
            return self._staff.render(
                request, "join.html", status=422, trouble=error.message, invited=invited, key=key, name=name
            )
        self._access.forget()
        return self._staff.signed_in(
            await self._begin(request, account, "invitation"), account.id or 0, "/home"
        )

    async def _begin(self, request: Request, account: AccountRow, how: str) -> str:
        sessions = self._accounts.sessions
        return await self._staff.call(sessions.begin, account.id or 0, how, browser_of(request))


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def sign_in_router(staff: Staff, ceremonies: Ceremonies) -> APIRouter:
    router, ways, accounts = (
        APIRouter(include_in_schema=False),
        Ways(staff, ceremonies),
        staff.access.accounts,
    )

    @router.get("/sign-in", response_class=HTMLResponse)
    async def page(request: Request, next: str = "/home") -> Response:
        if staff.access.who(request) is not None:
            return RedirectResponse(inside(next), 303)
        return staff.render(request, "sign-in.html", next=inside(next))

    @router.post("/sign-in")
    async def sign_in(request: Request, name: Text = "", password: Text = "", next: Text = "") -> Response:
        return await ways.password(request, name, password, inside(next))

    @router.get("/sign-in/code", response_class=HTMLResponse)
    async def code_page(request: Request, next: str = "/home") -> Response:
        if await ways.owes_code(request) is None:
            return RedirectResponse("/sign-in", 303)
        return staff.render(request, "code.html", next=inside(next))

    @router.post("/sign-in/code")
    async def code(request: Request, code: Text = "", next: Text = "") -> Response:
        return await ways.code(request, code, inside(next))

    @router.post("/sign-in/passkey/options")
    async def options(request: Request) -> Response:
        if ways.too_often(request) > 0:
            return JSONResponse({"ok": False, "why": "slower"}, 429)
        ceremony, challenge = ceremonies.begin(None, staff.access.clock.time())
        asked = accounts.passkeys.authentication(site_of(request), challenge)
        return JSONResponse({"ok": True, "ceremony": ceremony, "options": asked})

    @router.post("/sign-in/passkey")
    async def passkey(request: Request, body: Answer) -> Response:
        if ways.too_often(request) > 0:
            return JSONResponse({"ok": False, "why": "slower"}, 429)
        try:
            return await ways.passkey(request, body)
        except ContentError as error:
            return JSONResponse({"ok": False, "why": error.message}, 401)

    @router.post("/sign-out")
    async def sign_out(request: Request, form: Text = "") -> Response:
        answer = RedirectResponse("/sign-in" if accounts.lasting else "/", 303)
        who = staff.access.who(request)
        if who is None or not staff.form_holds(request, form):
            return RedirectResponse("/home", 303)
        await staff.call(accounts.sessions.end, who.account, who.session)
        staff.access.forget()
        staff.access.sign_out(answer)
        return answer

    @router.get("/set-up", response_class=HTMLResponse)
    async def set_up_page(request: Request, key: str = "") -> Response:
        begun = await staff.call(accounts.people.begun)
        if begun or not staff.access.setting_up(key):
            return RedirectResponse("/sign-in", 303)
        return staff.render(request, "set-up.html", key=key)

    @router.post("/set-up")
    async def set_up(request: Request, key: Text = "", name: Text = "", password: Text = "") -> Response:
        return await ways.set_up(request, key, name, password)

    @router.get("/join", response_class=HTMLResponse)
    async def join_page(request: Request, key: str = "") -> Response:
        invited = await staff.call(accounts.people.invited, key)
        return staff.render(request, "join.html", status=200 if invited else 410, invited=invited, key=key)

    @router.post("/join")
    async def join(request: Request, key: Text = "", name: Text = "", password: Text = "") -> Response:
        if ways.too_often(request) > 0:
            return staff.render(request, "join.html", status=429, invited=None, trouble="slower")
        return await ways.join(request, key, name, password)

    return router
