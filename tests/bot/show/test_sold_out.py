"""What is sold out leaves the rundown after one word about it, and comes back with its stock."""

from datetime import datetime

from goods import NOW, Shelf, product, variant

from bot.show.programme import Programme
from bot.show.sold_out import IN_A_ROW, SoldOut
from persona.script import Line, LineKind, Script
from products.verdict import Utterance, Verdict
from schedules.rundown import Cue, CueKind

MUG, GONE = product(handle="mug"), product(variant(stock=0), handle="mug")
TEA = product(handle="tea")


def test_it_is_told_once_pulled_then_and_back_with_its_stock() -> None:
    shelf = SoldOut()
    assert [shelf.pulls(x) for x in (MUG, MUG, GONE, GONE, MUG, GONE, GONE)] == [
        False, False, False, True, False, False, True,
    ]  # fmt: skip


def test_one_product_s_end_is_not_another_s() -> None:
    shelf = SoldOut()
    other = product(variant(stock=0), handle="other")
    assert [shelf.pulls(x) for x in (GONE, other, TEA, GONE, other, TEA)] == [
        False, False, False, True, True, False,
    ]  # fmt: skip


def test_a_rundown_of_nothing_else_does_not_fall_silent() -> None:
    shelf = SoldOut()
    pulled = [shelf.pulls(GONE) for _ in range(9)]
    assert pulled == [False, *[True] * IN_A_ROW, False, *[True] * IN_A_ROW, False]


class Writer:
    """Says a new thing about a product each time."""

    def __init__(self) -> None:
        self.pitches: list[str] = []

    async def pitch(self, goods, brief):
        self.pitches.append(goods.handle)
        line = Line("w", LineKind.PITCH, f"About {goods.handle}, {len(self.pitches)}.", "en")
        return Script(goods.handle, "en", (line,))


class Gate:
    def clear(self, utterance: Utterance, now: datetime) -> Verdict:
        return Verdict(utterance, (), (), now)


async def test_the_rundown_of_a_show_goes_on_without_it() -> None:
    writer, shelf = Writer(), Shelf(MUG, TEA)
    programme = Programme(writer, Gate(), shelf, "en", lambda: NOW, 0)

    async def lap(number: int) -> list[str]:
        said: list[str] = []
        for handle in ("mug", "tea"):
            cue = Cue(f"{number}-{handle}", CueKind.PITCH, 30.0, handle)
            said += [handle for _ in (await programme.cue_lines(cue, number)).lines]
        return said

    assert await lap(0) == ["mug", "tea"]
    programme._catalogue = Shelf(GONE, TEA)
    assert [await lap(n) for n in (1, 2, 3)] == [["mug", "tea"], ["tea"], ["tea"]]
    programme._catalogue = shelf
    assert await lap(4) == ["mug", "tea"]
