"""The life of a show as three small coupled machines in one table. Pure: no I/O, no clock.

    air     planned -> checking -> live <-> hold -> ending -> ended      (any -> failed)
    cohost  absent, present, late
    policy  clear, warn, hold, stop

`TRANSITIONS` maps (machine, state, event) to the next state. `JOINT` couples them: rows are tried in order
until
nothing changes. An event without a row for the state is ignored when it is idempotent news (a policy
verdict that
does not change anything) and is otherwise an error that changes nothing. The diagrams in the documentation
are
drawn from these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Air(StrEnum):
    PLANNED = "planned"
    REHEARSED = "rehearsed"
    CHECKING = "checking"
    LIVE = "live"
    HOLD = "hold"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


class Cohost(StrEnum):
    ABSENT = "absent"
    PRESENT = "present"
    LATE = "late"


class Policy(StrEnum):
    CLEAR = "clear"
    WARN = "warn"
    HOLD = "hold"
    STOP = "stop"


class Event(StrEnum):
    REHEARSAL_DONE = "rehearsal done"
    START = "start"
    CHECKS_PASSED = "checks passed"
    CHECKS_FAILED = "checks failed"
    OPERATOR_HOLDS = "operator holds"
    OPERATOR_RESUMES = "operator resumes"
    END = "end asked"
    TIME_UP = "time is up"
    GOODBYE_SAID = "goodbye said"
    BROKEN = "broken"
    COHOST_SEEN = "co-host seen"
    COHOST_LATE = "co-host late"
    COHOST_GONE = "co-host gone"
    RULES_CLEAR = "rules clear"
    RULES_WARN = "rules warn"
    RULES_HOLD = "rules hold"
    RULES_STOP = "rules stop"


class Do(StrEnum):
    """Commands: what the shell carries out, in order."""

    OPEN_CHANNELS = "open channels"
    GO_LIVE = "go live"
    SHOW_HOLD = "show hold slate"
    LEAVE_HOLD = "leave hold slate"
    SAY_GOODBYE = "say goodbye"
    CLOSE_AIR = "close air"
    RECORD = "record in ledger"


STARTED = (Air.CHECKING, Air.LIVE, Air.HOLD)
ON_AIR = (Air.LIVE, Air.HOLD)

AIR: Mapping[tuple[Air, Event], Air] = {
    (Air.PLANNED, Event.REHEARSAL_DONE): Air.REHEARSED,
    (Air.PLANNED, Event.START): Air.CHECKING,
    (Air.REHEARSED, Event.START): Air.CHECKING,
    (Air.CHECKING, Event.CHECKS_FAILED): Air.FAILED,
    (Air.CHECKING, Event.END): Air.ENDED,
    (Air.CHECKING, Event.TIME_UP): Air.ENDED,
    (Air.LIVE, Event.OPERATOR_HOLDS): Air.HOLD,
    (Air.LIVE, Event.END): Air.ENDING,
    (Air.LIVE, Event.TIME_UP): Air.ENDING,
    (Air.HOLD, Event.END): Air.ENDING,
    (Air.HOLD, Event.TIME_UP): Air.ENDING,
    (Air.ENDING, Event.GOODBYE_SAID): Air.ENDED,
}

COHOST: Mapping[Event, Cohost] = {
    Event.COHOST_SEEN: Cohost.PRESENT,
    Event.COHOST_LATE: Cohost.LATE,
    Event.COHOST_GONE: Cohost.ABSENT,
}

POLICY: Mapping[Event, Policy] = {
    Event.RULES_CLEAR: Policy.CLEAR,
    Event.RULES_WARN: Policy.WARN,
    Event.RULES_HOLD: Policy.HOLD,
    Event.RULES_STOP: Policy.STOP,
}

MAY_AIR = (Policy.CLEAR, Policy.WARN)


@dataclass(frozen=True, slots=True)
class Joint:
    """A row of the coupling: in one of `air` with one of `policy` (and the flags as given), air becomes
    `to`.
    """

    air: tuple[Air, ...]
    policy: tuple[Policy, ...]
    to: Air
    checked: bool | None = None
    held_by_operator: bool | None = None


JOINT: tuple[Joint, ...] = (
    Joint((Air.CHECKING,), (Policy.STOP,), Air.ENDED),
    Joint((Air.LIVE, Air.HOLD), (Policy.STOP,), Air.ENDING),
    Joint((Air.CHECKING,), MAY_AIR, Air.LIVE, checked=True),
    Joint((Air.LIVE,), (Policy.HOLD,), Air.HOLD),
    Joint((Air.HOLD,), MAY_AIR, Air.LIVE, held_by_operator=False),
)

ENTER: Mapping[tuple[Air | None, Air], tuple[Do, ...]] = {
    (None, Air.CHECKING): (Do.SHOW_HOLD,),
    (Air.CHECKING, Air.LIVE): (Do.OPEN_CHANNELS, Do.LEAVE_HOLD, Do.GO_LIVE),
    (Air.HOLD, Air.LIVE): (Do.LEAVE_HOLD,),
    (None, Air.HOLD): (Do.SHOW_HOLD,),
    (None, Air.ENDING): (Do.SAY_GOODBYE,),
    (None, Air.ENDED): (Do.CLOSE_AIR,),
    (None, Air.FAILED): (Do.CLOSE_AIR,),
}


@dataclass(frozen=True, slots=True)
class Session:
    """Where the show stands. `reasons`: plain words for the desk, why it waits, holds or ended."""

    air: Air = Air.PLANNED
    cohost: Cohost = Cohost.ABSENT
    policy: Policy = Policy.CLEAR
    checked: bool = False
    held_by_operator: bool = False
    reasons: tuple[str, ...] = ()
    live_since: datetime | None = None
    history: tuple[tuple[datetime, Event, Air], ...] = field(default=(), repr=False)

    def handle(
        self, event: Event, now: datetime, reasons: tuple[str, ...] = ()
    ) -> "tuple[Session, tuple[Do, ...]]":
        """The next state and what to do. Raises ValueError for an event that has no meaning here (nothing
        changes).
        """
        moved = _couple(_own_machine(self, event))
        if (
            moved.air is self.air
            and event not in COHOST
            and event not in POLICY
            and not _is_flag(self, event)
        ):
            raise ValueError(f"{event} has no meaning while the show is {self.air}")
        changed = (moved.air, moved.cohost, moved.policy) != (self.air, self.cohost, self.policy)
        if not changed and moved.reasons == reasons and not _is_flag(self, event):
            return self, ()
        commands = _commands(self.air, moved.air)
        if changed or commands:
            commands = (*commands, Do.RECORD)
        history = (*moved.history[-99:], (now, event, moved.air))
        since = now if moved.air is Air.LIVE and moved.live_since is None else moved.live_since
        return replace(moved, reasons=reasons, history=history, live_since=since), commands


def _own_machine(session: Session, event: Event) -> Session:
    if event in COHOST:
        return replace(session, cohost=COHOST[event])
    if event in POLICY:
        return replace(session, policy=POLICY[event])
    if event is Event.BROKEN and session.air is not Air.ENDED:
        return replace(session, air=Air.FAILED)
    if event is Event.CHECKS_PASSED and session.air is Air.CHECKING:
        return replace(session, checked=True)
    if event is Event.OPERATOR_RESUMES and session.air is Air.HOLD:
        return replace(session, held_by_operator=False)
    held = session.held_by_operator or (event is Event.OPERATOR_HOLDS and session.air in ON_AIR)
    return replace(session, air=AIR.get((session.air, event), session.air), held_by_operator=held)


def _is_flag(session: Session, event: Event) -> bool:
    return (
        (event is Event.CHECKS_PASSED and session.air is Air.CHECKING)
        or (event in (Event.OPERATOR_RESUMES, Event.OPERATOR_HOLDS) and session.air is Air.HOLD)
        or (event in (Event.END, Event.TIME_UP) and session.air in (Air.ENDING, Air.ENDED, Air.FAILED))
    )


def _couple(session: Session) -> Session:
    for _ in range(len(JOINT) + 1):
        row = next((j for j in JOINT if _fits(j, session)), None)
        if row is None:
            return session
        session = replace(session, air=row.to)
    raise AssertionError("the joint table does not settle")


def _fits(row: Joint, session: Session) -> bool:
    return (
        session.air in row.air
        and session.policy in row.policy
        and row.checked in (None, session.checked)
        and row.held_by_operator in (None, session.held_by_operator)
    )


def _commands(before: Air, after: Air) -> tuple[Do, ...]:
    if before is after:
        return ()
    return ENTER.get((before, after)) or ENTER.get((None, after)) or ()
