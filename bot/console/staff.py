"""What the pages of signed-in people share: who they are, their forms' token, what was just done."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import CapacityLimiter
from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.access import Access
from bot.console.forwarded import host_name
from bot.console.pages import Pages
from bot.console.passkeys import Site
from bot.console.roles import Right
from bot.console.sessions import Who
from products.errors import Bug

P = ParamSpec("P")
T = TypeVar("T")

Number = Annotated[int, Path(ge=1, le=2**53)]  # of a row, in an address
HASHING = 2  # passwords at once: each takes 64 MiB and a core
PLAIN_HOSTS = frozenset({"localhost"})  # browsers allow passkeys there without HTTPS


class Staff:
    """Renders pages for who is signed in, and calls what waits for the database or hashes in a thread."""

    def __init__(self, pages: Pages, access: Access) -> None:
        self.pages, self.access = pages, access
        self._hashing = CapacityLimiter(HASHING)

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """`trouble`, `said`: keys of the pages' words (or words) to be shown above the page."""
        who = self.access.who(request)
        shown = {"trouble": "", "said": request.query_params.get("said", ""), "next": "", **values}
        return self.pages.render(
            template,
            self.pages.language(request, ""),
            status=status,
            who=who,
            rights=frozenset() if who is None else who.rights,
            here=request.url.path,
            form_token=self.access.form_token(who),
            fresh=who is not None and self.access.fresh(who),
            lasting=self.access.accounts.lasting,
            passkeys_work=passkeys_work(request),
            R=Right,
            **shown,
        )

    def who(self, request: Request) -> Who:
        """Who asks. The guard lets nobody else here."""
        found = self.access.who(request)
        if found is None:
            raise Bug("a page of signed-in people was reached by nobody")
        return found

    async def call(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what waits for the database."""
        return await asyncio.to_thread(act, *args, **kwargs)

    async def hash(self, act: Callable[[], T]) -> T:
        """Runs what hashes a password: two at once, the others wait."""
        return await anyio.to_thread.run_sync(act, limiter=self._hashing)

    def form_holds(self, request: Request, token: str) -> bool:
        return self.access.form_holds(self.access.who(request), token)

    def signed_in(self, token: str, account: int, to: str) -> Response:
        """On to `to` with the cookie of a session."""
        answer = RedirectResponse(to, 303)
        self.access.sign_in(answer, token)
        self.access.know_device(answer, account)
        return answer


def site_of(request: Request) -> Site:
    """Where the browser stands. The guard has compared the Origin with our own name."""
    return Site(host_name(request.headers.get("host", "")), request.headers.get("origin", ""))


def passkeys_work(request: Request) -> bool:
    """Browsers want a name and HTTPS for them, or localhost."""
    host = host_name(request.headers.get("host", ""))
    try:
        ip_address(host)
        return False
    except ValueError:
        return request.url.scheme == "https" or host in PLAIN_HOSTS


def inside(path: str) -> str:
    """`path` if it leads to a page of ours, else the start page: nobody is sent elsewhere."""
    parts = urlsplit(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if ours and not parts.scheme and not parts.netloc and path.isprintable() else "/home"
