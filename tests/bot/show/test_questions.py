"""What the co-host of a whole show is asked stands in its ledger: what it was, and how it was answered."""

import asyncio

from small_show import Rig

from bot.show.messages import CheckIn, Evidence


async def test_a_question_and_its_answer_are_entries_that_name_their_kind(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=0.2, platform="douyin", market="CN")
    todo = []

    def later(message) -> None:
        todo.append(asyncio.get_running_loop().create_task(rig.run.receive(message)))

    def answers() -> None:
        asked = rig.run._p.rules.challenge
        digits = "".join(c for c in asked.text if c.isdigit())
        at = rig.run._p.clock.now()
        later(
            Evidence(
                kind="challenge", score=1, at=at, challenge=asked.id, answer=digits, detail="typed in time"
            )
        )

    rig.hooks[1] = lambda: later(CheckIn(name="Mei", arriving=True))
    rig.hooks[4] = answers
    await rig.play()
    await asyncio.gather(*todo)
    told = [e for e in rig.ledger.entries if e.kind.startswith("cohost.challenge")]
    assert [e.kind for e in told] == ["cohost.challenge_asked", "cohost.challenge_answered"]
    asked, answered = (e.data for e in told)
    assert asked["kind"] == answered["kind"] == "type_words"
    assert asked["challenge"] == answered["challenge"]
    assert asked["asked"].startswith("Type these numbers: ")
    assert answered["seen"] == "typed in time" and answered["name"] == asked["name"] == "Mei"
