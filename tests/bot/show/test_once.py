"""A show that ends when its plan is said: no goodbye, no slate, and nothing is asked of a writer for one."""

from dataclasses import replace

from small_show import Rig

from bot.show.run import ShowRun
from schedules.rundown import Cue, CueKind, Rundown


def once(tmp_path, **changed):
    rig = Rig(tmp_path, minutes=1)
    plan = Rundown((Cue("1-tea", CueKind.PITCH, 10, "tea"),))
    rig.run = ShowRun(replace(rig.run._p, plan=plan, once=True, **changed))
    return rig


async def test_it_ends_by_itself_when_all_is_said(tmp_path):
    rig = once(tmp_path)
    await rig.play()
    assert rig.said() == ["Here is tea.|It is good.", "More of tea."]
    assert rig.moves() == ["checking", "live", "ending", "ended"]
    assert not any(slate for slate, _ in rig.watched.ticks) and all(label for _, label in rig.watched.ticks)
    last = rig.run.chronicle.aired[-1]
    assert 0.5 <= rig.run._p.air.seconds - last.to_s <= 1.2


async def test_each_clause_knows_when_it_began(tmp_path):
    rig = once(tmp_path)
    await rig.play()
    first, second = rig.run.chronicle.aired
    assert sorted(first.starts) == [0, 1] and first.starts[0] == first.from_s < first.starts[1] < first.to_s
    assert second.starts[0] == second.from_s


async def test_a_line_that_may_not_be_said_is_left_out_and_it_still_ends(tmp_path):
    rig = once(tmp_path)
    rig.run._p.programme._clearance.bad = "More"
    await rig.play()
    assert rig.said() == ["Here is tea.|It is good."]
    assert [r.line.text for r in rig.run.chronicle.refusals] == ["More of tea."]
    assert rig.moves()[-1] == "ended"


async def test_a_rule_that_stops_it_covers_the_host_as_in_every_show(tmp_path):
    rig = once(tmp_path, licence=lambda at, now: ("withdrawn",) if at > 1 else ())
    await rig.play()
    assert rig.watched.ticks[-1][0] and rig.run.reason == "withdrawn"
    assert len(rig.said()) < 2


async def test_what_sounds_at_its_end_is_heard_out(tmp_path):
    asked = []

    def jingle(occasion):
        asked.append((occasion, rig.run._p.air.seconds))

    def sounding():
        return bool(asked) and asked[-1][0] == "ending" and rig.run._p.air.seconds < asked[-1][1] + 2.5

    rig = once(tmp_path, jingle=jingle, sounding=sounding)
    await rig.play()
    assert [name for name, _ in asked if name != "product"] == ["opening", "ending"]
    assert 2.5 <= rig.run._p.air.seconds - asked[-1][1] <= 3.5
