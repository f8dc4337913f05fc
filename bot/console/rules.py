"""The page of rules: what they mean, in plain words; what waits for compliance staff; what they sign there.

Whoever signs needs the role, shows a credential again (the guard asks), and opens their own key with a
passphrase that the console never keeps. The name on the paper is the account's, not one that is typed in.
"""

from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.roles import Right
from bot.console.rules_board import Question, RulesBoard, day_of
from bot.console.rules_words import RULES_WORDS
from bot.console.staff import Staff
from products.errors import CastmateError, ContentError

Text = Annotated[str, Form(max_length=2000)]
Long = Annotated[str, Form(max_length=120_000)]
Asked = Annotated[str, Query(max_length=60)]
CAPTURE_BYTES = 200_000
SUFFIXES = frozenset({".txt", ".html", ".htm", ".pdf", ".png", ".jpg", ".jpeg", ".md"})


class Rules:
    """What the routes do."""

    def __init__(self, staff: Staff, board: RulesBoard) -> None:
        self.staff, self.board = staff, board
        self._one = CapacityLimiter(1)

    async def page(self, request: Request, *, status: int = 200, **values: Any) -> Response:
        """The page, with the answer when something is asked."""
        who, asked = self.staff.who(request), request.query_params
        may_sign = self.staff.access.may(request, Right.SIGN)

        def look() -> dict[str, Any]:
            found: dict[str, Any] = {"answer": None, "decision": None, "why": ""}
            question = self._question(asked)
            if question is not None:
                try:
                    decision, told = self.board.answer(question)
                    found |= {"decision": decision, "answer": told}
                except CastmateError as error:
                    found["why"] = str(error)
            return found | {
                "question": question,
                "platforms": self.board.office().packs.platforms(),
                "places": self.board.places(),
                "waiting": self.board.waiting(),
                "waivers": self.board.waivers(),
                "waivable": self.board.waivable() if may_sign else (),
                "has_key": may_sign and self.board.desk.has_key(who.name),
                "today": self.board.now().date(),
            }

        try:
            found = await anyio.to_thread.run_sync(look, limiter=self._one)
        except CastmateError as error:  # a paper that cannot be read: nothing is told until it is mended
            return self.staff.render(
                request, "rules.html", status=500, page_words=RULES_WORDS, broken=str(error), may_sign=False
            )
        shown = {"may_sign": may_sign, "broken": "", **found, **values}
        return self.staff.render(request, "rules.html", status=status, page_words=RULES_WORDS, **shown)

    def _question(self, asked: Any) -> Question | None:
        platform = asked.get("platform", "")[:60]
        if not platform:
            return None
        try:
            day = day_of(asked.get("date", ""))
        except ContentError:
            day = self.board.now().date()
        viewers = tuple(p for p in asked.get("audience", "").replace(",", " ").split()[:20])
        market = asked.get("jurisdiction", "").strip()[:20]
        return Question(
            platform, market, viewers, day, asked.get("host") == "drawn", asked.get("local") == "1"
        )

    async def sign(
        self, request: Request, form: str, act: Callable[[str], object], what: str, said: str, **data: object
    ) -> Response:
        """Signs as who is signed in, and notes it."""
        if not self.staff.form_holds(request, form):
            return await self.page(request, status=403, trouble="form_old")
        who, book = self.staff.who(request), self.staff.access.accounts.book
        try:
            await anyio.to_thread.run_sync(lambda: act(who.name), limiter=self._one)
        except CastmateError as error:
            await self.staff.call(lambda: book.record(f"{what}_refused", who.account, None, **data))
            return await self.page(request, status=422, trouble=str(error))
        await self.staff.call(lambda: book.record(what, who.account, None, **data))
        return RedirectResponse(f"/rules?said={said}", 303)


def add_rules(app: FastAPI, board: RulesBoard) -> None:
    """Adds the page to an application of bot/console/app.py."""
    app.include_router(rules_router(Rules(Staff(app.state.pages, app.state.access), board)))


def rules_router(rules: Rules) -> APIRouter:
    router, board = APIRouter(prefix="/rules", include_in_schema=False), rules.board

    @router.get("", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        return await rules.page(request)

    @router.post("/key")
    async def key(request: Request, form: Text = "", passphrase: Text = "", again: Text = "") -> Response:
        return await rules.sign(
            request,
            form,
            lambda name: board.make_key(name, passphrase, again),
            "signing_key_made",
            "said_key",
        )

    @router.post("/confirm")
    async def confirm(
        request: Request,
        form: Text = "",
        pack: Text = "",
        address: Text = "",
        text_date: Text = "",
        text: Long = "",
        file: UploadFile | None = None,
        adds: Text = "",
        passphrase: Text = "",
    ) -> Response:
        capture, suffix = text.encode(), ".txt"
        if file is not None and file.filename:
            capture, suffix = await file.read(CAPTURE_BYTES + 1), PurePath(file.filename).suffix.lower()
        if len(capture) > CAPTURE_BYTES or suffix not in SUFFIXES:
            return await rules.page(request, status=422, trouble="rul_capture_wrong")
        return await rules.sign(
            request,
            form,
            lambda name: board.confirm(pack, address, text_date, capture, suffix, adds, name, passphrase),
            "pack_confirmed",
            "said_confirmed",
            pack=pack[:60],
        )

    @router.post("/waive")
    async def waive(
        request: Request,
        form: Text = "",
        rule: Text = "",
        why: Text = "",
        until: Text = "",
        passphrase: Text = "",
    ) -> Response:
        return await rules.sign(
            request,
            form,
            lambda name: board.waive(rule, why, until, name, passphrase),
            "rule_waived",
            "said_waived",
            rule=rule[:60],
        )

    return router
