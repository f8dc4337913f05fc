"""The calendar's pages: week and day, planning by dragging or by keys, the rota, what is on now, the export.

The guard has let in who may see it, and to POSTs who may plan (bot/console/routes.py).
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.console.access import Access
from bot.console.calendar_board import CalendarBoard
from bot.console.calendar_view import coming_view, conflict_texts, run_view, view, week_of
from bot.console.calendar_words import CALENDAR_WORDS
from bot.console.pages import Pages
from bot.console.roles import Right
from bot.console.staff import Staff
from products.errors import CastmateError
from schedules.conflicts import Conflict
from schedules.ical import export
from schedules.recurrence import Clocks, Ends, Gap, Overlap
from schedules.rulebook import Draft

T = TypeVar("T")
Name = Annotated[str, Field(max_length=80)]
EXPORT_DAYS = 62


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Plan(_Body):
    """A plan or a change of one. `at`: naive local. `rule`, `slot`: what is changed (0: a new plan); `scope`:
    one occurrence, all as far as this one is moved, or the rule as written here.
    """

    at: datetime
    show: Annotated[str, Field(max_length=63)] = ""
    minutes: Annotated[float, Field(gt=0, le=1440)] | None = None
    near: datetime | None = None
    rule: int = 0
    slot: Annotated[str, Field(max_length=40)] = ""
    scope: Literal["one", "all", "written"] = "one"
    rrule: Annotated[str, Field(max_length=200)] = ""
    gap: Gap = Gap.SHIFT
    overlap: Overlap = Overlap.FIRST
    ends: Ends = Ends.LENGTH
    late_s: Annotated[int, Field(ge=0, le=43200)] = 600
    cohost: Name = ""

    @property
    def local(self) -> datetime:
        return self.at.replace(tzinfo=None)


class Out(_Body):
    rule: int
    slot: Annotated[str, Field(max_length=40)] = ""


class ShiftIn(_Body):
    person: Name
    show: Annotated[str, Field(max_length=63)] = ""
    at: datetime
    minutes: Annotated[float, Field(gt=0, le=1440)]
    rrule: Annotated[str, Field(max_length=200)] = ""


class ShiftOut(_Body):
    shift: int


def add_calendar(app: FastAPI, board: CalendarBoard) -> None:
    """Adds the calendar's pages to an application of bot/console/app.py."""
    app.include_router(calendar_router(board, app.state.pages, app.state.access))


def calendar_router(board: CalendarBoard, pages: Pages, access: Access) -> APIRouter:
    router, staff = APIRouter(prefix="/calendar"), Staff(pages, access)

    def span_of(request: Request) -> tuple[date, int]:
        today = board.now().astimezone(board.zone).date()
        asked, kind = request.query_params.get("date", ""), request.query_params.get("view", "week")
        try:
            day = date.fromisoformat(asked)
            day = day if 2000 <= day.year < 2200 else today
        except ValueError:
            day = today
        return (day, 1) if kind == "day" else (week_of(day), 7)

    def data(request: Request) -> dict[str, Any]:
        language, (first, days) = pages.language(request, ""), span_of(request)
        shows = board.shows()
        titles = {name: show.title_in(language) for name, show in shows.items()}
        now = board.now()
        return view(
            board.days(first, days),
            shows.values(),
            board.zone,
            first,
            days,
            CALENDAR_WORDS[language],
            language,
        ) | {
            "zone": str(board.zone),
            "now": now.astimezone(board.zone).replace(tzinfo=None).isoformat(timespec="seconds"),
            "view": "day" if days == 1 else "week",
            "may_plan": access.may(request, Right.PLAN),
            "may_desk": access.may(request, Right.DESK),
            "shows": [
                {"show": s.show, "title": titles[s.show], "minutes": s.minutes or 60} for s in shows.values()
            ],
            "running": [run_view(run, titles, board.zone) for run in board.on_now()],
            "coming": [coming_view(entry, titles, board.zone, now) for entry in board.coming()],
        }

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        found = await asyncio.to_thread(data, request)
        return staff.render(request, "calendar.html", own_words=CALENDAR_WORDS, data=found)

    @router.get("/data")
    async def again(request: Request) -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(data, request), headers={"Cache-Control": "no-store"})

    @router.get("/export.ics")
    async def ics(request: Request) -> Response:
        language = pages.language(request, "")
        shows, now = board.shows(), board.now()

        def make() -> bytes:
            span = board.span(now - timedelta(days=7), now + timedelta(days=EXPORT_DAYS))
            return export(
                span.entries,
                f"{pages.title} {CALENDAR_WORDS[language]['calendar']}",
                now,
                title=lambda show: shows[show].title_in(language) if show in shows else show,
                says=lambda entry: entry.cohost,
            )

        headers = {"Content-Disposition": 'attachment; filename="castmate.ics"'}
        return Response(await asyncio.to_thread(make), media_type="text/calendar", headers=headers)

    def answer(request: Request, found: tuple[Conflict, ...]) -> list[dict[str, str]]:
        language = pages.language(request, "")
        titles = {name: show.title_in(language) for name, show in board.shows().items()}
        told = conflict_texts(found, (), titles, board.zone, CALENDAR_WORDS[language])
        return [one for many in told.values() for one in many]

    def draft_of(body: Plan) -> Draft | None:
        """The rule that a body asks for; None when it moves one occurrence."""
        if body.rule and body.scope == "one":
            return None
        if body.rule and body.scope == "all":
            return board.moved_draft(body.rule, body.slot, body.local, body.minutes)
        more: dict[str, object] = {
            "rrule": body.rrule,
            "clocks": Clocks(body.gap, body.overlap, body.ends),
            "late_s": body.late_s,
            "cohost": body.cohost,
        }
        if body.minutes is not None:
            more["minutes"] = body.minutes
        return board.draft(body.show, body.local, **more)

    async def done(request: Request, act: Callable[[], T], what: str) -> JSONResponse:
        """Does it in a thread; what cannot be done is told in words."""
        try:
            value = await asyncio.to_thread(act)
        except CastmateError as error:
            return JSONResponse({"ok": False, "why": str(error)}, 422)
        who = access.who(request)
        if what and who is not None:
            book = access.accounts.book
            await asyncio.to_thread(book.record, f"calendar.{what}", who.account)
        return JSONResponse({"ok": True, "made": value})

    @router.post("/try")
    async def try_it(request: Request, body: Plan) -> JSONResponse:
        def look() -> list[dict[str, str]]:
            near = body.local if body.near is None else body.near.replace(tzinfo=None)
            found = board.tried(draft_of(body), near, body.rule, body.slot, body.minutes)
            return answer(request, found)

        return await done(request, look, "")

    @router.post("/plan")
    async def plan(request: Request, body: Plan) -> JSONResponse:
        def act() -> int:
            draft = draft_of(body)
            if draft is None:
                board.move(body.rule, body.slot, body.local, body.minutes)
                return body.rule
            if body.rule:
                board.alter(body.rule, draft)
                return body.rule
            who = access.who(request)
            return board.plan(draft, "" if who is None else who.name)

        return await done(request, act, "changed" if body.rule else "planned")

    @router.post("/out")
    async def out(request: Request, body: Out) -> JSONResponse:
        return await done(request, lambda: board.take_out(body.rule, body.slot), "taken_out")

    @router.post("/shift")
    async def shift(request: Request, body: ShiftIn) -> JSONResponse:
        def act() -> int:
            at, zone = body.at.replace(tzinfo=None), str(board.zone)
            draft = board.shift_draft(body.show, at, zone, body.rrule, body.minutes)
            return board.add_shift(body.person, draft)

        return await done(request, act, "shift_added")

    @router.post("/shift-out")
    async def shift_out(request: Request, body: ShiftOut) -> JSONResponse:
        return await done(request, lambda: board.end_shift(body.shift), "shift_ended")

    return router
