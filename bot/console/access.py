"""Who may open the desk and the co-host's page: keys in addresses, spent once, then a cookie unseen by
scripts.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from enum import StrEnum

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from bot.console.settings import ConsoleSettings
from bot.console.sockets import same_origin

CSRF_HEADER = "x-castmate"  # a form of another site cannot send it, a script of another site must ask first
COOKIE_S = 86400 * 7
MADE_KEYS = 200


class Role(StrEnum):
    """Who a browser signed in as. The operator may open the co-host's page too; a co-host not the desk."""

    OPERATOR = "console"
    COHOST = "cohost"


class Access:
    """Keys and cookies of one running console. Cookies are signed with the operator's token: a new one
    voids them.
    """

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._uses: dict[tuple[str, Role], int] = {}
        self._made: OrderedDict[str, Role] = OrderedDict()

    def spend(self, key: str, page: Role) -> Role | None:
        """The role that `key` gives on `page`, once; None for a wrong or spent key."""
        for made, role in self._made.items():
            if _same(key, made) and page in _pages(role):
                del self._made[made]
                return role
        role_of = self._printed(key, page)
        if role_of is None or self._uses.get((key, page), 0) >= self._settings.key_uses:
            return None
        self._uses[key, page] = self._uses.get((key, page), 0) + 1
        return role_of

    def _printed(self, key: str, page: Role) -> Role | None:
        if _same(key, self._settings.operator_token):
            return Role.OPERATOR
        if self._settings.cohost_token and _same(key, self._settings.cohost_token) and page is Role.COHOST:
            return Role.COHOST
        return None

    def make_key(self, role: Role) -> str:
        """A key for another device, good for one browser."""
        key = secrets.token_urlsafe(18)
        self._made[key] = role
        if len(self._made) > MADE_KEYS:
            self._made.popitem(last=False)
        return key

    def sign_in(self, response: Response, role: Role) -> None:
        # All ports of a host share cookies: the name holds the token's mark, so two consoles do not fight.
        response.set_cookie(
            self._cookie_name(),
            self._cookie(role),
            max_age=COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=self._settings.secure,
        )

    def role(self, connection: HTTPConnection) -> Role | None:
        held = connection.cookies.get(self._cookie_name(), "")
        return next((role for role in Role if _same(held, self._cookie(role))), None)

    def may(self, connection: HTTPConnection, page: Role) -> bool:
        role = self.role(connection)
        return role is not None and page in _pages(role)

    def may_act(self, request: Request, page: Role) -> bool:
        """For POSTs: signed in, from a page of this server, with the header that only its scripts send."""
        return (
            self.may(request, page)
            and same_origin(request.headers) is True
            and request.headers.get(CSRF_HEADER) == "desk"
        )

    def may_listen(self, connection: HTTPConnection, page: Role) -> bool:
        """For WebSockets, which other sites' pages may open with our cookies: the Origin must be ours."""
        return self.may(connection, page) and same_origin(connection.headers) is True

    def _cookie_name(self) -> str:
        return f"castmate_{self._sign('name')[:8]}"

    def _cookie(self, role: Role) -> str:
        return f"{role.value}.{self._sign('cookie ' + role.value)}"

    def _sign(self, text: str) -> str:
        return hmac.new(self._settings.operator_token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _pages(role: Role) -> tuple[Role, ...]:
    return (Role.OPERATOR, Role.COHOST) if role is Role.OPERATOR else (Role.COHOST,)


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
