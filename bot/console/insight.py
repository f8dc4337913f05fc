"""The pages of insight: what shows brought. For whoever plans, sells or reviews; the guard has let nobody
else in (bot/console/routes.py).
"""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse

from bot.console.insight_board import SPANS, InsightBoard, Seen
from bot.console.insight_picture import PATTERNS
from bot.console.insight_view import Panel, as_csv, figures, panels, troubles
from bot.console.insight_words import INSIGHT_WORDS
from bot.console.staff import Staff

NAMES = Literal[
    "viewers", "orders", "share", "products", "cues", "words", "questions", "remarks", "segments", "runs"
]
Show = Annotated[str, Query(max_length=120)]
Titled = Callable[[str, str], str]  # (handle, language) -> a product's title; blocks


def add_insight(app: FastAPI, board: InsightBoard, titled: Titled) -> None:
    """Adds the pages to an application of bot/console/app.py."""
    app.include_router(insight_router(Staff(app.state.pages, app.state.access), board, titled))


def insight_router(staff: Staff, board: InsightBoard, titled: Titled) -> APIRouter:
    router = APIRouter(prefix="/insight", include_in_schema=False)

    def drawn(days: int, show: str, language: str) -> tuple[Seen, tuple[Panel, ...]]:
        seen, known = board.seen(_span(days), show), dict[str, str]()

        def title(handle: str) -> str:
            if handle not in known:
                known[handle] = titled(handle, language)
            return known[handle]

        return seen, panels(seen, INSIGHT_WORDS[language], language, title)

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request, days: int = SPANS[1], show: Show = "") -> Response:
        language = staff.pages.language(request, "")
        seen, found = await staff.call(drawn, days, show, language)
        w = INSIGHT_WORDS[language]
        return staff.render(
            request,
            "insight.html",
            page_words=INSIGHT_WORDS,
            seen=seen,
            figures=figures(seen, w),
            troubles=troubles(seen, w, language),
            panels={panel.name: panel for panel in found},
            spans=SPANS,
            span=_span(days),
            patterns=PATTERNS,
        )

    @router.get("/{name}.csv")
    async def export(request: Request, name: NAMES, days: int = SPANS[1], show: Show = "") -> Response:
        language = staff.pages.language(request, "")
        _, found = await staff.call(drawn, days, show, language)
        panel = next(p for p in found if p.name == name)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
        text = "\ufeff" + as_csv(panel)  # the mark lets a spreadsheet read Chinese
        return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)

    return router


def _span(days: int) -> int:
    return days if days in SPANS else SPANS[1]
