"""Setting the console's switches for digital humans and AI, and reading them back."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from connectors.base import Evidence
from connectors.seller_console.sheet import Switch
from connectors.seller_console.window import Window

LOOKS, LOOK_S = 40, 0.1


async def declare(
    window: Window,
    switches: tuple[Switch, ...],
    synthetic: bool,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> Evidence:
    """Each switch on for a synthetic host, off for none; what stood there afterwards."""
    stands: dict[str, bool | None] = {}
    for switch in switches:
        stands[switch.words] = await _set(window, switch.words, synthetic, sleep)
    read_back = "; ".join(f"{words}: {_word(state)}" for words, state in stands.items())
    wrong = [words for words, state in stands.items() if state is not synthetic]
    if not wrong:
        return Evidence(True, now(), f"Set and read back: {read_back}.", read_back)
    hidden = [words for words in wrong if stands[words] is None]
    says = f"No open page of the console shows {' and '.join(hidden)}. " if hidden else ""
    return Evidence(False, now(), f"{says}It stands: {read_back}. Set it by hand.", read_back)


async def _set(
    window: Window, words: str, wanted: bool, sleep: Callable[[float], Awaitable[None]]
) -> bool | None:
    state = await window.switch(words)
    if state is None or state is wanted:
        return state
    await window.press_switch(words)
    for _ in range(LOOKS):
        state = await window.switch(words)
        if state is wanted:
            break
        await sleep(LOOK_S)
    return state


def _word(state: bool | None) -> str:
    return "not shown" if state is None else ("on" if state else "off")
