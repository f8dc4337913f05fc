"""Bringing a file into the catalogue: upload, columns, comparison, taking it in, taking it back."""

from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy import Engine
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect

from bot.console.catalogue_problems import told
from bot.console.catalogue_uploads import Upload, Uploads, mapping_of
from bot.console.catalogue_words import CATALOGUE_WORDS
from bot.console.catalogue_work import COLUMNS, Options, Outcome
from bot.console.staff import Staff
from products.errors import CastmateError
from products.intake.columns import FIELDS
from products.intake.undo import undoable

Text = Annotated[str, Form(max_length=400)]
LISTS: dict[str, Literal["problems.csv", "changes.csv"]] = {
    "problems.csv": "problems.csv",
    "changes.csv": "changes.csv",
}


class Intake:
    """What the routes do."""

    def __init__(self, staff: Staff, engine: Engine, uploads: Uploads) -> None:
        self._staff, self._engine, self._uploads = staff, engine, uploads

    async def page(self, request: Request, id_: str, *, status: int = 200, **values: object) -> Response:
        upload = await self._staff.call(self._uploads.get, id_)
        if upload is None:
            return self._none(request, 404 if status == 200 else status)
        step, done, total = self._uploads.progress(id_)
        return self._staff.render(
            request,
            "upload.html",
            status=status,
            own_words=CATALOGUE_WORDS,
            upload=upload,
            step=step,
            done=done,
            total=total,
            fields=FIELDS,
            told=told,
            newest=await self._staff.call(undoable, self._engine),
            **values,
        )

    def _none(self, request: Request, status: int = 404) -> Response:
        return self._staff.render(
            request, "catalogue_none.html", status=status, own_words=CATALOGUE_WORDS, what="cat_no_upload"
        )

    async def take(self, request: Request) -> Response:
        """The body is the file itself; its name comes in a header, percent-encoded."""
        size, who = int(request.headers.get("content-length", "0")), self._staff.who(request)
        name = unquote(request.headers.get("x-file-name", ""))[:400]
        try:
            upload = await self._uploads.take(name, size, request.stream(), who.account)
        except ClientDisconnect:
            return Response(status_code=400)
        except CastmateError as error:
            language = self._staff.pages.language(request, "")
            known = CATALOGUE_WORDS[language].get(error.message)
            return JSONResponse({"ok": False, "why": str(error) if known is None else known}, 422)
        await self.note(request, "catalogue_uploaded", bytes=upload.size, sha256=upload.sha256)
        return JSONResponse({"ok": True, "made": f"/catalogue/uploads/{upload.id}"})

    async def note(self, request: Request, what: str, **data: str | int) -> None:
        book, who = self._staff.access.accounts.book, self._staff.who(request)
        await self._staff.call(lambda: book.record(what, who.account, None, **data))

    async def compare(self, request: Request, id_: str) -> Response:
        async with request.form(max_fields=COLUMNS + 10, max_files=0) as form:
            if not self._staff.form_holds(request, _text(form, "form")):
                return await self.page(request, id_, status=403, trouble="form_old")
            upload = await self._staff.call(self._uploads.get, id_)
            if upload is None:
                return self._none(request)
            try:
                await self._uploads.compare(upload, _options(upload, form))
            except (CastmateError, ValueError) as error:
                return await self.page(request, id_, status=422, trouble=_said(error))
        return RedirectResponse(f"/catalogue/uploads/{id_}", 303)

    async def apply(self, request: Request, id_: str, form: str) -> Response:
        if not self._staff.form_holds(request, form):
            return await self.page(request, id_, status=403, trouble="form_old")
        upload = await self._staff.call(self._uploads.get, id_)
        if upload is None:
            return self._none(request)
        try:
            found = await self._uploads.apply(upload)
        except CastmateError as error:
            return await self.page(request, id_, status=422, trouble=error.message)
        if not found.ok:
            language = self._staff.pages.language(request, "")
            why = f"{told(found.why, language)} {told(found.remedy, language)}"
            return await self.page(request, id_, status=422, trouble=why)
        await self.note(
            request, "catalogue_applied", sha256=upload.sha256, full=upload.options.full, **_counts(found)
        )
        return RedirectResponse(f"/catalogue/uploads/{id_}?said=said_applied", 303)

    async def undo(self, request: Request, form: str, reading: int) -> Response:
        if not self._staff.form_holds(request, form):
            return RedirectResponse("/catalogue?trouble=form_old", 303)
        try:
            found = await self._uploads.undo(reading)
        except CastmateError:
            return RedirectResponse("/catalogue?trouble=busy", 303)
        if not found.ok:
            return RedirectResponse("/catalogue?trouble=cat_undo_gone", 303)
        await self.note(request, "catalogue_undone", reading=reading, **_counts(found))
        return RedirectResponse("/catalogue?said=said_undone", 303)

    async def pictures(self, request: Request, form: str) -> Response:
        if not self._staff.form_holds(request, form):
            return RedirectResponse("/catalogue?trouble=form_old", 303)
        try:
            found = await self._uploads.fetch_pictures()
        except CastmateError:
            return RedirectResponse("/catalogue?trouble=busy", 303)
        await self.note(request, "pictures_fetched", fetched=found.new, failed=found.problems)
        said = f"/catalogue?said=said_pictures&fetched={found.new}&failed={found.problems}"
        return RedirectResponse(said if found.ok else "/catalogue?trouble=cat_pictures_failed", 303)

    async def remove(self, request: Request, id_: str, form: str) -> Response:
        if not self._staff.form_holds(request, form):
            return await self.page(request, id_, status=403, trouble="form_old")
        if self._uploads.progress(id_)[0]:
            return await self.page(request, id_, status=422, trouble="busy")
        await self._staff.call(self._uploads.remove, id_)
        return RedirectResponse("/catalogue?said=said_removed", 303)


def _counts(found: Outcome) -> dict[str, int]:
    return {"new": found.new, "changed": found.changed, "gone": found.gone}


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value[:400] if isinstance(value, str) else ""


def _said(error: Exception) -> str:
    return error.message if isinstance(error, CastmateError) else "cat_options_wrong"


def _options(upload: Upload, form: FormData) -> Options:
    """How a person wants the file read. Raises ValueError (pydantic's), ContentError."""
    head = upload.head
    mapping: dict[str, str] = {}
    if head is not None and not head.kind.startswith("json"):
        mapping = mapping_of(head, [_text(form, f"c{n}") for n in range(len(head.headings))])
    return Options(
        language=_text(form, "language").lower(),
        currency=_text(form, "currency").upper(),
        mapping=mapping,
        full=_text(form, "full") == "yes",
    )


def uploads_router(staff: Staff, engine: Engine, uploads: Uploads) -> APIRouter:
    router = APIRouter(prefix="/catalogue", include_in_schema=False)
    intake = Intake(staff, engine, uploads)

    @router.post("/uploads")
    async def take(request: Request) -> Response:
        return await intake.take(request)

    @router.get("/uploads/{upload}", response_class=HTMLResponse)
    async def page(request: Request, upload: str) -> Response:
        return await intake.page(request, upload)

    @router.get("/uploads/{upload}/progress")
    async def progress(upload: str) -> JSONResponse:
        step, done, total = uploads.progress(upload)
        answer = {"step": step, "done": done, "total": total}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    @router.get("/uploads/{upload}/{name}")
    async def listed(request: Request, upload: str, name: str) -> Response:
        path = uploads.list_file(upload, LISTS[name]) if name in LISTS else None
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)

    @router.post("/uploads/{upload}/compare")
    async def compare(request: Request, upload: str) -> Response:
        return await intake.compare(request, upload)

    @router.post("/uploads/{upload}/apply")
    async def apply(request: Request, upload: str, form: Text = "") -> Response:
        return await intake.apply(request, upload, form)

    @router.post("/uploads/{upload}/remove")
    async def remove(request: Request, upload: str, form: Text = "") -> Response:
        return await intake.remove(request, upload, form)

    @router.post("/fetch-pictures")
    async def pictures(request: Request, form: Text = "") -> Response:
        return await intake.pictures(request, form)

    @router.post("/undo")
    async def undo(
        request: Request, form: Text = "", reading: Annotated[int, Form(ge=0, le=2**53)] = 0
    ) -> Response:
        return await intake.undo(request, form, reading)

    return router
