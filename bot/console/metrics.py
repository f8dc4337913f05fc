"""/metrics of the console: the figures of all its shows, for Prometheus."""

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response

from bot.console.access import Access
from bot.console.hub import Hub, LiveShow
from bot.console.roles import Right
from bot.metrics import CONTENT_TYPE, Shown, exposition

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def metrics_router(hub: Hub, access: Access, token: str) -> APIRouter:
    """`token`: opens it to a scraper elsewhere ("": to none); two on a line each are both good, while one is
    changed for the other. Programs of this machine and a signed-in
    operator may always read it.
    """
    router = APIRouter()

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not (local(request) or _known(request, token) or access.may(request, Right.METRICS)):
            return Response("Not allowed.\n", 403, media_type="text/plain")
        return Response(exposition(lambda: _shown(hub)), media_type=CONTENT_TYPE)

    return router


def local(request: Request) -> bool:
    """Whether a program of this machine asks, not somebody behind a proxy on it."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _known(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    good = [hmac.compare_digest(given.encode(), one.encode()) for one in token.split()]
    return scheme.lower() == "bearer" and any(good)


def _shown(hub: Hub) -> Iterator[Shown]:
    for show in hub.shows():
        yield Shown(show.hello.show, latest(show), up=show.linked and show.ended is None)


def latest(show: LiveShow) -> dict[str, float]:
    """The figures of the newest Health; one that was left out of it is not known any more."""
    newest = max((points[-1][0] for points in show.figures.values()), default=0.0)
    return {name: points[-1][1] for name, points in show.figures.items() if points[-1][0] == newest}
