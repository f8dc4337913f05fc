"""What is said next. Keeps the studio two lines ahead, lets answers go before everything else, returns to
its sentence.

The director never waits: `step` looks at what happened (reports of the studio, marks of the air,
questions) and sends what is due. Lines that were overtaken by an answer are said again from the start of
the sentence that was cut.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.show.programme import CueLines, Programme, Refusal
from bot.show.studio import ClauseReady, Report, SayFailed
from bot.stage.air import Mark
from persona.script import Line, LineKind, Question
from products.verdict import Verdict
from schedules.rundown import Cue, CueKind, Rundown, lap_order, rearranged, steps

AHEAD = 2  # lines in the studio or on air at once
QUESTION_PATIENCE_S = 5.0  # how long a question window stays open when nobody asks
SENTENCE = re.compile(r"[.!?。！？]\s*")


class Mouth(Protocol):
    """Where lines are sent to be spoken."""

    def say(self, number: int, line: Line, generation: int) -> None: ...
    def cancel(self, first: int, last: int) -> None: ...


class Clips(Protocol):
    """Who plays filmed clips. All calls return at once."""

    def due(self, cue: Cue) -> None: ...
    def holding(self, *, quiet: bool) -> bool: ...
    def skip(self) -> None: ...


class News(Protocol):
    """Who is told what becomes of lines. All calls return at once."""

    def sent(self, sent: "Sent") -> None: ...
    def clause(self, sent: "Sent", clause: ClauseReady) -> None: ...
    def started(self, sent: "Sent") -> None: ...
    def said(self, sent: "Sent") -> None: ...
    def cut(self, sent: "Sent") -> None: ...
    def taken_back(self, sent: "Sent") -> None: ...
    def refused(self, refusal: Refusal) -> None: ...
    def failed(self, sent: "Sent", reason: str) -> None: ...


@dataclass(slots=True)
class Sent:
    """A line on its way: in the studio, on air, or done. Times in seconds of air."""

    number: int
    line: Line
    verdict: Verdict
    generation: int
    cue: Cue | None
    question: Question | None = None
    clauses: dict[int, ClauseReady] = field(default_factory=dict)
    starts: dict[int, float] = field(default_factory=dict)  # of clauses, in seconds of air
    ended: set[int] = field(default_factory=set)
    from_s: float | None = None
    to_s: float | None = None
    again: bool = False  # the rest of a line whose beginning was on air already

    @property
    def on_last_clause(self) -> bool:
        """Whether its last clause is on air already."""
        last = next((c.clause for c in self.clauses.values() if c.last), None)
        return last is not None and self.from_s is not None and all(k in self.ended for k in range(last))

    def rest(self) -> str:
        """What was not said, from the start of the sentence that was cut."""
        todo = [c for k, c in sorted(self.clauses.items()) if k not in self.ended]
        at = todo[0].a if todo else (0 if not self.clauses else max(c.b for c in self.clauses.values()))
        starts = [0, *(m.end() for m in SENTENCE.finditer(self.line.text))]
        return self.line.text[max(s for s in starts if s <= at) :].strip()


@dataclass(frozen=True, slots=True)
class Due:
    """A line that waits for its turn, with the question that it answers, if any."""

    line: Line
    question: Question | None = None
    again: bool = False  # the rest of a line whose beginning was on air already


class Director:
    """One show's director. All calls from the event loop; `fps` ticks a second. `vary`: the order of pitches
    changes from lap to lap by this seed (schedules/rundown.py). `start_at`: lap and index of the first cue.
    """

    def __init__(
        self,
        plan: Rundown,
        programme: Programme,
        mouth: Mouth,
        news: News,
        fps: int = 25,
        *,
        vary: int | None = None,
        start_at: tuple[int, int] = (0, 0),
        clips: Clips | None = None,
    ) -> None:
        lap, index = start_at
        self._clips = clips
        self._plan, self._vary = plan, vary
        self._steps = steps(plan, index, lap, vary=vary)
        self._lap, self._plans = lap, 0  # lap of the cue that was written last; how often the way was changed
        self._programme, self._mouth, self._news, self._fps = programme, mouth, news, fps
        self._todo: deque[Due] = deque()
        self._flying: dict[int, Sent] = {}
        self._number, self._generation = 0, 0
        self._upcoming: CueLines | None = None
        self._window_until: float | None = None
        self._last_voice = 0.0
        self._cue: Cue | None = None
        self._closing = False
        self.done = False
        self.table: str | None = None  # handle of the product that is on the table

    # ---- what happened

    def on_report(self, report: Report) -> None:
        if isinstance(report, ClauseReady):
            sent = self._flying.get(report.number)
            if sent is not None:
                sent.clauses[report.clause] = report
                self._news.clause(sent, report)
        elif isinstance(report, SayFailed):
            sent = self._flying.pop(report.number, None)
            if sent is not None:
                self._news.failed(sent, report.reason)
                self._take_back(sent.generation)

    def on_mark(self, mark: Mark) -> None:
        sent = self._flying.get(mark.line)
        if sent is None:
            return
        at = mark.n / self._fps
        self._last_voice = at
        if mark.what == "start":
            sent.starts[mark.clause] = at
        if mark.what == "start" and sent.from_s is None:
            sent.from_s = at
            self._take_back(sent.generation)
            self._news.started(sent)
        elif mark.what == "end":
            sent.ended.add(mark.clause)
        elif mark.what == "line_end":
            sent.to_s = at + 1 / self._fps
            del self._flying[mark.line]
            self._programme.remember(sent.line)
            self._news.said(sent)

    def studio_lost(self) -> None:
        """The studio was started again: whatever was under way is said again."""
        self._generation += 1
        self._take_back(self._generation, whole=True)

    def drop_all(self) -> int:
        """For a hold: everything under way is taken back and will be said again. Returns the new
        generation."""
        self._generation += 1
        self._take_back(self._generation)
        if self._clips is not None:
            self._clips.skip()
        return self._generation

    # ---- what is next

    @property
    def speaking(self) -> bool:
        """Whether something is under way to the air."""
        return bool(self._flying)

    @property
    def finished(self) -> bool:
        """Whether all of a plan that does not loop has been said, or could not be."""
        return self.done and not (self._flying or self._todo or self._upcoming)

    @property
    def answering(self) -> bool:
        return any(s.line.kind is LineKind.ANSWER for s in self._flying.values())

    async def prepare(self) -> None:
        """Writes the lines of the next cue if they are not there yet (may take as long as the writer
        takes)."""
        if self._upcoming is None and not self.done:
            following = next(self._steps, None)
            if following is None:
                self.done = True
                return
            (_, self._lap, cue), plans = following, self._plans
            written = await self._programme.cue_lines(cue, self._lap)
            if plans == self._plans:  # else the operator chose another way while it was written
                self._upcoming = written

    def step(self, at: float) -> None:
        """Sends what is due at `at` seconds of air. Call ten times a second or oftener."""
        while len(self._flying) < AHEAD and not self._closing and not self._answer_holds_back():
            if not self._todo and not self._next_cue(at):
                return
            if not self._todo:
                return
            self._send(self._todo.popleft())

    def answer(self, line: Line, question: Question) -> bool:
        """Says an answer next: at once when only filler is under way. False when it does not clear (not
        sent)."""
        verdict = self._programme.clear(line)
        if not verdict.cleared:
            self._news.refused(Refusal(line, verdict))
            return False
        filler = any(s.line.kind is not LineKind.ANSWER for s in self._flying.values())
        self._send(Due(line, question), overtake=filler)
        return True

    def look(self, line: Line) -> Verdict:
        """Whether it may be said now; one that may not is told like any other that is refused."""
        verdict = self._programme.clear(line)
        if not verdict.cleared:
            self._news.refused(Refusal(line, verdict))
        return verdict

    def may_answer(self) -> bool:
        """An answer may start when no other is under way, or the other is in its last clause."""
        return all(s.line.kind is not LineKind.ANSWER or s.on_last_clause for s in self._flying.values())

    def insert(self, line: Line) -> bool:
        """An operator's line: said after what is under way. False when it does not clear."""
        verdict = self._programme.clear(line)
        if not verdict.cleared:
            self._news.refused(Refusal(line, verdict))
            return False
        self._todo.appendleft(Due(line))
        return True

    def skip_cue(self) -> None:
        """Leaves the rest of the current cue; the next begins after what is under way. An answer that was
        interrupted is still owed to the one who asked."""
        owed = [due for due in self._todo if due.question is not None]
        self._todo.clear()
        self._todo.extend(owed)
        self._window_until = None
        if self._clips is not None:
            self._clips.skip()

    def jump(self, cue: str) -> bool:
        """Goes on with that cue after what is under way, and from there in order. False: there is none, or
        the show is ending.
        """
        order = self._order()
        index = next((i for i, c in enumerate(order) if c.id == cue), None)
        if index is None or self._closing:
            return False
        self.skip_cue()
        self._go_on_at(index)
        return True

    def reorder(self, order: Sequence[str]) -> tuple[Cue, ...] | None:
        """Another order of the cues, for this lap and all that follow; the cue that is on goes on. None: not
        the cues of this rundown, or the show is ending.
        """
        try:
            plan = rearranged(self._plan, order)
        except ValueError:
            return None
        if self._closing:
            return None
        self._plan, self._vary = plan, None
        now = "" if self._cue is None else self._cue.id
        on = next((i for i, c in enumerate(plan.cues) if c.id == now), -1)
        self._go_on_at(on + 1)
        return plan.cues

    def _order(self) -> tuple[Cue, ...]:
        """The cues in the order of this lap."""
        return self._plan.cues if self._vary is None else lap_order(self._plan, self._lap, self._vary)

    def _go_on_at(self, index: int) -> None:
        self._steps = steps(self._plan, index, self._lap, vary=self._vary)
        self._upcoming, self.done = None, False
        self._plans += 1

    def last_words(self, line: Line) -> None:
        """The goodbye: nothing comes after it."""
        self.done = self._closing = True
        self._upcoming = None
        self._send(Due(line), overtake=True, cleared=True)

    def reclear(self) -> None:
        """Lines that were sent and have not started are checked again; from one that fails on they are
        taken back."""
        waiting = sorted(s.number for s in self._flying.values() if s.from_s is None)
        for k, number in enumerate(waiting):
            sent = self._flying[number]
            verdict = self._programme.clear(sent.line)
            if not verdict.cleared:
                self._mouth.cancel(number, waiting[-1])
                back = [self._flying.pop(n) for n in waiting[k:]]
                for kept in back[1:]:
                    self._news.taken_back(kept)
                self._todo.extendleft(self._due(kept) for kept in reversed(back[1:]))
                self._news.refused(Refusal(sent.line, verdict))
                return

    # ---- inside

    def _answer_holds_back(self) -> bool:
        """While an answer is under way nothing is sent behind it but in its last clause, so that the next
        answer never has to cut through filler."""
        return any(s.line.kind is LineKind.ANSWER and not s.on_last_clause for s in self._flying.values())

    def _next_cue(self, at: float) -> bool:
        if self._window_until is not None:
            quiet = at - self._last_voice
            if not self._flying and (at >= self._window_until or quiet >= QUESTION_PATIENCE_S):
                self._window_until = None
            else:
                return False
        if self._clips is not None and self._clips.holding(quiet=not self._flying):
            return False
        if self._upcoming is None:
            return False
        upcoming, self._upcoming = self._upcoming, None
        self._cue = upcoming.cue
        self._todo.extend(Due(line) for line in upcoming.lines)
        for refusal in upcoming.refused:
            self._news.refused(refusal)
        if upcoming.cue.kind in (CueKind.QUESTIONS, CueKind.BREAK):
            self._window_until = at + upcoming.cue.seconds
        if self._clips is not None and upcoming.cue.clip is not None:
            self._clips.due(upcoming.cue)
        return True

    def _send(self, due: Due, *, overtake: bool = False, cleared: bool = False) -> None:
        line = due.line
        verdict = self._programme.clear(line)
        if not verdict.cleared and not cleared:
            self._news.refused(Refusal(line, verdict))
            return
        self._number += 1
        self._generation += overtake
        sent = Sent(self._number, line, verdict, self._generation, self._cue, due.question, again=due.again)
        self._flying[sent.number] = sent
        self._mouth.say(sent.number, line, sent.generation)
        self._news.sent(sent)

    def _due(self, sent: Sent) -> Due:
        return Due(sent.line, sent.question, sent.again)

    def _take_back(self, generation: int, *, whole: bool = False) -> None:
        """Lines of older generations will not air any more: what is left of them is said again, in order."""
        back: list[Due] = []
        for sent in [s for s in self._flying.values() if s.generation < generation]:
            del self._flying[sent.number]
            rest = sent.line.text if whole else sent.rest()
            if sent.from_s is None:
                self._news.taken_back(sent)
                back.append(self._due(sent))
                continue
            self._news.cut(sent)
            if rest:
                left = replace(sent.line, id=f"{sent.line.id}+", text=rest)
                back.append(Due(left, sent.question, again=True))
        self._todo.extendleft(reversed(back))
