"""The co-host's page: check-in, camera, microphone, challenges. A click checks in; it never proves
presence.
"""

import asyncio
import json
from collections.abc import Callable
from random import Random
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import HTMLResponse
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.clock import Clock
from bot.compliance.challenges import PROMPTS, mistyped, said_words
from bot.compliance.enrolled import CONSENT, FaceStore
from bot.console.access import Access
from bot.console.alike import open_describer
from bot.console.courtesy import clean
from bot.console.ear import WAITING, Ear, Pieces
from bot.console.hub import Hub, LiveShow
from bot.console.pages import Pages
from bot.console.roles import Right, Role
from bot.console.seat_face import SeatFace
from bot.console.senses import PCM_BYTES, VOICE_SURE, Senses, Witness
from bot.console.sessions import Who
from bot.console.sockets import FULL, UNKNOWN, pass_on, refuse, until_first
from bot.console.voice_watch import RATE, PitchAndPace
from bot.show.messages import CameraNews, Challenge, CheckIn, Evidence, Heard, OnAir, Prompting, SignedIn

PICTURE = 1
SOUND = 2
CAMERA = 3  # a piece of what the browser's MediaRecorder makes, for the air
PIECE_BYTES = 2_000_000
SEATS = 4  # pages of co-hosts at once, per show
# What the page itself may answer, and what the log says of it. It names nobody: names are sealed.
DONE = {"type_words": "typed in time", "press_now": "the button was pressed in time"}
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


class EnrolTo(BaseModel):
    """`agreed`: to the words of CONSENT in that language; False takes an enrolment back."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["enrol"]
    agreed: bool
    language: str = Field("en", max_length=20)


FromPage = Arrive | AnswerTo | EnrolTo | CameraTo | PlaceTo | PromptTo
FROM_PAGE: TypeAdapter[FromPage] = TypeAdapter(Annotated[FromPage, Field(discriminator="type")])


def locked(who: Who | None) -> str:
    """A co-host's own account checks in as nobody else; "": any name may come, as on a shop's own tablet."""
    return who.name[:40] if who is not None and who.role is Role.COHOST and who.only is None else ""


class Seat:
    """One co-host's page while it is open."""

    def __init__(
        self,
        ws: WebSocket,
        show: LiveShow,
        senses: Senses,
        clock: Clock,
        face: Callable[[Witness], SeatFace],
        who: Who | None,
        ear: Ear,
    ) -> None:
        """`face`: makes what looks after their face; `who`: whose account is signed in; None in a demo."""
        self._ws, self._show, self._senses, self._clock = ws, show, senses, clock
        self._voice = PitchAndPace()
        self._witness = Witness()
        self._face = face(self._witness)
        self._who, self._own = who, "" if who is None else who.name
        self._ear, self._pieces = ear, Pieces()
        self._spoken: asyncio.Queue[tuple[NDArray[np.int16], Challenge | None]] = asyncio.Queue(WAITING)
        self._voiced = False
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
            case EnrolTo():
                await self._enrol(said)
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
        name = locked(self._who) or clean(said.name)[:40] or self._name
        if not name:
            return
        await self._face.sits(name if said.arriving else "", self._clock.now())
        told = CheckIn(
            name=name,
            arriving=said.arriving,
            enrolled=self._face.enrolled,
            hears=not self._ear.why,
            signed_in=self._signed_in(),
        )
        if self._show.outbox.put(told):
            self._name = name if said.arriving else ""
        await self._send({"type": "checked_in", "name": self._name, "hears": not self._ear.why})
        await self._tell_face()

    def _signed_in(self) -> SignedIn | None:
        who = self._who
        return None if who is None else SignedIn(account=who.name, how=who.how, at=who.proved_at)

    async def _enrol(self, said: EnrolTo) -> None:
        """An account enrols the face of its own person alone."""
        if not self._name or self._own not in ("", self._name):
            return
        if said.agreed:
            self._face.enrol(said.language)
        elif (act := await self._face.forget(self._name)) is not None:
            self._show.outbox.put(act)
        await self._tell_face()

    async def _tell_face(self) -> None:
        """What the page shows of the enrolment."""
        own = self._own in ("", self._name)
        await self._send(
            {
                "type": "enrolment",
                "can": self._face.can and own and bool(self._name),
                "enrolled": bool(self._face.enrolled),
                "taking": self._face.taking,
                "trouble": self._face.trouble,
            }
        )

    async def _answer(self, said: AnswerTo) -> None:
        """Only the open challenge, only in its time, only from who is checked in; what camera and microphone
        judge is not answered by words of the page, which was told what is expected. The show judges the
        words.
        """
        open_one = self._show.open_challenge(self._clock.time())
        seen = DONE.get(open_one.kind) if open_one is not None and open_one.id == said.challenge else None
        fits, answer = seen is not None and bool(self._name), clean(said.answer)
        if fits and open_one is not None and mistyped(open_one, answer):
            await self._send({"type": "answer", "challenge": said.challenge, "taken": False, "wrong": True})
            return  # it stays open: who types one digit wrong may look again, within its time
        if fits:
            fits = self._show.outbox.put(
                Evidence(
                    kind="challenge",
                    score=1.0,
                    at=self._clock.now(),
                    detail=seen or "",
                    challenge=said.challenge,
                    answer=answer,
                )
            )
        if fits:
            self._show.close_challenge(said.challenge)
        await self._send({"type": "answer", "challenge": said.challenge, "taken": fits})

    async def _sense(self, kind: int, data: bytes) -> None:
        now = self._clock.time()
        if kind == PICTURE and self._witness.wants_picture(now):
            taking = self._face.taking
            for told in await self._face.look(data, self._name, now, self._clock.now()):
                self._show.outbox.put(told)
            await self._turned(now)
            if taking and not self._face.taking:
                await self._tell_face()
        elif kind == SOUND and self._name and len(data) <= PCM_BYTES:
            await self._listened(data, now)
        elif kind == SOUND and len(data) <= PCM_BYTES:
            score = await self._senses.listen(self._voice, data)
            self._witness.voice = self._witness.voice if score is None else score
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            await self._send(
                {
                    "type": "senses",
                    "face": round(self._witness.face, 2),
                    "moving": self._witness.moving,
                    "repeats": self._witness.repeats,
                    "alike": self._face.alike,
                    "voice": round(self._witness.voice, 2),
                }
            )

    async def _listened(self, data: bytes, now: float) -> None:
        samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
        piece = None if self._ear.why else self._pieces.feed(samples)
        open_one = self._show.open_challenge(now)
        asked = open_one if open_one is not None and open_one.kind == "say_words" else None
        if piece is not None:
            if self._voiced and not self._spoken.full():
                self._spoken.put_nowait((piece, asked))
            self._voiced = False
        score = await self._senses.listen(self._voice, data)
        if score is None:
            return
        self._voiced = self._voiced or score >= VOICE_SURE  # beeps and noise are not written down
        evidence = self._witness.heard(score, now, self._clock.now(), asked.id if asked else None)
        if evidence is not None:
            self._show.outbox.put(evidence)
        if evidence is not None and asked is not None and self._ear.why:
            detail = "a voice in time; what it said was not checked, for no speech recognition is installed"
            await self._say(asked.id, "", evidence.score, detail)

    async def _say(self, challenge: str, words: str, score: float, detail: str) -> None:
        """A spoken answer, for the show to judge."""
        at = self._clock.now()
        answer = Evidence(
            kind="challenge", score=score, at=at, detail=detail, challenge=challenge, answer=words
        )
        if self._show.outbox.put(answer):
            self._show.close_challenge(challenge)
            await self._send({"type": "answer", "challenge": challenge, "taken": True})

    async def write_down(self) -> None:
        """What is said, piece by piece, until cancelled."""
        while True:
            await self._written(*await self._spoken.get())

    async def _written(self, piece: NDArray[np.int16], spoken: Challenge | None) -> None:
        """A piece of speech: the answer of the challenge that was open when it was said; in the prompter,
        what the person says.
        """
        language, name, seconds = self._show.hello.language, self._name, piece.size / RATE
        if spoken != self._show.challenge:
            spoken = None  # answered meanwhile, or another one is asked by now
        if spoken is None and self._show.hello.mode != "prompter":
            return
        heard = await self._ear.hear(piece, language, asked=spoken is not None)
        if not heard or name != self._name:
            return
        if spoken and spoken == self._show.challenge and said_words(spoken.expect, heard, language):
            await self._say(spoken.id, heard, 1.0, f"the words were said aloud: “{heard}”")
        elif self._show.hello.mode == "prompter":
            said = Heard(name=name, text=heard[:2000], language=language, seconds=seconds)
            self._show.outbox.put(said)

    async def _turned(self, now: float) -> None:
        """A head that was turned as asked."""
        asked = self._show.open_challenge(now)
        if not self._name or asked is None or asked.kind != "turn_head" or self._face.turned != asked.expect:
            return
        detail = f"the head turned {self._face.turned}"
        if self._show.outbox.put(
            Evidence(
                kind="challenge",
                score=1.0,
                at=self._clock.now(),
                detail=detail,
                challenge=asked.id,
                answer=self._face.turned,
            )
        ):
            self._show.close_challenge(asked.id)
            await self._send({"type": "answer", "challenge": asked.id, "taken": True})

    async def _send(self, value: dict[str, object]) -> None:
        await self._ws.send_text(json.dumps(value, ensure_ascii=False))


def cohost_router(
    hub: Hub, pages: Pages, access: Access, senses: Senses, clock: Clock, ear: Ear, faces: FaceStore | None
) -> APIRouter:
    """`faces`: where co-hosts' faces are enrolled; None: nowhere."""
    router = APIRouter()

    @router.get("/cohost", response_class=HTMLResponse)
    async def page(request: Request, show: str = "") -> Response:
        live = hub.get(show) if show else next(iter(sorted(hub.shows(), key=lambda s: not s.linked)), None)
        if live is None:
            return pages.render("waiting.html", pages.language(request, ""), title_key="cohost_title")
        language = pages.language(request, live.hello.language)
        consent = CONSENT.get(language, CONSENT["en"])
        who = access.who(request) if access.accounts.lasting else None
        return pages.render(
            "cohost.html",
            language,
            hello=live.hello,
            consent=consent,
            locked=locked(who),
            who=who,
            asks=PROMPTS.get(language, PROMPTS["en"]),
        )

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
        who = access.who(ws) if access.accounts.lasting else None
        describer = None if faces is None else await senses.call(open_describer)

        def face(witness: Witness) -> SeatFace:
            return SeatFace(senses, witness, faces, describer, Random())

        seat = Seat(ws, show, senses, clock, face, who, ear)
        try:
            await until_first(
                pass_on(ws, show.cohost, lambda: show.cohost_snapshot(clock.time())),
                seat.read(),
                seat.write_down(),
            )
        finally:
            seat.leave()

    return router
