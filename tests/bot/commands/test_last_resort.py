"""A process whose interpreter hangs ends by itself and says where it hung."""

import subprocess
import sys
import time

PROGRAM = """
import asyncio, ctypes, sys
from bot.commands.last_resort import last_resort

def hold_the_lock():
    ctypes.PyDLL(None).sleep(120)  # foreign code that does not give the interpreter back

async def show():
    watch = asyncio.ensure_future(last_resort(1.0))
    await asyncio.sleep(0.2)
    {what}
    watch.cancel()
    await asyncio.sleep(0)
    print("went on", flush=True)
    await asyncio.sleep({after})

asyncio.run(show())
"""


def run(what: str, after: float = 0.0) -> tuple[int, str, float]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(what=what, after=after)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def test_a_loop_that_never_gets_the_interpreter_back_ends_with_its_stack_told() -> None:
    code, output, seconds = run("hold_the_lock()")
    assert code == 1 and "hold_the_lock" in output and "went on" not in output
    assert seconds < 55


def test_one_that_answers_is_left_alone_also_after_the_watch_is_over() -> None:
    code, output, _ = run("await asyncio.sleep(0.5)", after=1.5)
    assert (code, output.strip()) == (0, "went on")
