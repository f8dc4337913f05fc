"""An engine that does well or ill, as the words of the clause say."""

import math
import os
import socket
import time
from pathlib import Path

import numpy as np

from persona.clone.base import Patch, PatchRect, Rect


def opens(reel, weights, threads):
    return Lips(Path(reel))


def attempt(act):
    try:
        act()
    except BaseException:  # noqa: BLE001  whatever holds it back
        return 0
    return 1


class Lips:
    def __init__(self, reel):
        self._reel = reel

    def render(self, speech, first):
        word = speech.text
        if word.startswith("tries "):
            tries = (
                lambda: Path(word.removeprefix("tries ")).read_bytes(),
                lambda: Path(self._reel.parent, "mine").write_bytes(b"x"),
                lambda: socket.socket(),
                lambda: os.fork(),
                lambda: os.environ["CASTMATE_LLM_KEY"],
            )
            got = sum(attempt(act) << i for i, act in enumerate(tries))
            got += 64 * attempt(self._reel.read_bytes) + 128 * attempt(
                lambda: Path(os.environ["HOME"], "x").write_bytes(b"")
            )
            word, level = "well", got
        else:
            level = round(float(np.abs(speech.pcm).max()) * 100)
        for k in range(math.ceil(speech.seconds * 25)):
            if word == "dies" and k == 1:
                os._exit(1)
            if word == "hangs" and k == 1:
                time.sleep(3600)
            x = -2 if word == "outside" else 4
            planes = (np.full((4, 4), level, np.uint8), *[np.full((2, 2), 128, np.uint8)] * 2)
            yield Patch((first + k) % 8, (PatchRect(Rect(x, 4, 4, 4), *planes),), 0.5)
        if word == "more":
            yield Patch(0, ())

    def rest(self, i):
        return Patch(i % 8, ())
