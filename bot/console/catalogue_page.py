"""The catalogue's pages: the list, a product, what buyers asked and nobody could answer.

The guard has let in who may see them, and to POSTs who may change the catalogue (bot/console/routes.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from sqlalchemy import Engine

from bot.console.catalogue_upload_page import uploads_router
from bot.console.catalogue_uploads import Uploads
from bot.console.catalogue_view import fact_rows, picture_kind, points, row_of
from bot.console.catalogue_words import CATALOGUE_WORDS
from bot.console.roles import Right
from bot.console.routes import UPLOAD_BYTES
from bot.console.staff import Number, Staff
from products.intake.undo import undoable
from products.listing import Listing, Only
from products.questions import QuestionQueue

Text = Annotated[str, Form(max_length=400)]
PAGE = 50
QUESTIONS = 200
FURTHEST = 2**53
TROUBLES = frozenset({"form_old", "cat_undo_gone"})


@dataclass(frozen=True, slots=True)
class Goods:
    """What the pages show. `engine`: the shop's database; `uploads`: files that were brought."""

    engine: Engine
    uploads: Uploads
    now: Callable[[], datetime]


def add_catalogue(app: FastAPI, goods: Goods) -> None:
    """Adds the catalogue's pages to an application of bot/console/app.py."""
    staff = Staff(app.state.pages, app.state.access)
    app.include_router(uploads_router(staff, goods.engine, goods.uploads))
    app.include_router(catalogue_router(staff, goods))


def catalogue_router(staff: Staff, goods: Goods) -> APIRouter:
    router = APIRouter(prefix="/catalogue", include_in_schema=False)
    listing, queue = Listing(goods.engine), QuestionQueue(goods.engine)

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
            "open_questions": len(queue.waiting("product", QUESTIONS)),
            "most": UPLOAD_BYTES,
            "trouble": t if (t := asked.get("trouble", "")) in TROUBLES else "",
        }

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return render(request, "catalogue.html", **await staff.call(list_page, request))

    @router.get("/products/{handle}", response_class=HTMLResponse)
    async def product(request: Request, handle: str) -> Response:
        language = staff.pages.language(request, "")
        words = CATALOGUE_WORDS[language]

        def read() -> dict[str, Any] | None:
            found, now = listing.find(handle), goods.now()
            if found is None:
                return None
            may, never = points(found)
            return {
                "product": found,
                "row": row_of(found, language, now, words),
                "facts": fact_rows(found, now, words) if found.active else [],
                "may_say": may,
                "never_say": never,
                "questions": queue.waiting("product", QUESTIONS, product=handle),
            }

        values = await staff.call(read)
        if values is None:
            return render(request, "catalogue_none.html", status=404, what="cat_no_product")
        return render(request, "product.html", **values)

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
        back = f"/catalogue/products/{product}" if product and "/" not in product else "/catalogue/questions"
        return RedirectResponse(f"{back}?said=said_question", 303)

    return router
