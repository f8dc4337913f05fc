"""The points of a face in each picture, from MediaPipe's face mesh in a process of its own.

Its models come inside the package, but it wants older libraries than Castmate has: it lives in an
environment of its own (`castmate clone setup`), and answers through a pipe (mesh_program.py).
"""

import contextlib
import json
import select
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import PointNames
from persona.clone.puppet import Planes
from products.errors import RemoteError, SetupError

Floats = NDArray[np.float32]

POINTS = 478
PATIENCE = 120.0  # seconds for one picture; it takes some milliseconds, the first some seconds
_PROGRAM = Path(__file__).with_name("mesh_program.py")

# Rows of the mesh; the sets were chosen and measured on two clips
RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 98, 327, 2, 129, 358, 55, 285)
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
        78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310,
        415)  # fmt: skip
JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)
MOUTH = LIPS + JAW
EYES = ((159, 145, 33, 133), (386, 374, 362, 263))  # lids, corners
NAMES = PointNames(
    lips=tuple(range(len(LIPS))),
    jaw=tuple(range(len(LIPS), len(MOUTH))),
    upper=MOUTH.index(13),
    lower=MOUTH.index(14),
    left=MOUTH.index(61),
    right=MOUTH.index(291),
)


def interpreter(folder: Path) -> Path:
    """The Python of the environment in `folder`."""
    return folder / "bin" / "python"


def installed(folder: Path) -> bool:
    """Whether `castmate clone setup` went through."""
    return interpreter(folder).exists() and (folder / "whole").is_file()


def install(folder: Path) -> None:
    """Makes the environment: about 35 MB are fetched for MediaPipe and 100 MB for what it stands on.

    Raises SetupError with pip's last words.
    """
    with as_file(files("persona.clone.footage").joinpath("landmarks.txt")) as lock:
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(interpreter(folder)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check",
             "--no-deps", "--require-hashes", "-r", str(lock)],
        ):  # fmt: skip
            try:
                ran = subprocess.run(command, capture_output=True, text=True)
            except OSError as error:
                raise SetupError(f"{command[0]} cannot be run: {error}.", remedy="Check Python.") from error
            if ran.returncode:
                words = " ".join((ran.stderr or ran.stdout).strip().splitlines()[-3:])
                raise SetupError(
                    f"The face mesh could not be set up in {folder}: {words}",
                    remedy="Check the network and the free space, then run castmate clone setup again.",
                )
    (folder / "whole").touch()


class FaceMesh:
    """Points of the one face in pictures of `width` x `height`. Close it.

    Raises SetupError when the environment is not there or does not start, RemoteError when it dies.
    """

    def __init__(self, folder: Path, width: int, height: int) -> None:
        if not installed(folder):
            raise SetupError(
                "What finds the points of a face is not set up.",
                remedy="Run once: castmate clone setup (fetches about 140 MB)",
            )
        self._size = width, height
        self._errors = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [str(interpreter(folder)), str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        except OSError as error:
            raise SetupError(f"The face mesh does not start: {error}.", remedy=_REMEDY) from error
        try:
            self._send(json.dumps({"width": width, "height": height}).encode() + b"\n")
            ready = self._receive(16) == b'{"ready": true}\n'
        except RemoteError:
            ready = False
        if not ready:
            self.close()
            raise SetupError(f"The face mesh does not start: {self._words()}", remedy=_REMEDY)

    def find(self, planes: Planes) -> Floats | None:
        """[478, 2] pixels, or None where no face is found. Pictures in their order: it follows the face."""
        h, w = planes.y.shape
        flat = np.concatenate([planes.y.reshape(-1), planes.u.reshape(-1), planes.v.reshape(-1)])
        # its colours are a shade off (BT.601): the mesh does not mind, and this is ten times as quick
        self._send(cv2.cvtColor(flat.reshape(h * 3 // 2, w), cv2.COLOR_YUV2RGB_I420).data)
        answer = np.frombuffer(self._receive(POINTS * 8), "<f4").reshape(POINTS, 2)
        return None if bool(np.isnan(answer).any()) else np.asarray(answer, np.float32)

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, data: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise RemoteError(f"The face mesh stopped: {self._words()}", remedy=_REMEDY) from None

    def _receive(self, size: int) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        out = b""
        while len(out) < size:
            ready, _, _ = select.select([pipe], [], [], PATIENCE)
            piece = pipe.read1(size - len(out)) if ready else b""  # type: ignore[attr-defined]
            if not piece:
                if not ready:
                    self._process.kill()
                raise RemoteError(f"The face mesh stopped: {self._words()}", remedy=_REMEDY)
            out += piece
        return out

    def _words(self) -> str:
        """What it said last; it has stopped, or is about to."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else "it says nothing."


_REMEDY = "Run castmate clone setup again."
