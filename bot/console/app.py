"""The web application: the live room, the live desk, the co-host's page, and the link to the shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.clock import Clock, SystemClock
from bot.console.access import Access
from bot.console.cohost import cohost_router
from bot.console.desk import desk_router
from bot.console.hub import Hub
from bot.console.link import link_router
from bot.console.metrics import metrics_router
from bot.console.offer import offer_router
from bot.console.pages import STATIC, Pages, SecureHeaders
from bot.console.room import room_router
from bot.console.senses import Senses
from bot.console.settings import ConsoleSettings


class Files(StaticFiles):
    """Static files that a browser keeps but asks about each time (ETag): it never shows an old page."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(settings: ConsoleSettings, *, clock: Clock | None = None) -> FastAPI:
    """The application. `app.state.hub` is its Hub, `app.state.access` its Access. Two of them share
    nothing.
    """
    now = clock or SystemClock()
    hub, access = Hub(now.time), Access(settings)
    pages = Pages(settings.title, settings.languages)
    senses = Senses()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        senses.close()

    app = FastAPI(title=settings.title, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hub, app.state.access = hub, access
    app.include_router(link_router(hub, settings.link_token))
    app.include_router(room_router(hub, pages, now, max_viewers=settings.max_viewers, secure=settings.secure))
    app.include_router(offer_router(hub, pages))
    app.include_router(desk_router(hub, pages, access))
    app.include_router(metrics_router(hub, access, settings.metrics_token))
    app.include_router(cohost_router(hub, pages, access, senses, now))
    app.mount("/static", Files(directory=STATIC), name="static")
    if settings.pictures is not None:
        app.mount("/pictures", Files(directory=settings.pictures, check_dir=False), name="pictures")

    @app.get("/healthz")
    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"shows": len(hub.shows()), "linked": sum(show.linked for show in hub.shows())})

    app.add_middleware(SecureHeaders, secure=settings.secure)
    return app
