"""The rhythm sounds at the start and the end of a show, where a rule is not waived or the shop wants it."""

import numpy as np
import pytest

from bot.compliance.audible_label import AudiblePlan
from bot.show.audible_notice import AudibleNotice
from bot.stage.audible import hear_rhythm
from bot.stage.mixer import Mixer

WAIVED = AudiblePlan((), ("CN-GB-5.3",), None, (), None, ())
ASKED = AudiblePlan(("CN-GB-5.3",), (), ".- ..", ("AI",), (120, 160), ("start",))


@pytest.mark.parametrize(
    ("plan", "always", "sounds"), [(WAIVED, False, False), (WAIVED, True, True), (ASKED, False, True)]
)
def test_it_is_heard_where_it_has_to_be(plan, always, sounds) -> None:
    mixer, notes = Mixer(1), []
    notice = AudibleNotice(plan, mixer.play, lambda kind, data: notes.append(data), always=always)
    assert [notice(o) for o in ("product", "opening")] == [False, sounds]
    heard = np.concatenate([mixer.block(None) for _ in range(60)], axis=1).mean(axis=0).astype(np.float32)
    assert len(hear_rhythm(heard)) == sounds
    assert notice("ending") is sounds
    assert [n["position"] for n in notes] == (["start", "end"] if sounds else [])
    assert all(n["sounded"] and n["rules"] == ["CN-GB-5.3"] for n in notes)


def test_what_could_not_sound_is_noted_as_such() -> None:
    notes = []
    notice = AudibleNotice(ASKED, lambda sound: False, lambda kind, data: notes.append((kind, data)))
    assert not notice("opening")
    assert notes[0][0] == "label.audible" and notes[0][1]["sounded"] is False
