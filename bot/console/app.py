"""The web application: the live room, the live desk, the co-host's page, and the link to the shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.clock import Clock, SystemClock
from bot.console.access import Access
from bot.console.account_page import account_router
from bot.console.accounts import accounts_in_memory
from bot.console.api import api_router, documents_router
from bot.console.cohost import cohost_router
from bot.console.desk import desk_router
from bot.console.ear import Ear
from bot.console.forwarded import Forwarded, KnownHosts
from bot.console.guard import Guard
from bot.console.hub import Hub
from bot.console.link import link_router
from bot.console.metrics import metrics_router
from bot.console.offer import offer_router
from bot.console.pages import STATIC, Pages, SecureHeaders
from bot.console.passkeys import Ceremonies
from bot.console.people_page import people_router
from bot.console.phone import phone_router
from bot.console.room import room_router
from bot.console.senses import Senses
from bot.console.settings import ConsoleSettings
from bot.console.sign_in import sign_in_router
from bot.console.staff import Staff


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
    hub, accounts = Hub(now.time), settings.accounts or accounts_in_memory(now.now)
    access = Access(settings, accounts, now)
    pages = Pages(settings.title, settings.languages)
    senses, ear = Senses(), Ear(settings.hearing)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            if accounts.audit is not None:
                group.start_soon(accounts.audit.run)
            yield
            group.cancel_scope.cancel()
        senses.close()
        ear.close()
        if settings.spans is not None:
            await anyio.to_thread.run_sync(settings.spans.close)

    app = FastAPI(title=settings.title, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hub, app.state.access, app.state.pages = hub, access, pages
    app.state.ear = ear
    app.include_router(link_router(hub, settings.link_token))
    app.include_router(
        room_router(
            hub,
            pages,
            now,
            max_viewers=settings.max_viewers,
            secure=settings.secure,
            spans=settings.spans,
        )
    )
    app.include_router(offer_router(hub, pages))
    app.include_router(desk_router(hub, pages, access))
    app.include_router(metrics_router(hub, access, settings.metrics_token))
    app.include_router(cohost_router(hub, pages, access, senses, now, ear, settings.faces))
    staff, ceremonies = Staff(pages, access), Ceremonies()
    app.include_router(sign_in_router(staff, ceremonies))
    app.include_router(account_router(staff, ceremonies))
    app.include_router(people_router(staff))
    app.include_router(api_router(hub, staff))
    app.include_router(documents_router(app, staff))
    app.include_router(phone_router(staff, settings.authority, settings.plain, settings.address))
    app.mount("/static", Files(directory=STATIC), name="static")
    if settings.pictures is not None:
        app.mount("/pictures", Files(directory=settings.pictures, check_dir=False), name="pictures")

    @app.get("/healthz")
    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"shows": len(hub.shows()), "linked": sum(show.linked for show in hub.shows())})

    def notice(request: Request, words: str) -> Response:
        status = 404 if words == "no_page" else 403
        return pages.render("key.html", pages.language(request, ""), status=status, words=words)

    app.add_middleware(Guard, access=access, notice=notice)
    app.add_middleware(SecureHeaders, only_https=settings.secure and settings.authority is None)
    app.add_middleware(KnownHosts, hosts=settings.hosts)
    if settings.proxies:
        app.add_middleware(Forwarded, proxies=settings.proxies)
    return app
