"""A live person on the air: where their picture stands; with them alone nothing synthetic is encoded."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from acting import HEIGHT, WIDTH, SmallReel, planes

from bot.stage.air import AirLoop, Scene
from bot.stage.border import BLOCK, Border, Flag, Take
from bot.stage.camera import STALE_S, Camera, CameraRing
from bot.stage.compositor import Compositor, Slate
from bot.stage.microphone import LEAD, Microphone
from bot.stage.mixer import Mixer
from persona.clone.base import Patch, PatchRect, Rect

WHOLE = Rect(0, 0, WIDTH, HEIGHT)
INSET = Rect(160, 20, 60, 80)
CAMERA, HOST, MOUTH, BACK = 33, range(100, 140), 200, 60  # grey levels: nothing else has them
AWAY = Slate("away", planes(WIDTH, HEIGHT, 90))


class Kept:
    """An encoder that keeps what it is given."""

    def __init__(self) -> None:
        self.luma: list[np.ndarray] = []
        self.sound: list[np.ndarray] = []

    def encode(self, n, frame, samples):
        plane = frame.planes[0]
        self.luma.append(
            np.frombuffer(memoryview(plane), np.uint8)
            .reshape(plane.height, plane.line_size)[:, :WIDTH]
            .copy()
        )
        self.sound.append(samples.copy())
        return []


class Rig:
    def __init__(self) -> None:
        self.border, self.ring = Border.create(slots=20), CameraRing.create(WIDTH, HEIGHT)
        self.t, self.seen, self.microphone = [5.0], Kept(), Microphone()
        camera = Camera(self.ring, self.microphone.put, lambda: self.t[0])
        reel = SmallReel()
        self.air = AirLoop(
            reel, self.border, Compositor(WIDTH, HEIGHT, reel.backdrop), Mixer(1, microphone=self.microphone),
            self.seen, [], lambda: self.t[0], camera,
        )  # fmt: skip

    def speak(self, ticks: int) -> None:
        """The studio has speech and mouth for so many ticks."""
        rect = PatchRect(Rect(100, 200, 4, 4), *planes(4, 4, MOUTH))
        for k in range(ticks):
            flags = int((Flag.FIRST if k == 0 else 0) | (Flag.LAST if k == ticks - 1 else 0))
            loud = np.full(BLOCK, 0.5, np.float32)
            self.border.put(Take(0, 1, 0, k, flags, Patch(k, (rect,), 0.5), loud))

    def tick(
        self, *, camera: Rect | None = None, level: int = CAMERA, sound: float | None = None
    ) -> np.ndarray:
        if camera is not None:
            self.ring.show(*planes(camera.w, camera.h, level))
        if sound is not None:
            self.ring.sound(np.full(BLOCK, sound, np.float32))
        self.t[0] += 0.04
        self.air.tick()
        return self.seen.luma[-1]

    def close(self) -> None:
        self.border.close()
        self.ring.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def part(luma: np.ndarray, r: Rect) -> np.ndarray:
    return luma[r.y : r.y + r.h, r.x : r.x + r.w]


def test_with_the_person_alone_no_synthetic_face_or_voice_reaches_the_encoder(rig) -> None:
    """Though the studio has speech ready and the reel its host: not one pixel, not one sample."""
    rig.air.scene = Scene(host=False, live=WHOLE, away=AWAY)
    rig.speak(15)
    for _ in range(15):
        luma = rig.tick(camera=WHOLE)
        assert set(np.unique(luma)) == {CAMERA}
    assert max(float(np.abs(s).max()) for s in rig.seen.sound) < 0.02, "the room's tone alone"
    assert not rig.air.marks and rig.border.waiting == 15
    rig.air.scene = Scene(host=False, live=WHOLE, away=AWAY)
    quiet = Rig()
    try:  # the same without any studio: the very same sound
        quiet.air.scene = rig.air.scene
        for _ in range(15):
            quiet.tick(camera=WHOLE)
        assert all(np.array_equal(a, b) for a, b in zip(rig.seen.sound, quiet.seen.sound, strict=True))
    finally:
        quiet.close()


def test_a_person_whose_camera_stops_is_covered_by_the_slate_and_never_by_the_host(rig) -> None:
    rig.air.scene = Scene(host=False, live=WHOLE, away=AWAY)
    rig.speak(5)
    assert set(np.unique(rig.tick())) == {90}, "before the first picture"
    rig.tick(camera=WHOLE)
    for _ in range(round(STALE_S / 0.04) - 1):
        last = rig.tick()
    assert set(np.unique(last)) == {CAMERA}, "a second of nothing is bridged by the last picture"
    rig.tick()
    assert set(np.unique(rig.tick())) == {90}
    assert set(np.unique(rig.tick(camera=WHOLE))) == {CAMERA}
    assert all(not set(HOST) & set(np.unique(luma)) for luma in rig.seen.luma)


def test_a_person_beside_the_host_stands_in_their_place_and_nowhere_else(rig) -> None:
    rig.air.scene = Scene(live=INSET)
    rig.speak(5)
    before = rig.tick()
    assert CAMERA not in np.unique(before)
    luma = rig.tick(camera=INSET)
    assert (part(luma, INSET) == CAMERA).all()
    outside = luma.copy()
    part(outside, INSET)[:] = BACK
    assert CAMERA not in np.unique(outside)
    assert set(np.unique(part(luma, SmallReel.region))) & set(HOST), "the host goes on"
    assert rig.air.marks, "and speaks"


def test_the_person_is_heard_a_little_later_than_it_came_as_their_picture_is_shown(rig) -> None:
    rig.air.scene = Scene(host=False, live=WHOLE, away=AWAY)
    for _ in range(12):
        rig.tick(camera=WHOLE, sound=0.2)
    loud = [float(np.abs(s).max()) > 0.05 for s in rig.seen.sound]
    assert loud.index(True) == LEAD // BLOCK and all(loud[LEAD // BLOCK :])


def test_a_picture_of_another_size_than_its_place_is_not_drawn(rig) -> None:
    rig.air.scene = Scene(live=INSET)
    assert CAMERA not in np.unique(rig.tick(camera=WHOLE))


def test_the_host_comes_back_when_the_person_hands_over(rig) -> None:
    rig.air.scene = Scene(host=False, live=WHOLE, away=AWAY)
    rig.tick(camera=WHOLE)
    rig.air.scene = replace(rig.air.scene, host=True, live=None)
    luma = rig.tick(camera=WHOLE)
    assert CAMERA not in np.unique(luma) and set(np.unique(luma)) & set(HOST)
