"""What the console tells a running show: comments, commands, the co-host's evidence, lines to say."""

from collections.abc import Callable
from dataclasses import replace

from bot.show.channel_acts import comment_event
from bot.show.conduct import Conduct
from bot.show.human import Place
from bot.show.messages import (
    Approve,
    CameraNews,
    CheckIn,
    Command,
    Comment,
    Down,
    Evidence,
    Insert,
    OnAir,
    Prompting,
)
from bot.show.session import Event
from bot.show.stand import Stand
from persona.script import Line, LineKind


class DeskOrders:
    """Obeys the console; every order is an entry with who gave it."""

    def __init__(self, stand: Stand, conduct: Conduct, end: Callable[[str], None]) -> None:
        self._s = stand
        self._conduct = conduct
        self._end = end

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
                arriving = {"name": message.name, "arriving": message.arriving}
                parts.record.note("cohost.check_in", arriving)
            case Evidence():
                if parts.rules.evidence(message, now) and message.kind == "challenge":
                    parts.record.note("cohost.challenge_answered", {"challenge": message.challenge})
            case Insert():
                self._insert(message)
            case CameraNews() | OnAir() | Prompting():
                self._person(message)
            case Approve():
                self._s.conversation.approve(message)
            case _:
                self._s.figures["viewers"] = float(message.number)

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

    def _insert(self, message: Insert) -> None:
        s = self._s
        name = f"insert.{round(s.parts.air.seconds * 1000)}"
        line = Line(name, LineKind.FILLER, message.text, s.parts.info.language, (), (), "desk")
        if s.director.table is not None:
            line = replace(line, products=(s.director.table,))
        s.parts.record.note("desk", {"insert": message.text, "by": message.by})
        s.director.insert(line)
