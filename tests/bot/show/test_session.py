"""The state machine: playbooks of events and commands, and properties over all event orders."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.show.session import Air, Cohost, Do, Event, Policy, Session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def play(*events: Event) -> tuple[Session, list[Do]]:
    session, done = Session(), []
    for event in events:
        session, commands = session.handle(event, NOW)
        done += [c for c in commands if c is not Do.RECORD]
    return session, done


def test_a_plain_show() -> None:
    session, done = play(
        Event.START,
        Event.CHECKS_PASSED,
        Event.OPERATOR_HOLDS,
        Event.OPERATOR_RESUMES,
        Event.TIME_UP,
        Event.GOODBYE_SAID,
    )
    assert session.air is Air.ENDED
    assert done == [
        Do.SHOW_HOLD,
        Do.OPEN_CHANNELS,
        Do.LEAVE_HOLD,
        Do.GO_LIVE,
        Do.SHOW_HOLD,
        Do.LEAVE_HOLD,
        Do.SAY_GOODBYE,
        Do.CLOSE_AIR,
    ]


def test_a_show_that_needs_a_cohost_waits_holds_and_ends() -> None:
    session, _ = play(Event.RULES_HOLD, Event.START, Event.CHECKS_PASSED)
    assert session.air is Air.CHECKING
    session, _ = session.handle(Event.COHOST_SEEN, NOW)
    session, done = session.handle(Event.RULES_CLEAR, NOW)
    assert session.air is Air.LIVE
    assert Do.GO_LIVE in done
    session, _ = session.handle(Event.COHOST_GONE, NOW)
    session, done = session.handle(Event.RULES_HOLD, NOW, ("no co-host",))
    assert (session.air, session.reasons) == (Air.HOLD, ("no co-host",))
    session, done = session.handle(Event.RULES_STOP, NOW)
    assert session.air is Air.ENDING
    assert Do.SAY_GOODBYE in done


def test_rules_do_not_lift_the_operators_hold() -> None:
    session, _ = play(
        Event.START, Event.CHECKS_PASSED, Event.OPERATOR_HOLDS, Event.RULES_HOLD, Event.RULES_CLEAR
    )
    assert session.air is Air.HOLD
    session, _ = session.handle(Event.OPERATOR_RESUMES, NOW)
    assert session.air is Air.LIVE


def test_an_event_without_meaning_is_an_error_and_changes_nothing() -> None:
    session = Session()
    with pytest.raises(ValueError, match="no meaning"):
        session.handle(Event.GOODBYE_SAID, NOW)
    assert session == Session()


@given(st.lists(st.sampled_from(list(Event)), max_size=30))
def test_never_live_while_the_rules_say_hold_and_never_back_from_the_end(events: list[Event]) -> None:
    session = Session()
    for event in events:
        before = session
        try:
            session, commands = session.handle(event, NOW)
        except ValueError:
            assert session == before
            continue
        if before.air in (Air.ENDED, Air.FAILED):
            assert session.air in (Air.ENDED, Air.FAILED)
        assert not (session.air is Air.LIVE and session.policy in (Policy.HOLD, Policy.STOP))
        assert not (session.air is Air.LIVE and not session.checked)
        assert (Do.GO_LIVE in commands) == (before.air is Air.CHECKING and session.air is Air.LIVE)
        assert session.cohost in Cohost
