"""A performer withdraws in mid-show: the show ends at once, without another word of the clone."""

from small_show import Rig

from bot.show.session import Air


async def test_a_withdrawal_ends_the_show_and_says_no_goodbye(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=2)
    withdrawn: list[str] = []
    rig.run._p.licence = lambda at, now: tuple(withdrawn)
    rig.hooks[6] = lambda: withdrawn.append("Ana Silva withdrew the licence ana-2026.")
    await rig.play()
    assert rig.run.session.air is Air.ENDED and "withdrew" in rig.run.reason
    assert rig.air.seconds < 12 and not any("oodbye" in line for line in rig.said())
    stops = [e.data for e in rig.ledger.entries if e.kind == "session" and e.data["policy"] == "stop"]
    assert stops and stops[0]["reasons"] == ["Ana Silva withdrew the licence ana-2026."]


async def test_under_a_withdrawn_licence_nothing_goes_live(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=1)
    rig.run._p.licence = lambda at, now: ("withdrawn",)
    await rig.play()
    assert "live" not in rig.moves() and rig.said() == []
