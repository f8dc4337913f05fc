"""The judge of a running show is handed what was seen of it, from its beginning to its end."""

import asyncio

import pytest
from small_show import Rig

from bot.compliance.judge import Observed
from bot.show import room_rules
from bot.show.messages import Command
from bot.stage.proportions import Shares


@pytest.fixture
def handed(monkeypatch) -> list[Observed]:
    """Everything that the judge was handed, in order."""
    seen: list[Observed] = []
    judge = room_rules.judge

    def noting(rules, observed, now):
        seen.append(observed)
        return judge(rules, observed, now)

    monkeypatch.setattr(room_rules, "judge", noting)
    return seen


async def test_pauses_notices_and_the_division_of_the_picture_reach_the_judge(tmp_path, handed) -> None:
    rig, todo = Rig(tmp_path, minutes=0.5), []

    def act(name):
        command = Command(name=name, by="Ada")
        return lambda: todo.append(asyncio.get_running_loop().create_task(rig.run.receive(command)))

    rig.run._p.proportions = lambda scene: Shares() if scene.slate else Shares(stills=0.25)
    rig.hooks |= {10: act("hold"), 14: act("resume")}
    await rig.play()
    await asyncio.gather(*todo)
    assert rig.moves() == ["checking", "live", "hold", "live", "ending", "ended"]
    paused = [o.paused_since is not None for o in handed]
    assert True in paused and not paused[0] and not paused[-1]
    assert [o.pauses for o in handed] == sorted(o.pauses for o in handed) and handed[-1].pauses == 1
    assert handed[0].notice_shown is None and handed[-1].notice_shown is not None
    assert {o.static_area_ratio for o in handed} == {None, 0.25}
    assert all(o.human_ratio is None for o in handed), "nobody has to be there"
    assert not any(o.still_image for o in handed), "a slate and a host that moves are no stills"


async def test_a_picture_that_stands_holds_a_show_where_stills_are_forbidden(
    tmp_path, handed, monkeypatch
) -> None:
    rig = Rig(tmp_path, minutes=0.6, platform="facebook_live", market="US")
    compose, stuck = rig.air.compositor.compose, []

    def stands(work, host, overlays, label, slate, veil=None):
        if not stuck or slate is not None:  # else the picture of the tick before goes out once more
            compose(work, host, overlays, label, slate, veil)

    monkeypatch.setattr(rig.air.compositor, "compose", stands)
    rig.hooks |= {9: lambda: stuck.append(True), 14: stuck.clear}
    await rig.play()
    moves = rig.moves()
    assert moves == ["checking", "live", "hold", "live", "ending", "ended"]
    held = next(
        e.data["reasons"] for e in rig.ledger.entries if e.kind == "session" and e.data["air"] == "hold"
    )
    assert held == ["The picture stands still."]
    assert not handed[-1].still_image and handed[-1].pauses == 1
