"""The pipe to the face mesh: what it answers is taken, and what goes wrong there is told; by programs that
stand in for it.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from persona.clone.footage import mesh
from persona.clone.footage.mesh import POINTS, FaceMesh
from persona.clone.puppet import Planes
from products.errors import RemoteError, SetupError

ANSWERS = """
import json, sys
import numpy as np
head = json.loads(sys.stdin.buffer.readline())
w, h = head["width"], head["height"]
print("chatter", file=sys.stderr)
sys.stdout.buffer.write(b'{"ready": true}\\n'); sys.stdout.buffer.flush()
while len(data := sys.stdin.buffer.read(w * h * 3)) == w * h * 3:
    rgb = np.frombuffer(data, np.uint8).reshape(h, w, 3)
    red, blue = float(rgb[..., 0].mean()), float(rgb[..., 2].mean())
    value = np.nan if rgb.max() < 10 else 1 if red > blue else 2
    sys.stdout.buffer.write(np.full((478, 2), value, "<f4").tobytes()); sys.stdout.buffer.flush()
"""
DIES = "import sys; sys.stdin.buffer.readline(); sys.exit('ImportError: no mediapipe here')"
STOPS = """
import sys
sys.stdin.buffer.readline()
sys.stdout.buffer.write(b'{"ready": true}\\n'); sys.stdout.buffer.flush()
sys.stdin.buffer.read(100)
sys.exit("out of memory")
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program in the mesh's place."""

    def put(text):
        (tmp_path / "program.py").write_text(text)
        (tmp_path / "whole").touch()
        monkeypatch.setattr(mesh, "_PROGRAM", tmp_path / "program.py")
        monkeypatch.setattr(mesh, "interpreter", lambda folder: Path(sys.executable))
        return tmp_path

    return put


def picture(y, u, v):
    return Planes(np.full((64, 48), y, np.uint8), *(np.full((32, 24), c, np.uint8) for c in (u, v)))


def test_points_come_back_picture_by_picture(program):
    finder = FaceMesh(program(ANSWERS), 48, 64)
    try:
        red, blue = finder.find(picture(80, 90, 240)), finder.find(picture(40, 240, 110))
        assert red.shape == (POINTS, 2) and red[0, 0] == 1 and blue[0, 0] == 2
        assert finder.find(picture(16, 128, 128)) is None, "black: no face"
        assert finder.find(picture(80, 90, 240))[5, 1] == 1
    finally:
        finder.close()
    finder.close()


def test_a_program_that_does_not_start_is_told(program):
    with pytest.raises(SetupError, match="no mediapipe here"):
        FaceMesh(program(DIES), 48, 64)


def test_a_program_that_stops_is_told(program):
    finder = FaceMesh(program(STOPS), 48, 64)
    with pytest.raises(RemoteError, match="stopped: out of memory"):
        for _ in range(3):
            finder.find(picture(80, 128, 128))
    finder.close()


def test_without_the_environment_it_says_what_to_run(tmp_path):
    with pytest.raises(SetupError) as told:
        FaceMesh(tmp_path, 48, 64)
    assert "castmate clone setup" in told.value.remedy


def test_the_sets_of_points_hold_together():
    names = mesh.NAMES
    assert len(set(mesh.MOUTH)) == len(mesh.LIPS) + len(mesh.JAW) == 53
    assert [mesh.MOUTH[k] for k in (names.upper, names.lower, names.left, names.right)] == [13, 14, 61, 291]
    assert not set(mesh.RIGID) & set(mesh.MOUTH) and max(mesh.RIGID + mesh.MOUTH) < POINTS


def test_the_lock_names_each_file_by_hash():
    from importlib.resources import files

    text = files("persona.clone.footage").joinpath("landmarks.txt").read_text("utf-8")
    packages = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    assert any(line.startswith("mediapipe==0.10.21") for line in packages) and len(packages) > 8
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
