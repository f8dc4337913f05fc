"""Who a browser or a program is, and what it may: cookies, keys in addresses, tokens.

Two ways in. A console with accounts (`castmate serve`) signs people in; the link that it prints at its first
start makes the owner's account. A demo has none: the printed link itself opens everything, for as long as it
runs. In both, a signed-in desk makes keys for other devices, good once.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from bot.clock import Clock
from bot.console.accounts import Accounts
from bot.console.roles import Right, Role
from bot.console.sessions import Browser, Who
from bot.console.settings import ConsoleSettings
from bot.console.sockets import same_origin
from bot.console.throttle import Doorkeeper
from bot.console.tokens import Program

CSRF_HEADER = "x-castmate"  # a form of another site cannot send it, a script of another site must ask first
COOKIE_S = 86400 * 7
DEVICE_S = 86400 * 365
MADE_KEYS = 200
KEY_S = 900.0
REMEMBERED_S = 3.0  # a session that another process ended goes on for so long at most
REMEMBERED = 2000
WHO = "castmate.who"
PROGRAM = "castmate.program"


@dataclass(frozen=True, slots=True)
class _Made:
    """A key for another device: whose, less what, until when."""

    account: int
    only: Role | None
    right: Right
    until: float


class Access:
    """Keys, cookies and tokens of one running console."""

    def __init__(self, settings: ConsoleSettings, accounts: Accounts, clock: Clock) -> None:
        self.settings, self.accounts, self.clock = settings, accounts, clock
        self.doorkeeper = Doorkeeper()
        self._uses: dict[tuple[str, Right], int] = {}
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._remembered: OrderedDict[str, tuple[Who, float]] = OrderedDict()

    # ---- who asks

    async def find(self, connection: HTTPConnection, *, turn: bool) -> Who | None:
        """Whose cookie this is. `turn`: the answer can carry a new one."""
        held = connection.cookies.get(self.cookie_name(), "")
        if not held or len(held) > 100:
            return None
        now = self.clock.time()
        if (known := self._remembered.get(held)) is not None and now < known[1]:
            return known[0]
        found = await asyncio.to_thread(self.accounts.sessions.look, held, turn=turn)
        if found is not None and found.token is None:
            self._remembered[held] = (found, now + REMEMBERED_S)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    async def still(self, held: str, right: Right | None) -> bool:
        """Whether the browser that opened a socket with this cookie is still signed in."""
        self._remembered.pop(held, None)
        found = await asyncio.to_thread(self.accounts.sessions.look, held, turn=False)
        return found is not None and (right is None or right in found.rights)

    def forget(self) -> None:
        """Rights or sessions changed: what was remembered of them counts no more."""
        self._remembered.clear()

    async def program(self, authorization: str) -> Program | None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= 200:
            return None
        return await asyncio.to_thread(self.accounts.tokens.look, token.strip())

    def who(self, connection: HTTPConnection) -> Who | None:
        """Who asks, as the guard found."""
        found: Who | None = connection.scope.get(WHO)
        return found

    def may(self, connection: HTTPConnection, right: Right) -> bool:
        who = self.who(connection)
        return who is not None and right in who.rights

    def may_act(self, request: Request, right: Right) -> bool:
        """For POSTs: signed in, from a page of this server, with the header that only its scripts send."""
        return (
            self.may(request, right)
            and same_origin(request.headers) is True
            and request.headers.get(CSRF_HEADER) == "desk"
        )

    def may_listen(self, connection: HTTPConnection, right: Right) -> bool:
        """For WebSockets, which other sites' pages may open with our cookies: the Origin must be ours."""
        return self.may(connection, right) and same_origin(connection.headers) is True

    def fresh(self, who: Who) -> bool:
        """Whether what is delicate may be done without showing a credential again. A demo has none."""
        return not self.accounts.lasting or who.fresh(self.clock.now())

    # ---- keys in addresses

    async def spend(self, key: str, right: Right, browser: Browser) -> str | None:
        """The cookie of the session that `key` opens on a page of `right`; None: a wrong or spent key."""
        made = next((k for k in self._made if _same(key, k)), None)
        if made is not None and self.clock.time() <= self._made[made].until:
            if self._made[made].right is not right and self._made[made].right is not Right.DESK:
                return None
            opened = self._made.pop(made)
            return await self._begin(opened.account, "link", browser, opened.only)
        if self.accounts.lasting:
            return None
        only = self._printed(key, right)
        if only is False or self._uses.get((key, right), 0) >= self.settings.key_uses:
            return None
        self._uses[key, right] = self._uses.get((key, right), 0) + 1
        demo = await asyncio.to_thread(self.accounts.people.of_the_demo)
        return await self._begin(demo.id or 0, "printed link", browser, only)

    def _printed(self, key: str, right: Right) -> Role | bool | None:
        """What the printed key `key` lets one in as on a page of `right`: None: as the owner; False: not."""
        settings = self.settings
        if _same(key, settings.operator_token):
            return None
        if settings.cohost_token and _same(key, settings.cohost_token) and right is Right.COHOST:
            return Role.COHOST
        return False

    async def _begin(self, account: int, how: str, browser: Browser, only: Role | bool | None) -> str:
        narrowed = only if isinstance(only, Role) else None
        return await asyncio.to_thread(
            self.accounts.sessions.begin, account, how, browser, only=narrowed, proved=False
        )

    def make_key(self, right: Right, who: Who | None) -> str:
        """A key for another device, good for one browser within a quarter of an hour. For the co-host's page
        it opens nothing else.
        """
        key = secrets.token_urlsafe(18)
        if who is None:
            return key  # of nobody: it opens nothing
        only = Role.COHOST if right is Right.COHOST else who.only
        self._made[key] = _Made(who.account, only, right, self.clock.time() + KEY_S)
        if len(self._made) > MADE_KEYS:
            self._made.popitem(last=False)
        return key

    def setting_up(self, key: str) -> bool:
        """Whether `key` is the printed one of a console that nobody has set up."""
        return self.accounts.lasting and bool(key) and _same(key, self.settings.operator_token)

    # ---- cookies

    def sign_in(self, response: Response, token: str) -> None:
        self._set(response, self.cookie_name(), token, COOKIE_S)

    def sign_out(self, response: Response) -> None:
        self._set(response, self.cookie_name(), "", 0)

    def know_device(self, response: Response, account: int) -> None:
        """Marks a browser as one that signed in: others' wrong tries do not make it wait."""
        self._set(response, self.device_name(), self.accounts.secrets.device_mark(account), DEVICE_S)

    def known_device(self, request: Request, account: int | None) -> str:
        return self.accounts.secrets.known(request.cookies.get(self.device_name(), ""), account)

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=True,
            samesite="strict",
            secure=self.settings.secure,
            path="/",
        )

    def cookie_name(self) -> str:
        # All ports of a host share cookies: the name holds the console's mark, so two consoles do not fight.
        return f"{'__Host-' if self.settings.secure else ''}castmate_{self._sign('name')[:8]}"

    def device_name(self) -> str:
        return f"{self.cookie_name()}_device"

    def form_token(self, who: Who | None) -> str:
        """What a form brings back, to show that a page of ours made it for this very session."""
        return self._sign(f"form {who.session}") if who is not None else ""

    def form_holds(self, who: Who | None, given: str) -> bool:
        return who is not None and _same(given, self.form_token(who))

    def _sign(self, text: str) -> str:
        return hmac.new(self.accounts.sealer.mark, text.encode(), hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
