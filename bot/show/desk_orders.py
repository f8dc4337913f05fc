"""What the console tells a running show: comments, commands, the co-host's evidence, lines to say."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.compliance.snapshots import KIND as SNAPSHOT
from bot.show.channel_acts import comment_event, pin_product
from bot.show.conduct import Conduct
from bot.show.human import Place
from bot.show.messages import (
    Approve,
    Arrange,
    CameraNews,
    CheckIn,
    Command,
    Comment,
    Down,
    Evidence,
    FaceAct,
    Heard,
    Insert,
    Notice,
    OnAir,
    Pin,
    Prompting,
)
from bot.show.session import Event
from bot.show.stand import Stand
from persona.script import Line, LineKind
from products.errors import SetupError


class DeskOrders:
    """Obeys the console; every order is an entry with who gave it."""

    def __init__(
        self,
        stand: Stand,
        conduct: Conduct,
        end: Callable[[str], None],
        later: Callable[[Coroutine[Any, Any, None]], object] = asyncio.ensure_future,
    ) -> None:
        self._s = stand
        self._conduct = conduct
        self._end = end
        self._later = later  # begins what takes its time, e.g. on a platform's page
        self._pinning = False

    async def receive(self, message: Down) -> None:
        """One message from the console."""
        parts = self._s.parts
        now = parts.clock.now()
        match message:
            case Comment():
                if parts.room_inbox.full():
                    parts.chat_dropped += 1
                else:
                    parts.room_inbox.put_nowait(comment_event(message))
            case Command():
                self._command(message)
            case CheckIn():
                parts.rules.check_in(message, now)
                arriving: dict[str, object] = {"name": message.name, "arriving": message.arriving}
                if message.arriving:
                    arriving |= {"enrolled": message.enrolled, "hears": message.hears}
                    if (by := message.signed_in) is not None:
                        shown = None if by.at is None else by.at.isoformat()
                        arriving |= {"account": by.account, "credential": by.how, "credential_at": shown}
                parts.record.note("cohost.check_in", arriving)
            case Evidence():
                await self._evidence(message, now)
            case FaceAct():
                self._face_act(message)
            case Heard():
                if parts.spoken is not None and parts.rules.cohost == message.name:
                    parts.spoken.heard(message, self._s.director.table, now)
            case Insert():
                self._insert(message)
            case Pin():
                self._pin(message)
            case Arrange():
                self._arrange(message)
            case CameraNews() | OnAir() | Prompting():
                self._person(message)
            case Approve():
                self._s.conversation.approve(message)
            case _:
                self._s.figures["viewers"] = float(message.number)

    async def _evidence(self, message: Evidence, now: datetime) -> None:
        parts = self._s.parts
        asked, name = parts.rules.challenge, parts.rules.cohost
        counted = parts.rules.evidence(message, now)
        if asked is not None and message.kind == "challenge" and counted:
            answered = {"name": name, "challenge": asked.id, "kind": asked.kind, "seen": message.detail}
            parts.record.note("cohost.challenge_answered", answered)
        elif message.kind in ("likeness", "picture") and name:
            parts.record.note(f"cohost.{_seen_as(message)}", {"name": name, "seen": message.detail})
        if message.picture and name and parts.rules.needs_cohost and parts.snapshots is not None:
            await self._keep(message, name)

    async def _keep(self, message: Evidence, name: str) -> None:
        """A small picture of the moment, sealed; only where a rule asks for somebody in the room."""
        parts = self._s.parts
        assert parts.snapshots is not None
        try:
            jpeg = base64.b64decode(message.picture, validate=True)
            kept = await asyncio.to_thread(parts.snapshots.keep, name, jpeg)
        except (binascii.Error, SetupError) as error:
            parts.record.note("cohost.snapshot_lost", {"name": name, "why": str(error)})
            return
        if kept:
            parts.record.note(SNAPSHOT, {"name": name, "seen": message.detail, **kept})

    def _face_act(self, message: FaceAct) -> None:
        """The written act of a person about their own face."""
        act = {"name": message.name, "words_sha256": message.words, "network": message.by}
        if message.enrolled:
            self._s.parts.record.note("cohost.face_enrolled", act)
        else:
            self._s.parts.record.note("cohost.face_taken_back", {"name": message.name})

    def _person(self, message: CameraNews | OnAir | Prompting) -> None:
        """What the person before the camera does."""
        s, human, prompter = self._s, self._s.parts.human, self._s.parts.prompter
        if isinstance(message, Prompting):
            if prompter is not None and message.auto is not None:
                prompter.auto = message.auto
                prompter.changed = True
            if prompter is not None and message.next:
                prompter.go_on()
        elif human is None:
            return
        elif isinstance(message, CameraNews):
            human.camera(on=message.on, by=message.by)
        elif human.take_place(Place(message.place), message.by):
            s.place_taken()

    def camera_piece(self, data: bytes) -> None:
        """A piece of the camera that was announced."""
        if self._s.parts.human is not None:
            self._s.parts.human.piece(data)

    def _command(self, message: Command) -> None:
        s = self._s
        s.parts.record.note("desk", {"command": message.name, "by": message.by})
        match message.name:
            case "hold":
                self._conduct.event(Event.OPERATOR_HOLDS, (f"{message.by} holds the show",))
            case "resume":
                self._conduct.event(Event.OPERATOR_RESUMES)
            case "pause_clone":
                s.paused = True
                s.drop_speech()
            case "resume_clone":
                s.paused = False
            case "end":
                self._end(f"{message.by} ended the show")
            case "next_cue":
                s.director.skip_cue()

    def _arrange(self, message: Arrange) -> None:
        """Another order of the rundown, or on with another cue; what cannot be done changes nothing."""
        s, done = self._s, False
        if message.order and (cues := s.director.reorder(message.order)) is not None:
            views = {view.id: view for view in s.parts.hello.rundown}
            rundown = tuple(views[cue.id] for cue in cues if cue.id in views)
            s.parts.hello = s.parts.hello.model_copy(update={"rundown": rundown})
            s.tell(s.parts.hello)
            done = True
        if message.jump:
            done = s.director.jump(message.jump)
        asked = {"order": list(message.order)} if message.order else {}
        jump = {"jump": message.jump} if message.jump else {}
        s.parts.record.note("desk", {**asked, **jump, "done": done, "by": message.by})

    def _pin(self, message: Pin) -> None:
        self._s.parts.record.note("desk", {"pin": message.product, "by": message.by})
        if self._pinning:  # a console of a platform takes seconds for one
            self._s.tell(Notice(key="pin_busy"))
            return
        self._pinning = True
        self._later(self._pinned(message.product))

    async def _pinned(self, handle: str) -> None:
        try:
            done = await pin_product(self._s.parts, handle)
        finally:
            self._pinning = False
        shown = [channel for channel, why in done.items() if not why]
        if shown:
            self._s.tell(Notice(key="pinned", about=", ".join(shown)))
        for channel, why in done.items():
            if why:
                self._s.tell(Notice(key="pin_failed", about=channel, why=why))
        if not done:
            self._s.tell(Notice(key="pin_nothing"))

    def _insert(self, message: Insert) -> None:
        s = self._s
        name = f"insert.{round(s.parts.air.seconds * 1000)}"
        line = Line(name, LineKind.FILLER, message.text, s.parts.info.language, (), (), "desk")
        if s.director.table is not None:
            line = replace(line, products=(s.director.table,))
        s.parts.record.note("desk", {"insert": message.text, "by": message.by})
        s.director.insert(line)


def _seen_as(e: Evidence) -> str:
    """The kind of the entry about a comparison, or about a camera's pictures."""
    if e.kind == "likeness":
        return "face_alike" if e.score >= 0.5 else "face_unlike"
    return "picture_repeats" if e.score < 0.1 else "picture_still" if e.score < 0.5 else "picture_lives"
