"""The co-host's page: check-in, camera, microphone, challenges. A click checks in; it never proves
presence.
"""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.clock import Clock
from bot.console.access import Access
from bot.console.courtesy import clean
from bot.console.hub import Hub, LiveShow
from bot.console.pages import Pages
from bot.console.roles import Right
from bot.console.senses import PCM_BYTES, Senses, Witness, new_watches
from bot.console.sockets import FULL, UNKNOWN, pass_on, refuse, until_first
from bot.show.messages import CameraNews, CheckIn, Evidence, OnAir, Prompting

PICTURE = 1
SOUND = 2
CAMERA = 3  # a piece of what the browser's MediaRecorder makes, for the air
PIECE_BYTES = 2_000_000
SEATS = 4  # pages of co-hosts at once, per show
TELL_EVERY_S = 0.4  # how often the page learns what was seen and heard


class Arrive(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["check_in"]
    name: str = Field(max_length=200)
    arriving: bool


class AnswerTo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["answer"]
    challenge: str = Field(max_length=100)
    answer: str = Field(max_length=500)


class CameraTo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["camera"]
    on: bool


class PlaceTo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["on_air"]
    place: Literal["off", "inset", "alone"]


class PromptTo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["prompting"]
    next: bool = False
    auto: bool | None = None


FromPage = Arrive | AnswerTo | CameraTo | PlaceTo | PromptTo
FROM_PAGE: TypeAdapter[FromPage] = TypeAdapter(Annotated[FromPage, Field(discriminator="type")])


class Seat:
    """One co-host's page while it is open."""

    def __init__(self, ws: WebSocket, show: LiveShow, senses: Senses, clock: Clock) -> None:
        self._ws, self._show, self._senses, self._clock = ws, show, senses, clock
        self._watch, self._voice = new_watches()
        self._witness = Witness()
        self._name = ""
        self._told = -1e9
        self._filming = False

    async def read(self) -> None:
        """One message after the other: while one is analysed the socket waits, and the page then sends
        less.
        """
        while True:
            frame = await self._ws.receive()
            if frame["type"] == "websocket.disconnect":
                return
            data, text = frame.get("bytes"), frame.get("text")
            if data and data[0] == CAMERA:
                await self._film(data[1:])
            elif data:
                await self._sense(data[0], data[1:])
            elif text is not None:
                await self._hear(text)

    async def _hear(self, text: str) -> None:
        try:
            said = FROM_PAGE.validate_json(text)
        except ValidationError:
            return
        match said:
            case Arrive():
                await self._arrive(said)
            case AnswerTo():
                await self._answer(said)
            case _:
                self._perform(said)

    def _perform(self, said: CameraTo | PlaceTo | PromptTo) -> None:
        """Camera, place on the air, prompter: only for who is checked in."""
        by = self._name
        if not by:
            return
        match said:
            case CameraTo():
                self._filming = self._show.outbox.put(CameraNews(on=said.on, by=by)) and said.on
            case PlaceTo():
                self._show.outbox.put(OnAir(place=said.place, by=by))
            case PromptTo():
                self._show.outbox.put(Prompting(next=said.next, auto=said.auto, by=by))

    async def _film(self, data: bytes) -> None:
        """A piece of the camera; one that is refused breaks the stream, so the page begins anew."""
        if self._filming and len(data) <= PIECE_BYTES and not self._show.outbox.put(data):
            self._filming = False
            self._show.outbox.put(CameraNews(on=False, by=self._name))
            await self._send({"type": "camera_lost"})

    def leave(self) -> None:
        """The page is gone, and its camera with it."""
        if self._filming:
            self._show.outbox.put(CameraNews(on=False, by=self._name))

    async def _arrive(self, said: Arrive) -> None:
        name = clean(said.name)[:40] or self._name
        if not name:
            return
        if self._show.outbox.put(CheckIn(name=name, arriving=said.arriving)):
            self._name = name if said.arriving else ""
        await self._send({"type": "checked_in", "name": self._name})

    async def _answer(self, said: AnswerTo) -> None:
        """Only the open challenge, only in its time, only from who is checked in. The show judges the
        words.
        """
        open_one = self._show.open_challenge(self._clock.time())
        fits = open_one is not None and open_one.id == said.challenge and bool(self._name)
        if fits:
            answer = clean(said.answer)
            fits = self._show.outbox.put(
                Evidence(
                    kind="challenge",
                    score=1.0,
                    at=self._clock.now(),
                    detail=f"answered by {self._name}",
                    challenge=said.challenge,
                    answer=answer,
                )
            )
        if fits:
            self._show.close_challenge(said.challenge)
        await self._send({"type": "answer", "challenge": said.challenge, "taken": fits})

    async def _sense(self, kind: int, data: bytes) -> None:
        now = self._clock.time()
        evidence: Evidence | None = None
        if kind == PICTURE and self._witness.wants_picture(now):
            look = await self._senses.look(self._watch, data, now)
            if look is not None:
                evidence = self._witness.saw(look, now, self._clock.now())
        elif kind == SOUND and len(data) <= PCM_BYTES:
            score = await self._senses.listen(self._voice, data)
            if score is not None:
                spoken = self._show.open_challenge(now)
                asked = spoken.id if spoken is not None and spoken.kind == "say_words" else None
                evidence = self._witness.heard(score, now, self._clock.now(), asked)
        if (
            evidence is not None and self._name
        ):  # unseen until checked in: nobody is watched without their doing
            self._show.outbox.put(evidence)
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            await self._send(
                {
                    "type": "senses",
                    "face": round(self._witness.face, 2),
                    "moving": self._witness.moving,
                    "voice": round(self._witness.voice, 2),
                }
            )

    async def _send(self, value: dict[str, object]) -> None:
        await self._ws.send_text(json.dumps(value, ensure_ascii=False))


def cohost_router(hub: Hub, pages: Pages, access: Access, senses: Senses, clock: Clock) -> APIRouter:
    router = APIRouter()

    @router.get("/cohost", response_class=HTMLResponse)
    async def page(request: Request, show: str = "") -> Response:
        live = hub.get(show) if show else next(iter(sorted(hub.shows(), key=lambda s: not s.linked)), None)
        if live is None:
            return pages.render("waiting.html", pages.language(request, ""), title_key="cohost_title")
        return pages.render("cohost.html", pages.language(request, live.hello.language), hello=live.hello)

    @router.websocket("/cohost/{show_id}/senses")
    async def sit(ws: WebSocket, show_id: str) -> None:
        if not access.may_listen(ws, Right.COHOST):
            await ws.close(1008)
            return
        show = hub.get(show_id)
        if show is None:
            await refuse(ws, UNKNOWN, "No such show.")
            return
        if len(show.cohost) >= SEATS:
            await refuse(ws, FULL, "Enough co-hosts are here.")
            return
        await ws.accept()
        seat = Seat(ws, show, senses, clock)
        try:
            await until_first(
                pass_on(ws, show.cohost, lambda: show.cohost_snapshot(clock.time())), seat.read()
            )
        finally:
            seat.leave()

    return router
