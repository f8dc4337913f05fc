"""The API for programs of the shop: `Authorization: Bearer castmate_...`. Described by OpenAPI at
/api/v1/openapi.json; no cookie opens it.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.console.access import PROGRAM
from bot.console.courtesy import clean
from bot.console.desk import Act, Said, Word
from bot.console.hub import Hub, LiveShow
from bot.console.roles import Scope
from bot.console.routes import NEEDS, Door
from bot.console.staff import Staff
from bot.console.tokens import Program
from bot.show.messages import Approve, Command, Down, Insert

BASE = "/api/v1"
VERSION = "1"
ABOUT = (
    "A token is made under My account. It may what its scopes say and its person may, whichever is less. "
    "60 requests at once and 20 a second are answered; beyond that 429 with Retry-After."
)
ShowId = Annotated[str, Path(min_length=1, max_length=200, description="The show's name, as in its file.")]


class Refusal(BaseModel):
    """Why not. `token`: none, or none that is good; `scope`: the token has not this scope; `show`: no such
    show; `link`: the show is not connected; `busy`: too much waits; `empty`: no words; `slower`: too often.
    """

    model_config = ConfigDict(extra="forbid")

    ok: Literal[False]
    why: Literal["token", "scope", "show", "link", "busy", "empty", "slower", "too long", "not allowed"]


class Unreadable(BaseModel):
    """A body that is no JSON."""

    detail: str


class Done(BaseModel):
    """The show was told. What became of it is in the show's own ledger."""

    ok: Literal[True] = True


class Me(BaseModel):
    """Whose token this is, and what it may now."""

    name: str
    scopes: list[Scope]


class ShowView(BaseModel):
    """A show as it last told. `air`: planned, checking, live, hold, ending, ended, failed; None: not told."""

    show: str
    title: str
    language: str
    platform: str
    mode: str
    linked: bool
    air: str | None
    cohost: str | None
    policy: str | None
    reasons: list[str]
    viewers: int = Field(ge=0)
    figures: dict[str, float]


class Person(BaseModel):
    id: int
    name: str
    role: str
    since: datetime
    closed: datetime | None
    passkeys: int = Field(ge=0)
    codes: bool


class ActView(BaseModel):
    """`entry`: its index in the console's ledger; None: on its way there."""

    id: int
    at: datetime
    who: int | None
    what: str
    about: int | None
    data: dict[str, Any]
    entry: int | None


def view_of(live: LiveShow) -> ShowView:
    hello, state = live.hello, live.state
    return ShowView(
        show=hello.show,
        title=hello.title,
        language=hello.language,
        platform=hello.platform,
        mode=hello.mode,
        linked=live.linked,
        air=None if state is None else state.air,
        cohost=None if state is None else state.cohost,
        policy=None if state is None else state.policy,
        reasons=[] if state is None else list(state.reasons),
        viewers=live.viewers,
        figures={name: points[-1][1] for name, points in live.figures.items() if points},
    )


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No token, or none that is good."},
    403: {"model": Refusal, "description": "The token has not this scope."},
    429: {"model": Refusal, "description": "Too often; Retry-After says when."},
}
ONE: dict[int | str, dict[str, Any]] = {404: {"model": Refusal, "description": "No such show."}}
TOLD: dict[int | str, dict[str, Any]] = {
    **ONE,
    400: {"model": Refusal | Unreadable, "description": "No words in it, or no JSON."},
    409: {"model": Refusal, "description": "The show is not connected."},
    413: {"model": Refusal, "description": "Too long."},
    503: {"model": Refusal, "description": "Too much waits; try again."},
}


def api_router(hub: Hub, staff: Staff) -> APIRouter:
    router = APIRouter(prefix=BASE, responses=REFUSALS)
    accounts = staff.access.accounts

    def program(request: Request) -> Program:
        found: Program = request.scope[PROGRAM]  # the guard let nobody else through
        return found

    @router.get("/me", tags=["token"], response_model=Me, summary="Whose token this is")
    async def me(request: Request) -> Me:
        who = program(request)
        return Me(name=who.name, scopes=sorted(who.scopes))

    @router.get("/shows", tags=["shows"], response_model=list[ShowView], summary="All shows that are known")
    async def shows() -> list[ShowView]:
        return [view_of(live) for live in hub.shows()]

    @router.get("/shows/{show}", tags=["shows"], response_model=ShowView, responses=ONE, summary="One show")
    async def one(show: ShowId) -> Response | ShowView:
        live = hub.get(show)
        return _no("show", 404) if live is None else view_of(live)

    async def tell(request: Request, show: str, message: Down) -> JSONResponse:
        live = hub.get(show)
        if live is None:
            return _no("show", 404)
        if not live.linked:  # an act of now must not be done minutes later
            return _no("link", 409)
        if not live.outbox.put(message):
            return _no("busy", 503)
        who = program(request)
        await staff.call(
            accounts.book.record, "api_act", who.account, token=who.token, show=show, did=message.type
        )
        return JSONResponse({"ok": True})

    def by(request: Request) -> str:
        return f"{program(request).name} (API)"

    @router.post(
        "/shows/{show}/acts",
        tags=["shows"],
        response_model=Done,
        responses=TOLD,
        summary="Hold, resume, pause the clone, next cue, end",
    )
    async def act(request: Request, show: ShowId, body: Act) -> Response:
        return await tell(request, show, Command(name=body.name, by=by(request)))

    @router.post(
        "/shows/{show}/lines",
        tags=["shows"],
        response_model=Done,
        responses=TOLD,
        summary="Hand over a line; it is cleared like any other before it airs",
    )
    async def line(request: Request, show: ShowId, body: Said) -> Response:
        text = clean(body.text)
        return await tell(request, show, Insert(text=text, by=by(request))) if text else _no("empty", 400)

    @router.post(
        "/shows/{show}/answers",
        tags=["shows"],
        response_model=Done,
        responses=TOLD,
        summary="A person's word on an answer that waits",
    )
    async def answer(request: Request, show: ShowId, body: Word) -> Response:
        text = None if body.text is None else clean(body.text)
        if body.text is not None and not text:
            return _no("empty", 400)
        word = Approve(id=body.id, ok=body.ok, text=text, by=by(request))
        return await tell(request, show, word)

    @router.get("/people", tags=["people"], response_model=list[Person], summary="The shop's people")
    async def people() -> list[Person]:
        def read() -> list[Person]:
            return [
                Person(
                    id=row.id or 0,
                    name=row.name,
                    role=row.role,
                    since=row.made_at,
                    closed=row.closed_at,
                    passkeys=len(accounts.passkeys.of(row.id or 0)),
                    codes=row.totp is not None,
                )
                for row in accounts.people.all()
            ]

        return await staff.call(read)

    @router.get("/acts", tags=["people"], response_model=list[ActView], summary="What was done, newest first")
    async def acts(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[ActView]:
        rows = await staff.call(accounts.book.events, limit)
        return [ActView.model_validate(row, from_attributes=True) for row in rows]

    return router


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _no(why: str, status: int) -> JSONResponse:
    return JSONResponse({"ok": False, "why": why}, status)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the API alone, with the scope that each operation asks for."""
    made = get_openapi(
        title=f"{app.title} API",
        version=VERSION,
        description=ABOUT,
        routes=app.routes,
        openapi_version="3.1.0",
    )
    made["paths"] = {path: item for path, item in made["paths"].items() if path.startswith(BASE)}
    made.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            need = NEEDS[method.upper(), path]
            operation["security"] = [{"token": []}]
            operation["x-scope"] = need.scope if need.door is Door.SCOPE else None
    return made


def documents_router(app: FastAPI, staff: Staff) -> APIRouter:
    """The document, and a page that people read."""
    router = APIRouter(include_in_schema=False)
    held: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not held:
            held.update(describe(app))
        return held

    @router.get(f"{BASE}/openapi.json")
    async def openapi() -> JSONResponse:
        return JSONResponse(document())

    @router.get("/api", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        operations = [
            (method.upper(), path, operation)
            for path, item in document()["paths"].items()
            for method, operation in item.items()
        ]
        values: dict[str, Any] = {"about": ABOUT, "base": BASE, "request_base": _base(request)}
        return staff.render(request, "api.html", operations=operations, **values)

    return router
