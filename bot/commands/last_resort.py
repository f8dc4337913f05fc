"""The last resort for a show whose whole interpreter hangs: it says where, ends, and another can start."""

import asyncio
import faulthandler
import sys

HUNG_S = 30.0  # the loop answers within milliseconds; thirty seconds of silence are no load, but a hang
ARM_S = 1.0


async def last_resort(hung_s: float = HUNG_S) -> None:
    """Until cancelled: while this runs, a loop that stands still for `hung_s` ends the process with code 1,
    after the stacks of all threads were written to stderr.

    The watchdog is a thread of the interpreter's own that needs no lock of Python's: it also sees foreign
    code that never gives the lock back.
    """
    try:
        while True:
            faulthandler.dump_traceback_later(hung_s, exit=True, file=sys.__stderr__ or sys.stderr)
            await asyncio.sleep(ARM_S)
    finally:
        faulthandler.cancel_dump_traceback_later()
