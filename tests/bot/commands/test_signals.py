"""What asks a command to end while it prepares, and a pipe that tells that its starter is gone."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from bot.commands.air import _end_with
from bot.commands.signals import END_SIGNALS, signals_interrupt


@pytest.fixture
def as_in_a_terminal() -> Iterator[None]:
    """A shell starts what runs in its background deaf to Ctrl-C, and these tests may be such."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", END_SIGNALS)
def test_a_signal_interrupts_what_prepares_and_is_itself_again_afterwards(
    number: signal.Signals, as_in_a_terminal: None
) -> None:
    before = signal.getsignal(number)
    let_go = []
    with pytest.raises(KeyboardInterrupt), signals_interrupt():
        try:
            signal.raise_signal(number)
        finally:
            let_go.append(True)
    assert let_go and signal.getsignal(number) is before


async def test_a_pipe_that_closes_ends_the_show_once() -> None:
    held, ours = os.pipe()
    ended: list[bool] = []
    gone = asyncio.Event()

    def end() -> None:
        ended.append(True)
        gone.set()

    _end_with(held, end)
    os.write(ours, b"x")
    await asyncio.sleep(0.01)
    assert ended == []
    os.close(ours)
    async with asyncio.timeout(10):
        await gone.wait()
    await asyncio.sleep(0.01)
    os.close(held)
    assert ended == [True]
