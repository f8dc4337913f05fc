"""Overlays: changes in order, the newest state stands, the scene is swapped whole, bounded."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from acting import planes

from bot.show import scenery as module
from bot.show.messages import Card
from bot.show.scenery import MAX_CAPTIONS, MAX_CHANGES, Scenery
from bot.show.studio import ClauseReady
from bot.stage.air import Scene
from bot.stage.compositor import Slate
from bot.stage.layout import layout

PLAN = layout(360, 640)
CARD = Card(handle="tea", number=1, title="Tea", price="$59.00", picture="tea.png")


def clause(number: int, k: int = 0) -> ClauseReady:
    return ClauseReady(number, k, True, 0, 1, 10, (), 0)


class Rig:
    def __init__(self) -> None:
        self.air = SimpleNamespace(scene=Scene())
        self.asked: list[str] = []
        self.captions: list[tuple] = []
        self.scenery = Scenery(self.air, PLAN, "en", self.picture, self.make, self.slate)

    def picture(self, name: str) -> Path | None:
        self.asked.append(name)
        return None

    def make(self, sent, clause, card):
        self.captions.append((clause.number, clause.clause, card))
        return f"captions {clause.number}.{clause.clause}"

    def slate(self, kind: str, words: str) -> Slate:
        return Slate(f"{kind} {words}", planes(360, 640, 16))

    def keys(self) -> list[str]:
        return [o.key.split(":")[0].split("|")[0] for o in self.air.scene.overlays]


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_the_label_stands_at_once_and_leaves_at_once(rig: Rig) -> None:
    rig.scenery.label("AI")
    assert rig.air.scene.label == "AI"
    rig.scenery.label(None)
    assert rig.air.scene.label is None


async def test_overlays_come_and_go_each_in_its_own_place(rig: Rig) -> None:
    rig.scenery.show_question("Ada", "How much?", "en")
    rig.scenery.show_card(CARD)
    rig.scenery.show_notice("I am an AI host.")
    assert rig.air.scene.overlays == (), "nothing is drawn on the caller's time"
    await rig.scenery.settle()
    card, notice, question = rig.air.scene.overlays
    for overlay, place in ((card, PLAN.card), (notice, PLAN.notice), (question, PLAN.question)):
        middle = overlay.y + overlay.h / 2
        assert place.y <= middle <= place.y + place.h
    assert rig.asked == ["tea.png"]
    rig.scenery.hide_question()
    rig.scenery.show_notice("")
    await rig.scenery.settle()
    assert rig.air.scene.overlays == (card,)
    rig.scenery.show_card(None)
    await rig.scenery.settle()
    assert rig.air.scene.overlays == () and rig.scenery.card is None


async def test_the_same_card_is_drawn_once_and_another_replaces_it(rig: Rig) -> None:
    rig.scenery.show_card(CARD)
    rig.scenery.show_card(CARD)
    await rig.scenery.settle()
    assert rig.asked == ["tea.png"]
    first = rig.air.scene.overlays
    rig.scenery.show_card(CARD.model_copy(update={"price": "$49.00"}))
    await rig.scenery.settle()
    assert len(rig.air.scene.overlays) == 1 and rig.air.scene.overlays[0].key != first[0].key


async def test_a_change_leaves_label_slate_and_captions_alone(rig: Rig) -> None:
    rig.scenery.label("AI")
    rig.scenery.hold("hold", "a moment")
    rig.scenery.caption(None, clause(1))
    rig.scenery.show_card(CARD)
    await rig.scenery.settle()
    scene = rig.air.scene
    assert scene.label == "AI" and scene.slate.key == "hold a moment" and len(scene.overlays) == 1
    assert dict(scene.captions) == {(1, 0): "captions 1.0"}
    rig.scenery.clear_hold()
    await rig.scenery.settle()
    assert rig.air.scene.slate is None and rig.air.scene.label == "AI"


async def test_changes_are_carried_out_in_their_order(rig: Rig) -> None:
    rig.scenery.hold("hold", "one")
    rig.scenery.clear_hold()
    rig.scenery.hold("ending", "two")
    await rig.scenery.settle()
    assert rig.air.scene.slate.key == "ending two"


async def test_captions_of_the_last_clauses_are_kept(rig: Rig) -> None:
    for number in range(30):
        rig.scenery.caption(None, clause(number))
    await rig.scenery.settle()
    assert list(rig.air.scene.captions) == [(n, 0) for n in range(30 - MAX_CAPTIONS, 30)]


async def test_captions_know_the_card_that_is_on_the_table(rig: Rig) -> None:
    rig.scenery.show_card(CARD)
    rig.scenery.caption(None, clause(1))
    await rig.scenery.settle()
    assert rig.captions == [(1, 0, CARD)]


async def test_a_flood_of_changes_keeps_the_newest(rig: Rig) -> None:
    for n in range(MAX_CHANGES + 50):
        rig.scenery.hold("hold", str(n))
    await rig.scenery.settle()
    assert rig.air.scene.slate.key == f"hold {MAX_CHANGES + 49}"


async def test_one_overlay_that_cannot_be_drawn_does_not_end_the_scenery(rig: Rig, monkeypatch) -> None:
    """A picture that breaks the drawing must not take captions, slates and the rest of the show with it."""

    def broken(*args):
        raise OSError("truncated picture")

    monkeypatch.setattr(module, "render_card", broken)
    rig.scenery.show_card(CARD)
    rig.scenery.hold("hold", "a moment")
    await rig.scenery.settle()
    assert rig.air.scene.overlays == () and rig.air.scene.slate is not None
    assert rig.scenery.failures == 1 and "truncated picture" in rig.scenery.trouble
