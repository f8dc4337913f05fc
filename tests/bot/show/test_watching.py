"""The AI label is lost in the stream that goes out: a slate stands within a second, with alarm, entry,
cause.
"""

import asyncio
from types import SimpleNamespace

import pytest
from small_show import Rig

from bot.show.watching import Watching, spell_record
from bot.stage.judges import Spell
from bot.stage.witness import Shown

CHINA_GAP_S = 1.0  # the strictest pack's


class Eyes:
    """An eye that has seen what a test says."""

    def __init__(self) -> None:
        self.missed, self.faults, self.ended = 0, {}, []

    def intervals(self, *, final=False):
        return ()

    def spells(self, *, final=False):
        done, self.ended = self.ended, []
        return done

    def bad(self):
        return self.faults


class Stage:
    fps = 25

    def __init__(self) -> None:
        self.label, self.slate = True, False

    def shown(self, n):
        return Shown(n, self.slate, self.label, False, None, ())


@pytest.fixture
def watch():
    eyes, stage, notes, drawn = Eyes(), Stage(), [], []
    watching = Watching(eyes, stage, lambda kind, data: notes.append((kind, data)), lambda: drawn.append(1))
    return SimpleNamespace(eyes=eyes, stage=stage, notes=notes, drawn=drawn, it=watching)


def test_one_miss_is_no_loss_and_two_are(watch) -> None:
    watch.eyes.missed = 1
    assert not watch.it.glance(1.0) and not watch.it.reason
    watch.eyes.missed, watch.stage.label = 2, False
    assert watch.it.glance(1.2)
    assert "the stage did not draw it" in watch.it.reason
    cause = "the stage did not draw it"
    assert watch.notes == [("watch.alarm", {"check": "label", "at_ms": 1200, "cause": cause})]
    assert watch.drawn == [1], "it is drawn again"
    assert not watch.it.glance(1.3), "told once"


def test_a_label_that_was_drawn_and_is_not_seen_has_another_cause(watch) -> None:
    watch.eyes.missed = 2
    watch.it.glance(1.2)
    assert "the decoded picture does not show it" in watch.it.reason


def test_the_host_comes_back_only_after_the_label_was_seen_for_a_while(watch) -> None:
    watch.eyes.missed = 2
    watch.it.glance(1.0)
    watch.eyes.missed, watch.stage.slate = 0, True
    assert not watch.it.glance(1.5) and not watch.it.glance(4.0)
    watch.eyes.missed = 1
    assert not watch.it.glance(4.2)
    watch.eyes.missed = 0
    assert not watch.it.glance(4.5) and not watch.it.glance(7.4) and watch.it.reason
    assert watch.it.glance(7.6) and not watch.it.reason
    assert watch.notes[-1] == ("watch.calm", {"check": "label", "at_ms": 7600})


def test_a_slate_without_a_host_needs_no_label(watch) -> None:
    watch.eyes.missed, watch.stage.slate = 9, True
    assert not watch.it.glance(1.0) and watch.notes == []


def test_alarms_are_raised_once_and_intervals_noted(watch) -> None:
    watch.eyes.faults = {"silence": 3.1}
    watch.it.tell()
    watch.it.tell()
    assert watch.notes == [("watch.alarm", {"check": "silence", "at_ms": 3100})]
    watch.eyes.faults, watch.eyes.ended = {}, [Spell("silence", False, 3.1, 3.5, 0.42)]
    watch.it.tell()
    told = {"check": "silence", "ok": False, "from_ms": 3100, "to_ms": 3500, "worst": 0.42}
    assert (
        watch.notes[-1] == ("watch", told) == ("watch", spell_record(Spell("silence", False, 3.1, 3.5, 0.42)))
    )


@pytest.mark.parametrize("for_good", [False, True])
async def test_a_show_whose_label_is_lost_holds_within_a_second(tmp_path, for_good) -> None:
    """`for_good`: whatever draws labels is broken, so that it cannot be drawn again either."""
    rig = Rig(tmp_path, minutes=0.4)
    compose, lost = rig.air.compositor.compose, []

    def spoilt(work, host, overlays, label, slate, veil=None):
        gone = bool(lost) and (for_good or rig.air.n < lost[0] + 20)
        compose(work, host, overlays, None if gone else label, slate, veil)

    def lose() -> None:
        lost.append(rig.air.n)

    rig.air.compositor.compose = spoilt
    rig.hooks[8] = lose
    await asyncio.wait_for(rig.play(), 100)
    (first,) = lost
    ticks = rig.watched.ticks
    held = next(n for n in range(first, len(ticks)) if ticks[n][0])
    assert (held - first) / 25 <= CHINA_GAP_S
    alarms = [e.data for e in rig.ledger.entries if e.kind == "watch.alarm" and e.data["check"] == "label"]
    assert len(alarms) == 1 and alarms[0]["cause"]
    moves = [e.data for e in rig.ledger.entries if e.kind == "session"]
    reasons = [m["reasons"] for m in moves if m["air"] == "hold"]
    assert "The AI label is not in the picture" in reasons[0][0]
    back = [n for n in range(held, len(ticks)) if not ticks[n][0]]
    if for_good:
        assert "live" not in rig.moves()[rig.moves().index("hold") :], "never without its label"
    else:
        assert back and (back[0] - held) / 25 >= 3.0
        intervals = [e.data for e in rig.ledger.entries if e.kind == "label"]
        assert [i["label"] for i in intervals] == [True, False, True]
    assert any(e.kind == "watch" and e.data["check"] == "black" and e.data["ok"] for e in rig.ledger.entries)
