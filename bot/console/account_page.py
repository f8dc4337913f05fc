"""One's own account: passkeys, codes, password, browsers, API tokens; and the start page."""

from collections.abc import Callable
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from bot.console.credentials import new_totp, totp_uri
from bot.console.passkeys import Ceremonies
from bot.console.roles import Scope, scopes_of
from bot.console.sign_in import Answer
from bot.console.staff import Number, Staff, inside, site_of
from bot.console.tokens import DAYS
from products.errors import ContentError, SetupError

Text = Annotated[str, Form(max_length=400)]


def picture_of(text: str) -> str:
    """A QR code as a data address. White around it also on dark pages: cameras need it."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", unit="")


class Mine:
    """What the routes do."""

    def __init__(self, staff: Staff) -> None:
        self._staff, self.accounts = staff, staff.access.accounts

    async def page(self, request: Request, *, status: int = 200, **values: object) -> Response:
        who, accounts = self._staff.who(request), self.accounts

        def read() -> dict[str, object]:
            return {
                "account": accounts.people.get(who.account),
                "passkeys": accounts.passkeys.of(who.account),
                "browsers": accounts.sessions.of(who.account),
                "tokens": accounts.tokens.of(who.account),
                "scopes": scopes_of(who.role),
                "days": DAYS,
            }

        return self._staff.render(
            request, "account.html", status=status, **{**await self._staff.call(read), **values}
        )

    async def do(
        self, request: Request, form: str, act: Callable[[], object], said: str, to: str = "/account"
    ) -> Response:
        """A form's act, then back to the page, which says so. With what was wrong, if it was."""
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        try:
            await self._staff.hash(act)
        except ContentError as error:
            return await self.page(request, status=422, trouble=error.message)
        self._staff.access.forget()
        return RedirectResponse(f"{to}?said={said}", 303)

    async def prove(self, request: Request, form: str, password: str, to: str) -> Response:
        """The password once more, before what is delicate."""
        who, access, secrets = self._staff.who(request), self._staff.access, self.accounts.secrets
        address = request.client.host if request.client else "?"
        login, now = f"prove {who.account}", access.clock.time()
        known = access.known_device(request, who.account)
        wait = access.doorkeeper.wait(login, address, known, now)
        if wait > 0 or not self._staff.form_holds(request, form):
            trouble = "slower" if wait > 0 else "form_old"
            return self._staff.render(request, "prove.html", status=403, trouble=trouble, next=to)
        access.doorkeeper.tried(login, address, known, now)
        account = await self._staff.call(self.accounts.people.get, who.account)
        checked = await self._staff.hash(lambda: secrets.check_password(account, password))
        if checked is None:
            await self._staff.call(self.accounts.book.record, "proof_refused", None, who.account)
            return self._staff.render(request, "prove.html", status=401, trouble="password_wrong", next=to)
        access.doorkeeper.right(login, known)
        await self._staff.call(self.accounts.sessions.prove, who.session, "password")
        access.forget()
        return RedirectResponse(to, 303)

    async def codes_begin(self, request: Request, form: str) -> Response:
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        return self._codes(request, new_totp())

    def _codes(self, request: Request, secret: str, trouble: str = "") -> Response:
        who = self._staff.who(request)
        issuer = f"Castmate {request.url.hostname or ''}".strip()
        return self._staff.render(
            request,
            "codes.html",
            status=422 if trouble else 200,
            trouble=trouble,
            secret=" ".join(secret[k : k + 4] for k in range(0, len(secret), 4)),
            sealed=self.accounts.secrets.begin_totp(who.account, secret),
            picture=picture_of(totp_uri(secret, who.name, issuer)),
            recovery=None,
        )

    async def codes(self, request: Request, form: str, sealed: str, code: str) -> Response:
        who, secrets = self._staff.who(request), self.accounts.secrets
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        try:
            secret = secrets.totp_begun(who.account, sealed)
        except SetupError:
            return await self.page(request, status=422, trouble="form_old")
        recovery = await self._staff.call(secrets.set_totp, who.account, secret, code, who.session)
        if recovery is None:
            return self._codes(request, secret, "code_wrong")
        self._staff.access.forget()
        return self._staff.render(request, "codes.html", recovery=recovery)

    async def token(self, request: Request, form: str, name: str, scopes: list[str], days: int) -> Response:
        who, tokens = self._staff.who(request), self.accounts.tokens
        if not self._staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        try:
            asked = [Scope(s) for s in scopes if s in set(Scope)]
            made = await self._staff.call(tokens.make, who.account, name, asked, days)
        except ContentError as error:
            return await self.page(request, status=422, trouble=error.message)
        return await self.page(request, new_token=made)


def account_router(staff: Staff, ceremonies: Ceremonies) -> APIRouter:
    router, mine, accounts = APIRouter(include_in_schema=False), Mine(staff), staff.access.accounts

    @router.get("/home", response_class=HTMLResponse)
    async def home(request: Request) -> Response:
        return staff.render(request, "home.html")

    @router.get("/account", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return await mine.page(request)

    @router.get("/account/prove", response_class=HTMLResponse)
    async def prove_page(request: Request, next: str = "/account") -> Response:
        who = staff.who(request)
        has_keys = bool(await staff.call(accounts.passkeys.of, who.account))
        return staff.render(request, "prove.html", next=inside(next), has_keys=has_keys)

    @router.post("/account/prove")
    async def prove(request: Request, form: Text = "", password: Text = "", next: Text = "") -> Response:
        return await mine.prove(request, form, password, inside(next))

    @router.post("/account/password")
    async def password(request: Request, form: Text = "", password: Text = "") -> Response:
        who = staff.who(request)

        def act() -> None:
            accounts.secrets.set_password(who.account, password, who.name, who.session)

        return await mine.do(request, form, act, "said_password")

    @router.post("/account/codes/begin")
    async def codes_begin(request: Request, form: Text = "") -> Response:
        return await mine.codes_begin(request, form)

    @router.post("/account/codes")
    async def codes(request: Request, form: Text = "", sealed: Text = "", code: Text = "") -> Response:
        return await mine.codes(request, form, sealed, code)

    @router.post("/account/codes/off")
    async def codes_off(request: Request, form: Text = "") -> Response:
        who = staff.who(request)
        return await mine.do(request, form, lambda: accounts.secrets.drop_totp(who.account), "said_codes_off")

    @router.post("/account/passkeys/options")
    async def options(request: Request) -> Response:
        who, site = staff.who(request), site_of(request)
        ceremony, challenge = ceremonies.begin(who.account, staff.access.clock.time())
        title = staff.access.settings.title
        try:
            asked = await staff.call(accounts.passkeys.registration, who.account, site, title, challenge)
        except ContentError as error:
            return JSONResponse({"ok": False, "why": error.message}, 422)
        return JSONResponse({"ok": True, "ceremony": ceremony, "options": asked})

    @router.post("/account/passkeys")
    async def add_passkey(request: Request, body: Answer) -> Response:
        who, site = staff.who(request), site_of(request)
        try:
            challenge = ceremonies.end(body.ceremony, who.account, staff.access.clock.time())
            await staff.call(
                accounts.passkeys.register, who.account, site, challenge, body.credential, body.name
            )
        except ContentError as error:
            return JSONResponse({"ok": False, "why": error.message}, 422)
        return JSONResponse({"ok": True})

    @router.post("/account/passkeys/{passkey}/remove")
    async def remove_passkey(request: Request, passkey: Number, form: Text = "") -> Response:
        who = staff.who(request)
        return await mine.do(
            request, form, lambda: accounts.passkeys.remove(who.account, passkey), "said_removed"
        )

    @router.post("/account/sessions/end")
    async def end_others(request: Request, form: Text = "") -> Response:
        """Everywhere but here."""
        who = staff.who(request)
        return await mine.do(
            request,
            form,
            lambda: accounts.sessions.end_all(who.account, who.account, who.session),
            "said_signed_out",
        )

    @router.post("/account/sessions/{session}/end")
    async def end_one(request: Request, session: Number, form: Text = "") -> Response:
        who = staff.who(request)
        return await mine.do(
            request, form, lambda: accounts.sessions.end(who.account, session), "said_signed_out"
        )

    @router.post("/account/tokens")
    async def make_token(
        request: Request,
        scopes: Annotated[list[str] | None, Form()] = None,
        form: Text = "",
        name: Text = "",
        days: Annotated[int, Form()] = 30,
    ) -> Response:
        return await mine.token(request, form, name, scopes or [], days)

    @router.post("/account/tokens/{token}/remove")
    async def remove_token(request: Request, token: Number, form: Text = "") -> Response:
        who = staff.who(request)
        return await mine.do(
            request, form, lambda: accounts.tokens.remove(who.account, token), "said_removed"
        )

    return router
