"""Writing into the chat through the console's own box, and looking that it left the box."""

from collections.abc import Awaitable, Callable

from connectors.base import SayResult
from connectors.errors import Changed
from connectors.pieces import pieces
from connectors.seller_console.window import Window

LOOKS, LOOK_S = 50, 0.1


async def reply(
    window: Window,
    text: str,
    wait: Callable[[], float],
    announce: Callable[[str], None],
    sleep: Callable[[float], Awaitable[None]],
) -> SayResult:
    """`wait`: seconds until one more may be written, 0.0 for now (and counts it then); `announce`: is told
    what will come back in the chat. A text too long for the box goes in pieces.
    """
    parts = pieces(" ".join(text.split()), await window.reply_limit())
    if not parts:
        return SayResult(ok=False, reason="The message is empty.")
    for part in parts:
        seconds = wait()
        if seconds:
            return SayResult(
                False, reason="Too many messages at once.", parts=len(parts), retry_after=seconds
            )
        announce(part)
        said = await _one(window, part, sleep)
        if said:
            return SayResult(False, reason=said, parts=len(parts))
    return SayResult(True, parts=len(parts))


async def _one(window: Window, text: str, sleep: Callable[[float], Awaitable[None]]) -> str:
    """Why it was not written; "" where it was."""
    stands = await window.write(text)
    if stands != text:
        await window.write("")
        raise Changed(
            f"The console's box does not take the text: it shows {len(stands)} of {len(text)} letters."
        )
    for _ in range(LOOKS):
        if await window.send():
            break
        await sleep(LOOK_S)
    else:
        await window.write("")
        return "The button beside the box does nothing now: probably no broadcast is on."
    for _ in range(LOOKS):
        if await window.box() != text:
            return ""
        await sleep(LOOK_S)
    await window.write("")
    return "The console did not take the message."
