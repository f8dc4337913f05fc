"""The rehearsals' pages: order one, see how far it is, watch the film, read the report, download both.

The guard has let in who may watch, and to POSTs who may start (bot/console/routes.py).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.console.rehearsal_view import report_view
from bot.console.rehearsal_words import REHEARSAL_WORDS
from bot.console.roles import Right
from bot.console.staff import Staff
from bot.fleet.rehearsal_folder import Rehearsal, RehearsalOrder, State, report_of
from bot.fleet.rehearsals import KEPT, LONGEST_MIN, SHORTEST_MIN, Rehearsals
from products.errors import CastmateError

NO_STORE = {"Cache-Control": "no-store"}
USUAL_MIN = 2.0
TAIL_BYTES = 3000


@dataclass(frozen=True, slots=True)
class Rehearsable:
    """A show that can be rehearsed. `title`: by language; `languages`: of its host, the show's own first;
    `named`: the title of a product, by its handle and a language; `licence`: the file of the performer's.
    """

    show: str
    file: str
    title: Mapping[str, str]
    zone: str
    languages: tuple[str, ...]
    named: Callable[[str, str], str]
    licence: str = ""

    def title_in(self, language: str) -> str:
        return self.title.get(language) or next(iter(self.title.values()), self.show)


Shows = Callable[[], Mapping[str, Rehearsable]]
Withdrawn = Callable[[str], str]


class Asked(BaseModel):
    """What the form sends. `at`: "20:00", or "" for now."""

    model_config = ConfigDict(extra="forbid")

    form: str = Field(default="", max_length=200)
    show: str = Field(max_length=63)
    minutes: float = Field(ge=SHORTEST_MIN, le=LONGEST_MIN, allow_inf_nan=False)
    language: str = Field(max_length=8)
    at: str = Field(default="", max_length=5, pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$|^$")


def add_rehearsals(
    app: FastAPI, rehearsals: Rehearsals, shows: Shows, now: Callable[[], datetime], withdrawn: Withdrawn
) -> None:
    """Adds the pages to an application of bot/console/app.py. `withdrawn`: why films under a licence, by its
    file, are not shown any more; "" while they may be.
    """
    staff = Staff(app.state.pages, app.state.access)
    app.include_router(rehearsals_router(rehearsals, shows, staff, now, withdrawn))


class Hall:
    """What the routes do."""

    def __init__(self, rehearsals: Rehearsals, shows: Shows, staff: Staff, withdrawn: Withdrawn) -> None:
        self.rehearsals, self.shows, self.staff, self._withdrawn = rehearsals, shows, staff, withdrawn

    def barred(self, rehearsal: Rehearsal) -> str:
        """Why its film is not shown; "" when it may be."""
        return self._withdrawn(rehearsal.order.licence) if rehearsal.order.licence else ""

    def _one(self, rehearsal: Rehearsal, language: str, place: int) -> dict[str, Any]:
        """As the list draws it. `place`: in the line, from 1."""
        words, order = REHEARSAL_WORDS[language], rehearsal.order
        show = self.shows().get(order.show)
        form = "reh_of_script" if order.script else "reh_of_at" if order.at else "reh_of"
        spoken = words.get(f"reh_lang_{order.language}", order.language)
        return {
            "id": rehearsal.id,
            "title": order.show if show is None else show.title_in(language),
            "state": rehearsal.state.value,
            "said": words[f"reh_state_{rehearsal.state}"] + (f" ({place})" if place else ""),
            "stage": words.get(f"reh_stage_{rehearsal.stage}", ""),
            "share": round(rehearsal.share, 2),
            "of": words[form].format(
                minutes=f"{order.minutes:g}", language=spoken, at=order.at, script=order.script
            ),
            "by": order.by,
            "at": order.asked_at.isoformat(),
            "over": rehearsal.over,
            "why": rehearsal.why,
        }

    def all(self, language: str) -> list[dict[str, Any]]:
        found = self.rehearsals.all()
        waiting = [r.id for r in reversed(found) if r.state is State.WAITING]
        return [self._one(r, language, waiting.index(r.id) + 1 if r.id in waiting else 0) for r in found]

    async def page(
        self, request: Request, *, status: int = 200, trouble: str = "", asked: Asked | None = None
    ) -> Response:
        language = self.staff.pages.language(request, "")
        shows = self.shows()
        wished = request.query_params.get("show", "") if asked is None else asked.show
        spoken = dict.fromkeys(name for show in shows.values() for name in show.languages)
        chosen = shows.get(wished) or next(iter(shows.values()), None)
        return self.staff.render(
            request,
            "rehearsals.html",
            status=status,
            trouble=trouble,
            own_words=REHEARSAL_WORDS,
            rehearsals=await asyncio.to_thread(self.all, language),
            shows=[(s.show, s.title_in(language)) for s in shows.values()],
            chosen="" if chosen is None else chosen.show,
            chosen_language=""
            if chosen is None
            else chosen.languages[0]
            if asked is None
            else asked.language,
            spoken=tuple(spoken),
            zones=", ".join(dict.fromkeys(s.zone for s in shows.values())),
            minutes=USUAL_MIN if asked is None else asked.minutes,
            at="" if asked is None else asked.at,
            least=SHORTEST_MIN,
            most=LONGEST_MIN,
            kept=KEPT,
            may_start=self.staff.access.may(request, Right.REHEARSE),
        )

    async def one(self, request: Request, rehearsal: Rehearsal) -> Response:
        language = self.staff.pages.language(request, "")

        def read() -> dict[str, Any]:
            show = self.shows().get(rehearsal.order.show)
            report = report_of(rehearsal) if rehearsal.state is State.DONE else {}
            handles = [str(handle) for handle in report.get("products") or ()]
            titles = {} if show is None else {h: show.named(h, rehearsal.order.language) for h in handles}
            barred = self.barred(rehearsal)
            return {
                "rehearsal": self._one(rehearsal, language, 0),
                "report": report_view(report, titles) if report else None,
                "barred": barred,
                "film": rehearsal.state is State.DONE and rehearsal.film.is_file() and not barred,
                "tail": _tail(rehearsal) if rehearsal.state is State.FAILED else "",
            }

        return self.staff.render(
            request,
            "rehearsal.html",
            own_words=REHEARSAL_WORDS,
            may_start=self.staff.access.may(request, Right.REHEARSE),
            **await asyncio.to_thread(read),
        )

    async def note(self, request: Request, what: str, name: str) -> None:
        """The act, for the console's ledger."""
        book, who = self.staff.access.accounts.book, self.staff.who(request)
        await asyncio.to_thread(book.record, f"rehearsal.{what}", who.account, rehearsal=name)


def _tail(rehearsal: Rehearsal) -> str:
    try:
        with rehearsal.log.open("rb") as file:
            file.seek(max(0, rehearsal.log.stat().st_size - TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def rehearsals_router(
    rehearsals: Rehearsals, shows: Shows, staff: Staff, now: Callable[[], datetime], withdrawn: Withdrawn
) -> APIRouter:
    router = APIRouter(prefix="/rehearsals", include_in_schema=False)
    hall = Hall(rehearsals, shows, staff, withdrawn)

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return await hall.page(request)

    @router.get("/state")
    async def state(request: Request) -> JSONResponse:
        language = staff.pages.language(request, "")
        found = await asyncio.to_thread(hall.all, language)
        return JSONResponse({"rehearsals": found}, headers=NO_STORE)

    @router.get("/{name}", response_class=HTMLResponse)
    async def one(request: Request, name: str) -> Response:
        found = await asyncio.to_thread(rehearsals.get, name)
        if found is None:
            return await hall.page(request, status=404, trouble="reh_gone")
        return await hall.one(request, found)

    @router.get("/{name}/film.mp4")
    async def film(request: Request, name: str) -> Response:
        return await file_of(request, name, "film", "video/mp4")

    @router.get("/{name}/report.json")
    async def report(request: Request, name: str) -> Response:
        return await file_of(request, name, "report", "application/json")

    async def file_of(request: Request, name: str, what: str, kind: str) -> Response:
        """Parts of it as a player asks for them (Range); `?load` saves it."""
        found = await asyncio.to_thread(rehearsals.get, name)
        path = None if found is None or found.state is not State.DONE else getattr(found, what)
        if found is None or path is None or not path.is_file():
            return await hall.page(request, status=404, trouble="reh_gone")
        if what == "film" and (barred := await asyncio.to_thread(hall.barred, found)):
            return await hall.page(request, status=403, trouble=barred)
        load = "load" in request.query_params
        called = f"{found.order.show}-{found.id}{path.suffix}"
        headers = {"Cache-Control": "private, no-cache" if what == "film" else "no-store"}
        return FileResponse(path, media_type=kind, filename=called if load else None, headers=headers)

    @router.post("/start")
    async def start(request: Request, asked: Annotated[Asked, Form()]) -> Response:
        if not staff.form_holds(request, asked.form):
            return await hall.page(request, status=403, trouble="form_old", asked=asked)
        show = shows().get(asked.show)
        if show is None or asked.language not in show.languages:
            return await hall.page(request, status=422, trouble="reh_show_gone", asked=asked)
        order = RehearsalOrder(
            show=asked.show,
            file=show.file,
            language=asked.language,
            minutes=asked.minutes,
            at=asked.at,
            by=staff.who(request).name,
            asked_at=now(),
            licence=show.licence,
        )
        try:
            made = await asyncio.to_thread(rehearsals.order, order)
        except CastmateError as error:
            return await hall.page(request, status=422, trouble=str(error), asked=asked)
        await hall.note(request, "ordered", made.id)
        return RedirectResponse("/rehearsals?said=said_rehearsal_ordered", 303)

    async def done(request: Request, name: str, form: str, act: Callable[[str], bool], what: str) -> Response:
        if not staff.form_holds(request, form):
            return await hall.page(request, status=403, trouble="form_old")
        if not await asyncio.to_thread(act, name):
            return await hall.page(request, status=404, trouble="reh_gone")
        await hall.note(request, what, name)
        return RedirectResponse(f"/rehearsals?said=said_rehearsal_{what}", 303)

    @router.post("/{name}/cancel")
    async def cancel(
        request: Request, name: str, form: Annotated[str, Form(max_length=200)] = ""
    ) -> Response:
        return await done(request, name, form, rehearsals.cancel, "cancelled")

    @router.post("/{name}/remove")
    async def remove(
        request: Request, name: str, form: Annotated[str, Form(max_length=200)] = ""
    ) -> Response:
        return await done(request, name, form, rehearsals.remove, "removed")

    return router
