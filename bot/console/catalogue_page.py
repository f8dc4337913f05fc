"""The catalogue's pages: the list, a product, what buyers asked and nobody could answer.

The guard has let in who may see them, and to POSTs who may change the catalogue (bot/console/routes.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from bot.console.access import CSRF_HEADER
from bot.console.catalogue_upload_page import uploads_router
from bot.console.catalogue_uploads import Uploads
from bot.console.catalogue_view import fact_rows, picture_kind, points, row_of
from bot.console.catalogue_words import CATALOGUE_WORDS
from bot.console.feed_rules import EVERY
from bot.console.feed_words import FEED_WORDS
from bot.console.feeds import Feeds
from bot.console.feeds_page import feed_rows, feeds_router
from bot.console.roles import Right
from bot.console.routes import UPLOAD_BYTES
from bot.console.staff import Number, Staff
from products.errors import ContentError
from products.intake.undo import undoable
from products.listing import Listing, Only
from products.points import Points
from products.questions import QuestionQueue

Text = Annotated[str, Form(max_length=400)]
Long = Annotated[str, Form(max_length=4000)]
PAGE = 50
QUESTIONS = 200
FURTHEST = 2**53
TROUBLES = frozenset({"form_old", "cat_undo_gone", "cat_pictures_failed", "busy", "cat_options_wrong"}) | {
    name for name in FEED_WORDS["en"] if name.startswith("feed_")
}


@dataclass(frozen=True, slots=True)
class Goods:
    """What the pages show. `engine`: the shop's database; `uploads`: files that were brought; `feeds`: those
    that are fetched, where something fetches them.
    """

    engine: Engine
    uploads: Uploads
    now: Callable[[], datetime]
    feeds: Feeds | None = None


def add_catalogue(app: FastAPI, goods: Goods) -> None:
    """Adds the catalogue's pages to an application of bot/console/app.py."""
    staff = Staff(app.state.pages, app.state.access)
    app.include_router(uploads_router(staff, goods.engine, goods.uploads))
    if goods.feeds is not None:
        app.include_router(feeds_router(staff, goods.feeds))
    app.include_router(catalogue_router(staff, goods))

    @app.exception_handler(OperationalError)
    async def locked(request: Request, error: Exception) -> Response:
        """A large file is being taken in: who writes meanwhile is asked to wait, and nothing was done."""
        if not isinstance(error, OperationalError) or "locked" not in str(error.orig):
            raise error
        headers = {"Retry-After": "60"}
        if CSRF_HEADER in request.headers:
            return JSONResponse({"ok": False, "why": "busy"}, 503, headers=headers)
        values = {"what": "cat_locked", "text": "cat_locked_text", "own_words": CATALOGUE_WORDS}
        page = staff.render(request, "catalogue_none.html", status=503, **values)
        page.headers.update(headers)
        return page


def catalogue_router(staff: Staff, goods: Goods) -> APIRouter:
    router = APIRouter(prefix="/catalogue", include_in_schema=False)
    listing, queue, made = Listing(goods.engine), QuestionQueue(goods.engine), Points(goods.engine)

    def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        return staff.render(request, template, status=status, own_words=CATALOGUE_WORDS, **values)

    def list_page(request: Request) -> dict[str, Any]:
        language, asked = staff.pages.language(request, ""), request.query_params
        words = asked.get("q", "")[:200]
        only = Only(asked["only"]) if asked.get("only") in set(Only) else Only.ALL
        after = int(a) if (a := asked.get("after", "0")).isdecimal() and int(a) < FURTHEST else 0
        now = goods.now()
        leaf = listing.page(now, words, only, after, PAGE)
        keep = {k: v for k, v in (("q", words), ("only", str(only)), ("lang", asked.get("lang", ""))) if v}
        return {
            "rows": [row_of(p, language, now, CATALOGUE_WORDS[language]) for p in leaf.products],
            "q": words,
            "only": only,
            "filters": tuple(Only),
            "after": after,
            "looked": leaf.looked,
            "first": f"/catalogue?{urlencode(keep)}",
            "more": None if leaf.next is None else f"/catalogue?{urlencode(keep | {'after': leaf.next})}",
            "counts": listing.counts(),
            "newest": undoable(goods.engine),
            "file_name": lambda path: Path(path).name,
            "uploads": goods.uploads.all() if staff.access.may(request, Right.MERCH) else [],
            "fetches": goods.feeds is not None,
            "feeds": feed_rows(goods.feeds) if staff.access.may(request, Right.MERCH) else [],
            "everies": EVERY,
            "open_questions": len(queue.waiting("product", QUESTIONS)),
            "most": UPLOAD_BYTES,
            "busy": goods.uploads.busy,
            "lacking": listing.lacking_pictures(),
            "fetched": asked.get("fetched", "") if asked.get("fetched", "").isdecimal() else "",
            "failed": asked.get("failed", "") if asked.get("failed", "").isdecimal() else "",
            "trouble": t if (t := asked.get("trouble", "")) in TROUBLES else "",
        }

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return render(
            request, "catalogue.html", page_words=FEED_WORDS, **await staff.call(list_page, request)
        )

    async def product_page(request: Request, handle: str, *, status: int = 200, **more: Any) -> HTMLResponse:
        language = staff.pages.language(request, "")
        words = CATALOGUE_WORDS[language]

        def read() -> dict[str, Any] | None:
            found, now = listing.find(handle), goods.now()
            if found is None:
                return None
            may, never = points(found, made.of(handle))
            return {
                "product": found,
                "row": row_of(found, language, now, words),
                "facts": fact_rows(found, now, words) if found.active else [],
                "may_say": may,
                "never_say": never,
                "questions": queue.waiting("product", QUESTIONS, product=handle),
                "languages": tuple(found.texts),
            }

        values = await staff.call(read)
        if values is None:
            return render(request, "catalogue_none.html", status=404, what="cat_no_product")
        return render(request, "product.html", status=status, **{"draft": "", **values, **more})

    @router.get("/products/{handle}", response_class=HTMLResponse)
    async def product(request: Request, handle: str) -> Response:
        return await product_page(request, handle)

    @router.post("/products/{handle}/points")
    async def point(
        request: Request,
        handle: str,
        form: Text = "",
        stance: Text = "",
        language: Text = "",
        text: Long = "",
    ) -> Response:
        if not staff.form_holds(request, form):
            return await refused(request, handle, "form_old", 403)
        who = staff.who(request)
        put = made.forbid if stance == "forbidden" else made.approve
        try:
            number = await staff.call(put, handle, language, text, who.name, goods.now())
        except ContentError as error:
            words = CATALOGUE_WORDS[staff.pages.language(request, "")]
            kinds = [words[f"cat_why_{k}"] for k in error.remedy.split(", ") if f"cat_why_{k}" in words]
            said = words.get(error.message, error.message).replace("{why}", ", ".join(kinds))
            return await product_page(request, handle, status=422, trouble=said, draft=text)
        what = "point_forbidden" if stance == "forbidden" else "point_approved"
        await staff.call(staff.access.accounts.book.record, what, who.account, None, point=number)
        return RedirectResponse(f"/catalogue/products/{quote(handle)}?said=said_point", 303)

    @router.post("/products/{handle}/points/{point}/drop")
    async def drop(request: Request, handle: str, point: Number, form: Text = "") -> Response:
        if not staff.form_holds(request, form):
            return await refused(request, handle, "form_old", 403)
        if await staff.call(made.drop, handle, point):
            who = staff.who(request)
            await staff.call(
                staff.access.accounts.book.record, "point_dropped", who.account, None, point=point
            )
        return RedirectResponse(f"/catalogue/products/{quote(handle)}?said=said_point", 303)

    async def refused(request: Request, handle: str, trouble: str, status: int) -> HTMLResponse:
        found = await product_page(request, handle, status=status, trouble=trouble)
        found.status_code = status
        return found

    @router.get("/pictures/{handle}")
    async def picture(handle: str) -> Response:
        def read() -> tuple[Path, str] | None:
            found = listing.find(handle)
            if found is None or found.picture is None:
                return None
            kind = picture_kind(found.picture)
            return None if kind is None else (found.picture, kind)

        there = await staff.call(read)
        if there is None:
            return Response(status_code=404)
        return FileResponse(there[0], media_type=there[1], headers={"Cache-Control": "private, max-age=60"})

    @router.get("/questions", response_class=HTMLResponse)
    async def questions(request: Request) -> Response:
        rows = await staff.call(queue.waiting, None, QUESTIONS)
        return render(request, "questions.html", questions=rows)

    @router.post("/questions/{question}/close")
    async def close(
        request: Request, question: Number, form: Text = "", note: Text = "", product: Text = ""
    ) -> Response:
        if not staff.form_holds(request, form):
            rows = await staff.call(queue.waiting, None, QUESTIONS)
            return render(request, "questions.html", status=403, trouble="form_old", questions=rows)
        who = staff.who(request)

        def act() -> None:
            if queue.close(question, who.name, note.strip(), goods.now()):
                staff.access.accounts.book.record("question_closed", who.account, question=question)

        await staff.call(act)
        back = f"/catalogue/products/{quote(product, safe='')}" if product else "/catalogue/questions"
        return RedirectResponse(f"{back}?said=said_question", 303)

    return router
