"""Stands before every route: who asks, whether they may, and whether it was a page of ours that asked."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

import anyio
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.console.access import CSRF_HEADER, PROGRAM, WHO, Access
from bot.console.courtesy import RateLimit
from bot.console.routes import Door, Need, methods_of, need_of
from bot.console.sessions import Browser, Who
from bot.console.sockets import same_origin

SAFE = frozenset({"GET", "HEAD"})
LOOK_AGAIN_S = 5.0
API_BURST, API_PER_SECOND = 60, 20.0

Notice = Callable[[Request, str], Response]  # a page of words, by key


class Guard:
    """`notice`: makes the page for somebody who may not, or who asks for what is not there."""

    def __init__(self, app: ASGIApp, *, access: Access, notice: Notice) -> None:
        self._app, self._access, self._notice = app, access, notice
        self._programs = RateLimit(API_BURST, API_PER_SECOND)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # ---- requests

    def _unknown(self, request: Request) -> Response:
        if allowed := list(methods_of(request.scope["path"])):
            return JSONResponse({"detail": "Method Not Allowed"}, 405, headers={"Allow": ", ".join(allowed)})
        if request.method in SAFE and "text/html" in request.headers.get("accept", ""):
            return self._notice(request, "no_page")
        return JSONResponse({"detail": "Not Found"}, 404)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        need = need_of(scope["method"], scope["path"])
        if need is None:
            await self._unknown(request)(scope, receive, send)
            return
        if need.door is not Door.SCOPE:
            scope[WHO] = await self._access.find(request, turn=True)
        instead = await self._instead(request, need)
        if instead is not None:
            await self._turning(scope, send, instead)(scope, receive, send)
            return
        await self._app(scope, receive, self._turning_send(scope[WHO], send) if scope.get(WHO) else send)

    async def _instead(self, request: Request, need: Need) -> Response | None:
        """What to answer instead of passing the request on; None: it may pass."""
        if "transfer-encoding" in request.headers:  # no browser sends a body without saying how long it is
            return _refused(411, "too long")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 9 or int(length) > need.body:
            return _refused(413, "too long")
        if need.door is Door.SCOPE:
            return await self._program(request, need)
        unsafe = request.method not in SAFE
        if unsafe and not self._from_our_page(request, need):
            return _refused(403, "not allowed")
        if need.door in (Door.OPEN, Door.OWN):
            return None
        who = self._access.who(request)
        if need.key and request.query_params.get("key"):
            return await self._by_key(request, need, who)
        if who is None:
            return self._nobody(request)
        if need.right is not None and need.right not in who.rights:
            return _refused(403, "not allowed") if unsafe else self._notice(request, "not_yours")
        if need.delicate and unsafe and not self._access.fresh(who):
            return RedirectResponse("/account/prove", 303) if need.form else _refused(403, "prove")
        return None

    def _from_our_page(self, request: Request, need: Need) -> bool:
        """A browser names the page's origin with every POST; scripts of ours add a header, forms a token."""
        if same_origin(request.headers) is not True:
            return False
        return need.form or request.headers.get(CSRF_HEADER) == "desk"

    async def _by_key(self, request: Request, need: Need, who: Who | None) -> Response:
        """Spends the key of an address; it does not stay there. A browser that may already spends none."""
        key, access = request.query_params["key"], self._access
        away = RedirectResponse(request.url.path, 303)
        if (who is not None and need.right in who.rights) or need.right is None:
            return away
        if access.setting_up(key):
            return RedirectResponse(f"/set-up?key={quote(key)}", 303)
        token = await access.spend(key, need.right, browser_of(request))
        if token is None:
            return self._nobody(request)
        access.sign_in(away, token)
        return away

    def _nobody(self, request: Request) -> Response:
        if request.method not in SAFE:
            return _refused(403, "not allowed")
        if not self._access.accounts.lasting:
            return self._notice(request, "key_needed")
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)

    async def _program(self, request: Request, need: Need) -> Response | None:
        found = await self._access.program(request.headers.get("authorization", ""))
        if found is None:
            answer = _refused(401, "token")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="castmate"'
            return answer
        wait = self._programs.wait(str(found.token), self._access.clock.time())
        if wait > 0:
            answer = _refused(429, "slower")
            answer.headers["Retry-After"] = str(int(wait) + 1)
            return answer
        if need.scope is not None and need.scope not in found.scopes:
            return _refused(403, "scope")
        request.scope[PROGRAM] = found
        return None

    # ---- cookies that turn

    def _turning(self, scope: Scope, send: Send, response: Response) -> Response:
        who: Who | None = scope.get(WHO)
        if who is not None and who.token is not None and "set-cookie" not in response.headers:
            self._access.sign_in(response, who.token)
        return response

    def _turning_send(self, who: Who, send: Send) -> Send:
        """Adds the session's new cookie to an answer that sets none itself."""
        if who.token is None:
            return send
        made = Response()
        self._access.sign_in(made, who.token)
        cookie = made.headers["set-cookie"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self._access.cookie_name() not in headers.get("set-cookie", ""):
                    headers.append("set-cookie", cookie)
            await send(message)

        return sending

    # ---- sockets

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        need = need_of("SOCKET", scope["path"])
        if need is not None and need.door in (Door.OPEN, Door.OWN):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        who = scope[WHO] = await self._access.find(connection, turn=False)
        right = None if need is None else need.right
        if need is None or who is None or same_origin(connection.headers) is not True:
            await _close(receive, send)
        elif right is not None and right not in who.rights:
            await _close(receive, send)
        else:
            await self._while_signed_in(scope, receive, send, need)

    async def _while_signed_in(self, scope: Scope, receive: Receive, send: Send, need: Need) -> None:
        """A socket lives for hours: it ends when its browser is signed out."""
        held = HTTPConnection(scope).cookies.get(self._access.cookie_name(), "")

        async def watch(stop: anyio.CancelScope) -> None:
            while await self._access.still(held, need.right):  # noqa: ASYNC110  another process may end it
                await anyio.sleep(LOOK_AGAIN_S)
            with suppress(RuntimeError):  # it closed meanwhile
                await send({"type": "websocket.close", "code": 1008})
            stop.cancel()

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(watch, group.cancel_scope)
                await self._app(scope, receive, send)
                group.cancel_scope.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None


def browser_of(request: HTTPConnection) -> Browser:
    """What tells this browser from the person's others."""
    agent = request.headers.get("user-agent", "")
    return Browser(device_name(agent), request.client.host if request.client else "")


def device_name(agent: str) -> str:
    """ "Safari, iPhone" of a user agent: enough to tell one's own devices apart."""
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrom", "Chrome"),
                ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    found = [next((name for mark, name in kinds if mark in agent), "") for kinds in (browsers, systems)]
    return ", ".join(name for name in found if name)


def _refused(status: int, why: str) -> JSONResponse:
    return JSONResponse({"ok": False, "why": why}, status, headers={"Cache-Control": "no-store"})


async def _close(receive: Receive, send: Send) -> None:
    await receive()  # the handshake
    await send({"type": "websocket.close", "code": 1008})


def _first(errors: BaseExceptionGroup) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
