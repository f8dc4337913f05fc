"""The live person of a show: their camera, where they stand, and what that means for the label.

    off     their camera is not on the air (it may still prove that they are there)
    inset   beside the synthetic host, in the place that the layout keeps for them; heard, the host ducked
    alone   they are the show: no synthetic face or voice airs, and the AI label is off, since labelling a
            human as AI is wrong as well (GB 45438-2025 3.1, 3.2)

Every change is an entry of the ledger with who made it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from bot.show.camera_process import CameraProcess
from bot.show.messages import HumanView
from bot.show.scenery import Scenery
from bot.stage.compositor import Slate
from bot.stage.layout import Layout
from bot.stage.microphone import Microphone
from bot.stage.picture import Overlay
from persona.clone.base import Rect

Note = Callable[[str, dict[str, Any]], None]


class Place(StrEnum):
    """Where the live person stands."""

    OFF = "off"
    INSET = "inset"
    ALONE = "alone"


def inset_place(plan: Layout, most: float | None) -> Rect:
    """The layout's place for the person, no taller than `most` of the picture's height (geometry rules of the
    packs). Even numbers.
    """
    rect = plan.inset
    if most is None or rect.h <= most * plan.height:
        return rect
    height = int(most * plan.height) // 2 * 2
    width = rect.w * height // rect.h // 2 * 2
    return Rect(rect.x + rect.w - width, rect.y, width, height)


class Human:
    """Owns the camera's decoder. All methods from the event loop; each returns at once.

    only  the person is the show from its beginning to its end (prompter): no other place can be taken
    """

    def __init__(
        self,
        camera: CameraProcess,
        microphone: Microphone,
        scenery: Scenery,
        plan: Layout,
        label: Overlay,
        note: Note,
        away: Slate | None = None,
        *,
        only: bool = False,
        most: float | None = None,
    ) -> None:
        self._camera, self._microphone, self._scenery = camera, microphone, scenery
        self._label, self._note, self._away = label, note, away
        self._whole = Rect(0, 0, plan.width, plan.height)
        self._inset = inset_place(plan, most)
        self.only = only
        self.place = Place.OFF
        self.by = ""
        self.changed = True

    @property
    def alone(self) -> bool:
        """Whether nothing synthetic may be on the air."""
        return self.only or self.place is Place.ALONE

    @property
    def camera_on(self) -> bool:
        return self._camera.on

    @property
    def visible(self) -> bool:
        """Whether their camera's pictures come out of the decoder."""
        return self._camera.on and self._camera.ring.picture() is not None

    def begin(self) -> None:
        """Sets the first scene: before the first tick."""
        if self.only:
            self._scenery.label(None)
            self._camera.ring.wanted = (self._whole.w, self._whole.h)
            self._scenery.live(self._whole, host=False, away=self._away)
            self._note("label.off", {"why": "a human alone is the show"})
        else:
            self._scenery.label(self._label)

    def camera(self, *, on: bool, by: str) -> None:
        """A camera begins or ends."""
        if on:
            self._camera.start(by)
        elif by == self._camera.by:
            self._camera.stop()
            self._microphone.hang_up()
        self.changed = True
        self._note("human.camera", {"on": on, "by": by})

    def piece(self, data: bytes) -> None:
        """What the camera that began sends."""
        self._camera.take(data)

    def take_place(self, place: Place, by: str) -> bool:
        """Whether the place changed. Without a camera only `off` can be taken."""
        if self.only or place is self.place or (place is not Place.OFF and not self._camera.on):
            return False
        before, self.place, self.by = self.place, place, by
        rect = {Place.OFF: None, Place.INSET: self._inset, Place.ALONE: self._whole}[place]
        if rect is not None:
            self._camera.ring.wanted = (rect.w, rect.h)
        if place is Place.ALONE:
            # the host leaves before its label does
            self._scenery.live(rect, host=False, away=self._away)
            self._scenery.label(None)
            self._note("label.off", {"why": "a human alone is on the air", "by": by})
        else:
            if before is Place.ALONE:  # and comes back after it
                self._scenery.label(self._label)
                self._note("label.on", {"why": "the synthetic host is on the air", "by": by})
            self._scenery.live(rect, host=True)
        if place is Place.OFF:
            self._microphone.hang_up()
        self.changed = True
        self._note("human.place", {"place": str(place), "by": by})
        return True

    def gone(self) -> bool:
        """Call often: a camera that ended gives its place up. Whether that changed something."""
        if self.only or self.place is Place.OFF or self._camera.on:
            return False
        return self.take_place(Place.OFF, self.by)

    def view(self) -> HumanView:
        """For the pages."""
        self.changed = False
        place = Place.ALONE if self.only else self.place
        return HumanView(
            place=str(place), camera=self._camera.on, by=self._camera.by if self._camera.on else ""
        )

    def figures(self) -> Mapping[str, float]:
        """For the health of the show."""
        return {
            "camera_dropped": float(self._camera.dropped),
            "camera_broken": float(self._camera.broken),
            "microphone_gaps": float(self._microphone.gaps),
        }

    def close(self) -> None:
        """At the end of the show."""
        self._camera.close()
        self._camera.ring.close()
