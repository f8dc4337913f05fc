"""The live person of a show: places, the label that follows what is on air, entries for every change."""

import pytest

from bot.show.human import Human, Place, inset_place
from bot.stage.layout import layout
from bot.stage.microphone import Microphone
from persona.clone.base import Rect

PLAN = layout(720, 1280)
LABEL = object()


class Camera:
    class Ring:
        wanted = (0, 0)

        def picture(self):
            return None

        def close(self) -> None:
            self.closed = True

    def __init__(self) -> None:
        self.ring, self.on, self.by, self.pieces = self.Ring(), False, "", []
        self.dropped = self.broken = 0

    def start(self, by: str) -> None:
        self.on, self.by = True, by

    def stop(self) -> None:
        self.on = False

    def take(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def close(self) -> None:
        self.on = False


class Scenery:
    """Keeps the order in which label and host come and go."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def label(self, overlay) -> None:
        self.told.append(("label", overlay is not None))

    def live(self, place, *, host, away=None) -> None:
        self.told.append(("host", host))
        self.place = place


class Rig:
    def __init__(self, **how) -> None:
        self.camera, self.scenery, self.notes = Camera(), Scenery(), []
        self.human = Human(
            self.camera, Microphone(), self.scenery, PLAN, LABEL,
            lambda kind, data: self.notes.append((kind, data)), **how,
        )  # fmt: skip
        self.human.begin()

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.notes]


def test_without_a_camera_no_place_is_taken() -> None:
    rig = Rig()
    assert not rig.human.take_place(Place.INSET, "Ann") and rig.human.place is Place.OFF
    assert rig.kinds() == []


def test_beside_the_host_the_label_stays() -> None:
    rig = Rig()
    rig.human.camera(on=True, by="Ann")
    assert rig.human.take_place(Place.INSET, "Ann")
    assert rig.scenery.told == [("label", True), ("host", True)]
    assert rig.scenery.place == PLAN.inset and rig.camera.ring.wanted == (PLAN.inset.w, PLAN.inset.h)
    assert rig.kinds() == ["human.camera", "human.place"] and not rig.human.alone


def test_alone_the_host_leaves_before_the_label_and_comes_back_after_it() -> None:
    rig = Rig()
    rig.human.camera(on=True, by="Ann")
    rig.scenery.told.clear()
    rig.human.take_place(Place.ALONE, "Ann")
    rig.human.take_place(Place.OFF, "Ann")
    assert rig.scenery.told == [("host", False), ("label", False), ("label", True), ("host", True)]
    assert [k for k in rig.kinds() if k.startswith("label")] == ["label.off", "label.on"]
    assert all(data["by"] == "Ann" for kind, data in rig.notes if kind.startswith("label"))


def test_a_camera_that_ends_gives_the_place_up() -> None:
    rig = Rig()
    rig.human.camera(on=True, by="Ann")
    rig.human.take_place(Place.ALONE, "Ann")
    assert not rig.human.gone()
    rig.human.camera(on=False, by="Bob")
    assert rig.camera.on, "another's page cannot end it"
    rig.human.camera(on=False, by="Ann")
    assert rig.human.gone() and rig.human.place is Place.OFF
    assert rig.scenery.told[-2:] == [("label", True), ("host", True)]


def test_who_hosts_alone_has_no_label_from_the_first_picture_on_and_no_other_place() -> None:
    rig = Rig(only=True)
    assert rig.scenery.told == [("label", False), ("host", False)]
    assert rig.kinds() == ["label.off"] and rig.human.alone
    rig.human.camera(on=True, by="Ann")
    assert not rig.human.take_place(Place.OFF, "Ann")
    rig.human.camera(on=False, by="Ann")
    assert not rig.human.gone() and rig.scenery.told[-1] == ("host", False)
    assert rig.human.view().place == "alone"


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920), (1280, 720)])
@pytest.mark.parametrize("most", [None, 0.5, 1 / 3, 0.2, 0.1])
def test_the_inset_keeps_the_geometry_rules_of_the_packs(size, most) -> None:
    """KS-2024-03: embedded video a third of the frame's height at most."""
    plan = layout(*size)
    rect = inset_place(plan, most)
    assert isinstance(rect, Rect) and rect.w % 2 == rect.h % 2 == rect.x % 2 == rect.y % 2 == 0
    assert most is None or rect.h <= most * plan.height
    whole = plan.inset
    assert whole.x <= rect.x and rect.x + rect.w <= whole.x + whole.w and rect.h <= whole.h and rect.h > 0
