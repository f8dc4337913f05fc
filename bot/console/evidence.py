"""The evidence pages: all shows, one show's intervals and findings, verification, exports. For owners and
compliance staff; the guard has let nobody else in (bot/console/routes.py).
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from bot.compliance.account import Account
from bot.compliance.account_files import as_csv, as_jsonl
from bot.compliance.glance import Glance, stamp_of
from bot.console.evidence_picture import legend, timeline
from bot.console.evidence_view import (
    PAGE,
    Filter,
    asked,
    channels_of,
    figures,
    interval_rows,
    picked,
    remark_rows,
    rules_of,
)
from bot.console.evidence_words import EVIDENCE_WORDS, SCRIPT_WORDS
from bot.console.hub import Hub
from bot.console.staff import Staff
from bot.console.verifying import verdict_view, verification
from bot.dossier import Dossiers, Verdict
from bot.papers.wording import words
from products.errors import CastmateError, ContentError

SHOWS = 50  # on a page of the list
REMARKS = 200
READERS = 2  # ledgers that are read for pages at once
WHOLE = 1  # that are verified or put on paper at once: it takes a core for as long as the ledger is long
KEPT = 500
MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "pdf": "application/pdf"}
T = TypeVar("T")
Text = Annotated[str, Query(max_length=200)]


class Records:
    """What the routes do. `on_air`: whether a show of that name is linked to this console now."""

    def __init__(self, staff: Staff, dossiers: Dossiers, on_air: Callable[[str], bool]) -> None:
        self.staff, self.dossiers = staff, dossiers
        self._on_air, self.now = on_air, staff.access.clock.now
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()
        self.readers, self.whole = CapacityLimiter(READERS), CapacityLimiter(WHOLE)

    # ---- the list

    def listed(self, wanted: str, page: int) -> dict[str, Any]:
        """One page of the shows whose name, folder or platform holds `wanted`."""
        every = self.dossiers.glances()
        needle = wanted.casefold().strip()
        found = [g for g in every if needle in f"{g.show} {g.folder} {' '.join(g.destinations)}".casefold()]
        first = (page - 1) * SHOWS
        rows = [
            {
                "glance": g,
                "state": self.state(g),
                "verdict": self._verdicts.get(g.folder),
            }
            for g in found[first : first + SHOWS]
        ]
        return {
            "rows": rows,
            "all": len(found),
            "first": first,
            "any": bool(every),
            "page": page,
            "wanted": wanted,
        }

    def state(self, g: Glance) -> Literal["running", "closed", "broken"]:
        """A ledger that is silent for long is still a running show's if that one is linked to this
        console.
        """
        if g.closed:
            return "closed"
        if g.running(self.now()):
            return "running"
        newest = next((other for other in self.dossiers.glances() if other.show == g.show), g)
        return "running" if newest.folder == g.folder and self._on_air(g.show) else "broken"

    # ---- one show

    def opened(self, name: str) -> tuple[Glance, Account]:
        """Raises ContentError: no such show; SetupError: its ledger cannot be read."""
        folder = self.dossiers.folder(name)
        found = self.dossiers.glance(folder)
        if found is None:
            raise ContentError(f"The ledger of {name} does not begin as one.", remedy="Verify it.")
        return found, self.dossiers.account(folder)

    def shown(self, name: str, wanted: Filter, page: int, language: str) -> dict[str, Any]:
        """What the page of a show draws."""
        g, told = self.opened(name)
        w, spans = EVIDENCE_WORDS[language], picked(told.spans, wanted)
        verdict = self._verdicts.get(name)
        # a minute each: in the table only where somebody asks for them
        table = spans if wanted.kinds else tuple(s for s in spans if s.kind != "recording")
        return {
            "glance": g,
            "state": self.state(g),
            "account": told,
            "figures": figures(told, w),
            "picture": timeline(told, spans, wanted.since, wanted.until, w),
            "legend": legend(spans, w),
            "intervals": interval_rows(told, table, page, w, words(language)),
            "count": len(table),
            "pieces": len(spans) - len(table),
            "page": page,
            "page_size": PAGE,
            "remarks": remark_rows(told.remarks, wanted.rule, REMARKS),
            "more_remarks": max(0, len(told.remarks) - REMARKS) + told.more_remarks,
            "channels": channels_of(told),
            "rules": rules_of(told),
            "filter": wanted,
            "query": wanted.query(),
            "snapshots": self.dossiers.snapshots(self.dossiers.folder(name)),
            "moments": self.dossiers.moments(self.dossiers.folder(name)),
            "verdict": None
            if verdict is None
            else verdict_view(verdict, stamp_of(self.dossiers.folder(name))),
        }

    def remember(self, name: str, verdict: Verdict) -> dict[str, Any]:
        """Keeps a verdict for the pages; what they say of it."""
        self._verdicts[name] = verdict
        self._verdicts.move_to_end(name)
        while len(self._verdicts) > KEPT:
            self._verdicts.popitem(last=False)
        return verdict_view(verdict, stamp_of(self.dossiers.shows / name))

    def exported(self, name: str, form: str, wanted: Filter, language: str) -> bytes:
        """The file of an export. Raises CastmateError."""
        _, told = self.opened(name)
        spans = picked(told.spans, wanted)
        if form == "csv":
            return ("\ufeff" + as_csv(told, spans)).encode()  # the mark lets a spreadsheet read Chinese
        if form == "jsonl":
            return as_jsonl(told, spans).encode()
        now = self.now()
        sheet, verdict = self.dossiers.paper(self.dossiers.folder(name), spans, language, now)
        self.remember(name, verdict)
        return sheet.pdf(now)

    async def note(self, request: Request, what: str, name: str, **data: object) -> None:
        """Writes down who looked into what: evidence is about people."""
        who = self.staff.who(request).account
        book = self.staff.access.accounts.book
        await self.staff.call(lambda: book.record(what, who, None, show=name, **data))

    async def read(self, act: Callable[[], T], *, whole: bool = False) -> T:
        """Runs what reads a ledger; `whole`: verifies it too, which pages do not wait for."""
        return await anyio.to_thread.run_sync(act, limiter=self.whole if whole else self.readers)


def add_evidence(app: FastAPI, dossiers: Dossiers) -> None:
    """Adds the evidence pages to an application of bot/console/app.py."""
    hub: Hub = app.state.hub

    def on_air(show: str) -> bool:
        live = hub.get(show)
        return live is not None and live.linked and live.ended is None

    staff = Staff(app.state.pages, app.state.access)
    app.include_router(evidence_router(Records(staff, dossiers, on_air)))


def evidence_router(records: Records) -> APIRouter:
    router, staff = APIRouter(prefix="/evidence", include_in_schema=False), records.staff
    names = EVIDENCE_WORDS

    def language(request: Request) -> str:
        return staff.pages.language(request, "")

    async def not_there(request: Request, why: str) -> Response:
        found = await records.read(lambda: records.listed("", 1))
        return staff.render(
            request, "evidence.html", status=404, page_words=names, trouble=why, now=records.now(), **found
        )

    @router.get("", response_class=HTMLResponse)
    async def page(
        request: Request, find: Text = "", page: Annotated[int, Query(ge=1, le=10_000)] = 1
    ) -> Response:
        found = await records.read(lambda: records.listed(find, page))
        return staff.render(request, "evidence.html", page_words=names, now=records.now(), **found)

    @router.get("/{show}", response_class=HTMLResponse)
    async def one(
        request: Request,
        show: str,
        kind: Annotated[list[str] | None, Query(max_length=20)] = None,
        channel: Text = "",
        rule: Text = "",
        since: Annotated[str, Query(alias="from", max_length=20)] = "",
        until: Annotated[str, Query(alias="to", max_length=20)] = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        wanted = asked(kind or (), channel, rule, since, until)
        try:
            found = await records.read(lambda: records.shown(show, wanted, page, language(request)))
        except CastmateError as error:
            return await not_there(request, error.message)
        return staff.render(
            request,
            "evidence-show.html",
            own_words=SCRIPT_WORDS,
            page_words=names,
            now=records.now(),
            **found,
        )

    @router.post("/{show}/verify")
    async def verify(request: Request, show: str) -> Response:
        try:
            folder = records.dossiers.folder(show)
        except ContentError as error:
            return JSONResponse({"why": str(error)}, 404)
        if records.whole.available_tokens <= 0:
            return JSONResponse({"why": names[language(request)]["ev_verify_busy"]}, 429)
        await records.note(request, "evidence_verified", show)
        lines = verification(
            lambda step: records.dossiers.verify(folder, records.now(), step),
            records.whole,
            lambda verdict: records.remember(show, verdict),
        )
        return StreamingResponse(
            lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
        )

    @router.get("/{show}/picture")
    async def picture(
        request: Request, show: str, at: Annotated[float, Query(ge=0, le=1e7)] = 0.0
    ) -> Response:
        def read() -> bytes | None:
            image = records.dossiers.picture(records.dossiers.folder(show), at)
            if image is None:
                return None
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=86)
            return out.getvalue()

        try:
            found = await records.read(read)
        except CastmateError:
            found = None
        if found is None:
            return Response(status_code=404)
        return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})

    @router.get("/{show}/snapshot/{file}")
    async def snapshot(request: Request, show: str, file: str) -> Response:
        try:
            dossiers = records.dossiers
            found = await records.read(lambda: dossiers.snapshot(dossiers.folder(show), file))
        except CastmateError:
            return Response(status_code=404)
        await records.note(request, "snapshot_seen", show, file=file)
        return Response(found, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @router.get("/{show}/export.{form}")
    async def export(
        request: Request,
        show: str,
        form: Literal["csv", "jsonl", "pdf"],
        kind: Annotated[list[str] | None, Query(max_length=20)] = None,
        channel: Text = "",
        rule: Text = "",
        since: Annotated[str, Query(alias="from", max_length=20)] = "",
        until: Annotated[str, Query(alias="to", max_length=20)] = "",
    ) -> Response:
        wanted = asked(kind or (), channel, rule, since, until)
        try:
            made = await records.read(
                lambda: records.exported(show, form, wanted, language(request)), whole=form == "pdf"
            )
        except CastmateError as error:
            return await not_there(request, error.message)
        await records.note(request, "evidence_exported", show, form=form)
        headers = {
            "Content-Disposition": f'attachment; filename="{show}.{form}"',
            "Cache-Control": "no-store",
        }
        return Response(made, media_type=MEDIA[form], headers=headers)

    return router
