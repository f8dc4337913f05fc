"""A show that is asked to end does, soon and in order, at whatever moment; a broken air is not overlooked."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from small_show import Rig, Writer

from bot.show import run as run_module
from bot.show.conduct import ASKED_S
from bot.show.oversight import ENDING_S
from bot.show.session import Air
from bot.show.standstill import Standstill
from persona.script import LineKind
from products.errors import Bug, RemoteError


async def test_asked_before_it_began_it_ends_without_a_word(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=5)
    rig.run.ask_to_end("Ctrl-C")
    await rig.play()
    assert rig.moves() == ["checking", "ended"] and rig.run.reason == "Ctrl-C"
    assert rig.said() == [] and rig.kinds()[-1] == "show.ended"


async def test_asked_while_a_writer_takes_its_time_it_ends_without_it(tmp_path, monkeypatch) -> None:
    rig = Rig(tmp_path, minutes=5)
    asked = []

    async def never(self, brief, goods=()):
        asked.append(brief)
        rig.run.ask_to_end("Ctrl-C")
        await asyncio.Event().wait()

    monkeypatch.setattr(Writer, "line", never)
    await rig.play()
    assert asked and rig.run.session.air is Air.ENDED and rig.kinds()[-1] == "show.ended"


async def test_asked_in_a_long_goodbye_it_ends_within_seconds(tmp_path, monkeypatch) -> None:
    rig = Rig(tmp_path, minutes=0.2)
    plain = Writer._line

    def long(self, brief, text, products=()):
        many = "|".join(["Bye"] * 14) if brief.kind is LineKind.GOODBYE else text
        return plain(self, brief, many, products)

    monkeypatch.setattr(Writer, "_line", long)
    at: list[float] = []

    def ask() -> None:
        if rig.run.session.air is Air.ENDING:
            at.append(rig.air.seconds)
            rig.run.ask_to_end("Ctrl-C")
        else:
            rig.hooks[round(rig.air.seconds) + 1] = ask

    rig.hooks[5] = ask
    await rig.play()
    assert rig.run.session.air is Air.ENDED and rig.kinds()[-1] == "show.ended"
    assert rig.air.seconds - at[0] < ASKED_S + 1 < ENDING_S


async def test_a_clone_that_must_not_be_on_air_says_no_goodbye(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=5)
    ended: list[int] = []

    def fill() -> None:
        rig.ledger.full = True

    def end() -> None:
        ended.append(rig.air.n)
        assert rig.run.session.air is Air.HOLD
        rig.run.ask_to_end("Ctrl-C")
        rig.ledger.full = False

    rig.hooks |= {6: fill, 10: end}
    await rig.play()
    assert rig.run.session.air is Air.ENDED
    assert not any("oodbye" in text for text in rig.said())
    assert all(slate for slate, _ in rig.watched.ticks[ended[0] :]), "the host does not come back"
    assert rig.air.n - ended[0] < 2 * 25


async def test_an_air_that_breaks_fails_the_show_and_closes_its_ledger(tmp_path, monkeypatch) -> None:
    rig = Rig(tmp_path, minutes=5)
    monkeypatch.setattr(rig.air, "_time", time.monotonic)
    plain = rig.air.tick

    def tick() -> None:
        if rig.air.n == 20:
            raise RuntimeError("no more pictures")
        plain()

    monkeypatch.setattr(rig.air, "tick", tick)
    try:
        async with asyncio.timeout(50):
            with pytest.raises(ExceptionGroup) as caught:
                await rig.run.live()
    finally:
        rig.studio.close()
        rig.border.close()
    (error,) = caught.value.exceptions
    assert isinstance(error, Bug) and "no more pictures" in str(error)
    assert rig.run.session.air is Air.FAILED and "The air broke" in rig.run.reason
    assert rig.kinds()[-1] == "show.ended"


async def test_an_air_that_hangs_is_noticed_and_the_show_fails_with_its_ledger_closed(
    tmp_path, monkeypatch
) -> None:
    rig = Rig(tmp_path, minutes=5)
    monkeypatch.setattr(rig.air, "_time", time.monotonic)
    monkeypatch.setattr(run_module, "HUNG_S", 0.5)
    monkeypatch.setattr(run_module, "Standstill", lambda: Standstill(0.5))
    plain, let_go = rig.air.tick, threading.Event()

    def tick() -> None:
        if rig.air.n == 20:
            let_go.wait(60)  # as foreign code does that never returns
        plain()

    monkeypatch.setattr(rig.air, "tick", tick)
    try:
        async with asyncio.timeout(30):
            with pytest.raises(ExceptionGroup) as caught:
                await rig.run.live()
    finally:
        let_go.set()
        rig.studio.close()
        wait_until = time.monotonic() + 10
        while any(t.name == "air" for t in threading.enumerate()) and time.monotonic() < wait_until:
            await asyncio.sleep(0.01)
        rig.border.close()
    (error,) = caught.value.exceptions
    assert isinstance(error, Bug) and "stood still" in str(error)
    assert rig.run.session.air is Air.FAILED
    assert rig.kinds()[-1] == "show.ended"


async def test_a_show_of_the_calendar_ends_by_the_clock_whatever_its_length(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=5)
    rig.run._p.until = rig.clock.now() + timedelta(seconds=18)
    await rig.play()
    assert rig.run.session.air is Air.ENDED and rig.run.reason == "the planned time is over"
    assert rig.said()[-1] == "The goodbye." and 5 < rig.air.seconds < 40


async def test_a_voice_that_says_nothing_ends_a_rehearsal_and_says_so(tmp_path, monkeypatch) -> None:
    rig = Rig(tmp_path, minutes=5)

    def mute(line):
        raise RemoteError("The speech server does not answer.")
        yield

    monkeypatch.setattr(rig.studio.voice, "say", mute)
    with pytest.raises(RemoteError, match=r"12 lines in a row .*does not answer"):
        await rig.play()
