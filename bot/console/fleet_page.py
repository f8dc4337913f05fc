"""The fleet's page: its nodes, its shows, what asks for attention; owners empty a node for maintenance.

The guard has let in who may look, and to POSTs who may drain (bot/console/routes.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.catalog import WORDS
from bot.console.fleet_board import FleetBoard
from bot.console.fleet_view import FleetPage, page_of
from bot.console.fleet_words import FLEET_WORDS
from bot.console.roles import Right
from bot.console.staff import Staff
from products.errors import RemoteError, SetupError

Node = Annotated[str, Path(max_length=120)]
Token = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class NoFleet:
    """There is none here. `driver`: the database could hold one, but its driver is missing; the remedy."""

    driver: str = ""


def add_fleet(app: FastAPI, board: FleetBoard | NoFleet) -> None:
    """Adds the page to an application of bot/console/app.py."""
    hub = app.state.hub
    staff = Staff(app.state.pages, app.state.access)
    app.include_router(fleet_router(staff, board, lambda show: hub.get(show) is not None))


def fleet_router(staff: Staff, board: FleetBoard | NoFleet, on_desk: Callable[[str], bool]) -> APIRouter:
    """`on_desk`: whether this console's live desk follows a show."""
    router = APIRouter(prefix="/fleet", include_in_schema=False)

    def seen(language: str) -> tuple[FleetPage | None, str]:
        """The page, or which word says why there is none."""
        if isinstance(board, NoFleet):
            return None, ""
        try:
            return page_of(board.look(), {**WORDS[language], **FLEET_WORDS[language]}), ""
        except RemoteError:
            return None, "fl_away"
        except (SetupError, TypeError):
            return None, "fl_refused"

    async def show(request: Request, template: str, trouble: str = "", status: int = 200) -> Response:
        page, wrong = await staff.call(seen, staff.pages.language(request, ""))
        values: dict[str, Any] = {
            "no_fleet": isinstance(board, NoFleet),
            "driver": board.driver if isinstance(board, NoFleet) else "",
            "page": page,
            "wrong": wrong,
            "may_drain": staff.access.may(request, Right.NODES),
            "on_desk": on_desk,
        }
        return staff.render(
            request, template, status=status, page_words=FLEET_WORDS, trouble=trouble, **values
        )

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return await show(request, "fleet.html")

    @router.get("/now", response_class=HTMLResponse)
    async def now(request: Request) -> Response:
        return await show(request, "fleet_now.html")

    async def drain(request: Request, node: str, form: str, *, wanted: bool) -> Response:
        if not staff.form_holds(request, form) or isinstance(board, NoFleet):
            return RedirectResponse("/fleet", 303)
        try:
            done = await staff.call(board.drain, node, wanted=wanted)
        except (RemoteError, SetupError):
            return await show(request, "fleet.html", "fl_away", 503)
        if not done:
            return await show(request, "fleet.html", "fl_gone", 409)
        what = "drained" if wanted else "undone"
        book, who = staff.access.accounts.book, staff.who(request)
        await staff.call(book.record, f"fleet.{what}", who.account, node=node)
        return RedirectResponse(f"/fleet?said=said_fleet_{what}&lang={quote(_language(staff, request))}", 303)

    @router.post("/nodes/{node}/drain")
    async def empty(request: Request, node: Node, form: Token = "") -> Response:
        return await drain(request, node, form, wanted=True)

    @router.post("/nodes/{node}/undo")
    async def undo(request: Request, node: Node, form: Token = "") -> Response:
        return await drain(request, node, form, wanted=False)

    return router


def _language(staff: Staff, request: Request) -> str:
    return staff.pages.language(request, "")
