"""The scripts' pages: what may be said of each product, read, written anew, heard, approved in a name.

The guard has let in who may read them, and to POSTs who may write (bot/console/routes.py).
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from bot.console.access import Access
from bot.console.listening import Listening, Saying
from bot.console.pages import Pages
from bot.console.roles import Right
from bot.console.script_board import ScriptBoard, Sheet
from bot.console.script_view import line_views
from bot.console.script_words import SCRIPT_WORDS
from bot.console.staff import Staff
from persona.scripts import LONGEST_LINE, MOST_LINES, ScriptState, Version
from products.errors import CastmateError, ContentError, Refused

NO_STORE = {"Cache-Control": "no-store"}
Said = Callable[[str, Version, int], Saying]
Seen = Callable[[str, Version, str], str]
Moved = tuple[Version, tuple[Version, ...]]
PLAIN = r"^[^\x00]*$"  # PostgreSQL takes no NUL
MOST = 2**31 - 1
Typed = Annotated[str, Field(max_length=LONGEST_LINE * 2, pattern=PLAIN)]
Asked = Annotated[str, Query(max_length=200, pattern=PLAIN)]
Number = Annotated[int, Query(ge=0, le=MOST)]


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    show: str = Field(max_length=63)
    product: str = Field(max_length=200, pattern=PLAIN)
    language: str = Field(max_length=8, pattern=PLAIN)


class Words(_Place):
    """Lines that nobody has saved, to be held against catalogue and rules."""

    lines: list[Typed] = Field(max_length=MOST_LINES * 2)


class Chosen(_Place):
    """What a form sends: its token, the version that it is about, and what was typed."""

    form: str = Field(default="", max_length=200)
    version: int = Field(default=0, ge=0, le=MOST)
    note: str = Field(default="", max_length=500, pattern=PLAIN)
    replace: bool = False
    line: list[Typed] = Field(default=[], max_length=MOST_LINES * 2)

    @property
    def name(self) -> str:
        return f"{self.product}/{self.language}/{self.version}"


def add_scripts(app: FastAPI, board: ScriptBoard, listening: Listening, said: Said, seen: Seen) -> None:
    """Adds the pages to an application of bot/console/app.py. `said`: how a line (from 0) of a version is
    said in a show's voice; `seen`: orders a rehearsal of a version for a person, gives its id.
    """
    staff = Staff(app.state.pages, app.state.access)
    app.include_router(scripts_router(board, staff, listening, said, seen))


def place(show: str, product: str, language: str, **more: object) -> str:
    """The address of a product's script."""
    return "/scripts/words?" + urlencode({"show": show, "product": product, "language": language, **more})


class Desk:
    """What the routes do."""

    def __init__(self, board: ScriptBoard, staff: Staff) -> None:
        self.board, self.staff = board, staff
        self._pages: Pages = staff.pages
        self._access: Access = staff.access

    def words(self, request: Request) -> Mapping[str, str]:
        return SCRIPT_WORDS[self._pages.language(request, "")]

    def _shown(self, request: Request, show: str, language: str) -> dict[str, Any]:
        """The choice of show and language, as asked or as the first show has it."""
        reader, shows = self._pages.language(request, ""), self.board.shows()
        shop = shows.get(show) or next(iter(shows.values()), None)
        languages = () if shop is None else shop.languages
        chosen = language if language in languages else next(iter(languages), "")
        return {
            "shows": [(s.show, s.title_in(reader)) for s in shows.values()],
            "show": "" if shop is None else shop.show,
            "show_title": "" if shop is None else shop.title_in(reader),
            "languages": languages,
            "tongue": chosen,
            "may_write": self._access.may(request, Right.WRITE),
            "own_words": SCRIPT_WORDS,
        }

    async def overview(self, request: Request, show: str, language: str, search: str, only: str) -> Response:
        shown = self._shown(request, show, language)
        rows: tuple[Any, ...] = ()
        if shown["show"]:
            rows = await asyncio.to_thread(
                self.board.rows, shown["show"], shown["tongue"], search.strip()[:80]
            )
        waiting = [row for row in rows if row.states.get(ScriptState.DRAFT)]
        withheld = [row for row in rows if row.withheld is not None]
        kept = {"waits": waiting, "withheld": withheld}.get(only, rows)
        return self.staff.render(
            request,
            "scripts.html",
            rows=kept,
            found=len(rows),
            waiting=len(waiting),
            withheld=len(withheld),
            only=only if only in ("waits", "withheld") else "",
            search=search,
            place=place,
            catalogue_trouble=self.board.trouble(shown["show"]),
            **shown,
        )

    async def sheet(
        self,
        request: Request,
        show: str,
        product: str,
        language: str,
        *,
        version: int = 0,
        against: int = 0,
        edit: bool = False,
        status: int = 200,
        trouble: str = "",
        typed: list[str] | None = None,
    ) -> Response:
        """The page of one product. `typed`: words that could not be saved; they stay in the boxes."""
        shown = self._shown(request, show, language)
        board = self.board
        try:
            found: Sheet = await asyncio.to_thread(
                board.sheet, shown["show"], product, shown["tongue"], version, against
            )
        except ContentError as error:
            shown_at = f"/scripts?show={shown['show']}"
            return self.staff.render(
                request, "scripts.html", status=404, trouble=str(error), rows=(), found=0, waiting=0,
                withheld=0, only="", search="", place=place, back=shown_at, catalogue_trouble="", **shown,
            )  # fmt: skip
        texts = () if found.chosen is None else found.chosen.words
        verdicts = found.verdicts
        writing = shown["may_write"] and (edit or typed is not None or found.chosen is None)
        if typed is not None:
            texts = tuple(t for t in typed if t.strip()) or ("",)
            verdicts = await asyncio.to_thread(board.check, shown["show"], product, shown["tongue"], texts)
        return self.staff.render(
            request,
            "script.html",
            status=status,
            trouble=trouble,
            sheet=found,
            row=found.row,
            lines=line_views(texts, verdicts, self.words(request)),
            writing=writing,
            place=place,
            catalogue_trouble=board.trouble(shown["show"]),
            most_lines=MOST_LINES,
            longest=LONGEST_LINE,
            S=ScriptState,
            **shown,
        )

    async def note(self, request: Request, what: str, show: str, version: Version) -> None:
        """The act, for the console's ledger: which words, by their digest."""
        who = self.staff.who(request)
        book = self._access.accounts.book
        await asyncio.to_thread(
            book.record, f"script.{what}", who.account, show=show, script=version.name, words=version.digest
        )


def scripts_router(
    board: ScriptBoard, staff: Staff, listening: Listening, said: Said, seen: Seen
) -> APIRouter:
    router, desk = APIRouter(prefix="/scripts", include_in_schema=False), Desk(board, staff)

    @router.get("", response_class=HTMLResponse)
    async def overview(
        request: Request, show: Asked = "", language: Asked = "", search: Asked = "", only: Asked = ""
    ) -> Response:
        return await desk.overview(request, show, language, search, only)

    @router.get("/words", response_class=HTMLResponse)
    async def sheet(
        request: Request,
        show: Asked = "",
        product: Asked = "",
        language: Asked = "",
        version: Number = 0,
        against: Number = 0,
        edit: bool = False,
    ) -> Response:
        return await desk.sheet(request, show, product, language, version=version, against=against, edit=edit)

    @router.get("/sound")
    async def sound(
        show: Asked = "", product: Asked = "", language: Asked = "", version: Number = 0, line: Number = 0
    ) -> Response:
        """A line of a saved version, spoken. `line` from 1."""
        try:
            found = await asyncio.to_thread(board.shop(show).book.get, f"{product}/{language}/{version}")
            if not 1 <= line <= len(found.words):
                raise ContentError(f"{found.name} has no line {line}.", remedy="Choose another.")
            saying = said(show, found, line - 1)
            path = await listening.sound(saying)
        except CastmateError as error:
            status = 503 if isinstance(error, Refused) else 404 if isinstance(error, ContentError) else 500
            return JSONResponse({"ok": False, "why": str(error)}, status, headers=NO_STORE)
        done = BackgroundTask(listening.heard, saying, path)
        return FileResponse(path, media_type="audio/wav", headers=NO_STORE, background=done)

    @router.post("/check")
    async def check(request: Request, body: Words) -> JSONResponse:
        """The findings on lines as they are being written."""
        texts = [" ".join(text.split()) for text in body.lines]
        try:
            verdicts = await asyncio.to_thread(board.check, body.show, body.product, body.language, texts)
        except CastmateError as error:
            return JSONResponse({"ok": False, "why": str(error)}, 422, headers=NO_STORE)
        return JSONResponse(
            {"ok": True, "lines": line_views(texts, verdicts, desk.words(request))}, headers=NO_STORE
        )

    async def made(request: Request, given: Chosen, act: Callable[[], Version], **stay: Any) -> Response:
        """Makes a version. What was typed stays in its boxes when it cannot be saved."""
        at = (given.show, given.product, given.language)
        if not staff.form_holds(request, given.form):
            return await desk.sheet(request, *at, status=403, trouble="form_old", **stay)
        try:
            version = await asyncio.to_thread(act)
        except CastmateError as error:
            return await desk.sheet(request, *at, status=422, trouble=str(error), **stay)
        await desk.note(request, "drafted", given.show, version)
        return RedirectResponse(place(*at, version=version.version, said="said_script_drafted"), 303)

    @router.post("/draft")
    async def draft(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        who, at = staff.who(request), (given.show, given.product, given.language)
        act = partial(board.draft, *at, given.line, who.name)
        return await made(request, given, act, version=given.version, typed=given.line)

    @router.post("/write")
    async def write(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        return await made(request, given, partial(board.write, given.show, given.product, given.language))

    async def moved(request: Request, given: Chosen, what: str, act: Callable[[], Moved]) -> Response:
        """Moves a version on. `act` gives it, with those that it replaced."""
        at = (given.show, given.product, given.language)
        if not staff.form_holds(request, given.form):
            return await desk.sheet(request, *at, version=given.version, status=403, trouble="form_old")
        try:
            done, replaced = await asyncio.to_thread(act)
        except CastmateError as error:
            return await desk.sheet(request, *at, version=given.version, status=422, trouble=str(error))
        await desk.note(request, what, given.show, done)
        for old in replaced:
            await desk.note(request, "retired", given.show, old)
        return RedirectResponse(place(*at, version=given.version, said=f"said_script_{what}"), 303)

    @router.post("/see")
    async def see(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        """A rehearsal of this version, a draft too: its film is watched where the others are."""
        at, who = (given.show, given.product, given.language), staff.who(request)
        if not staff.form_holds(request, given.form):
            return await desk.sheet(request, *at, version=given.version, status=403, trouble="form_old")

        def order() -> str:
            return seen(given.show, board.shop(given.show).book.get(given.name), who.name)

        try:
            name = await asyncio.to_thread(order)
        except CastmateError as error:
            return await desk.sheet(request, *at, version=given.version, status=422, trouble=str(error))
        book = staff.access.accounts.book
        await asyncio.to_thread(book.record, "rehearsal.ordered", who.account, rehearsal=name)
        return RedirectResponse(f"/rehearsals/{name}", 303)

    @router.post("/approve")
    async def approve(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        by = staff.who(request).name
        act = partial(board.approve, given.show, given.name, by, given.note, replace=given.replace)
        return await moved(request, given, "approved", act)

    @router.post("/send-back")
    async def send_back(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        by = staff.who(request).name
        return await moved(
            request, given, "sent_back", lambda: (board.send_back(given.show, given.name, by, given.note), ())
        )

    @router.post("/retire")
    async def retire(request: Request, given: Annotated[Chosen, Form()]) -> Response:
        by = staff.who(request).name
        return await moved(
            request, given, "retired", lambda: (board.retire(given.show, given.name, by, given.note), ())
        )

    return router
