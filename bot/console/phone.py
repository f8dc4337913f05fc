"""Getting a phone onto the console: a page that explains, the authority's certificate, a plain door."""

import plistlib
import uuid
from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.console.account_page import picture_of
from bot.console.authority import Authority
from bot.console.forwarded import host_name
from bot.console.phone_words import PHONE_WORDS
from bot.console.staff import Staff

GIVEN = ("/phone", "/phone/authority.crt", "/phone/authority.mobileconfig")
FILE = "castmate-authority"


def profile(authority: Authority) -> bytes:
    """The certificate as Apple's configuration profile: Safari installs it in fewer steps."""
    name = authority.names[0]
    first = uuid.uuid5(uuid.NAMESPACE_DNS, f"castmate {authority.fingerprint()}")

    def identified(kind: str, number: int) -> Mapping[str, object]:
        made = uuid.uuid5(first, str(number))
        return MappingProxyType(
            {
                "PayloadType": kind,
                "PayloadVersion": 1,
                "PayloadUUID": str(made).upper(),
                "PayloadIdentifier": f"castmate.{name}.{number}",
                "PayloadDisplayName": f"Castmate for {name}",
            }
        )

    certificate = {
        **identified("com.apple.security.root", 1),
        "PayloadCertificateFileName": f"{FILE}.crt",
        "PayloadContent": authority.certificate,
    }
    return plistlib.dumps(
        {
            **identified("Configuration", 0),
            "PayloadContent": [certificate],
            "PayloadRemovalDisallowed": False,
            "PayloadDescription": f"Lets this device check that it speaks to {name}, and to nobody else.",
        }
    )


def phone_router(staff: Staff, authority: Authority | None, plain: str, address: str) -> APIRouter:
    """`plain`: the address of the plain door ("" where there is none); `address`: of the console itself."""
    router = APIRouter(include_in_schema=False)

    @router.get("/phone", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        aim = f"{plain}/phone" if authority is not None else address
        return staff.render(
            request,
            "phone.html",
            own_words=PHONE_WORDS,
            authority=authority,
            fingerprint=() if authority is None else authority.fingerprint().split(" "),
            address=address,
            aim=aim,
            picture=picture_of(aim),
            through=request.url.scheme == "https",
        )

    def given(content: bytes, kind: str, ending: str) -> Response:
        name = {"Content-Disposition": f'attachment; filename="{FILE}.{ending}"'}
        return Response(content, media_type=kind, headers=name)

    @router.get("/phone/authority.crt")
    async def certificate(_: Request) -> Response:
        if authority is None:
            return PlainTextResponse("This console has no authority of its own.\n", 404)
        return given(authority.certificate, "application/x-x509-ca-cert", "crt")

    @router.get("/phone/authority.mobileconfig")
    async def for_apple(_: Request) -> Response:
        if authority is None:
            return PlainTextResponse("This console has no authority of its own.\n", 404)
        return given(profile(authority), "application/x-apple-aspen-config", "mobileconfig")

    return router


class PlainDoor:
    """The same application over plain HTTP, for what a phone needs before it trusts us and for the links of
    shows on this machine. All else is sent on to HTTPS, and nobody signs in here.
    """

    def __init__(self, app: ASGIApp, address: str) -> None:
        self._app, self._address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket":
            if path.startswith("/link/") and _of_this_machine(scope):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            safe = scope["method"] in ("GET", "HEAD")
            if safe and (path in GIVEN or path.startswith("/static/")):
                headers = [(n, v) for n, v in scope["headers"] if n not in (b"cookie", b"authorization")]
                await self._app({**scope, "headers": headers}, receive, send)
            elif safe:
                await RedirectResponse(f"{self._address}{path}", 307)(scope, receive, send)
            else:
                await PlainTextResponse("Only over HTTPS.\n", 403)(scope, receive, send)


def _of_this_machine(scope: Scope) -> bool:
    client, server = scope.get("client"), scope.get("server")
    if client is None:
        return False
    try:
        return ip_address(client[0]).is_loopback or (server is not None and client[0] == server[0])
    except ValueError:
        return host_name(client[0]) == "localhost"
