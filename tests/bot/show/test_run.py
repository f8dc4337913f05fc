"""A whole show rehearsed with light players: it opens, sells, answers, holds when it must, says goodbye."""

import asyncio
from dataclasses import replace

import pytest
from acting import SmallVoice
from small_show import Answerer, Rig

from bot.show import record as record_module
from bot.show.messages import Arrange, CheckIn, Command, CueView, Hello, Insert
from bot.show.oversight import STUDIO_LOADS_S
from bot.show.session import Air, Event
from bot.show.stand import FIRST_WORD_S
from connectors.base import Event as ChannelEvent
from connectors.base import EventKind, Order


async def test_a_show_opens_pitches_and_says_goodbye_under_its_label(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=0.3)
    await rig.play()
    assert rig.run.session.air is Air.ENDED and rig.run.reason == "the planned time is over"
    said = rig.said()
    assert said[:3] == ["The welcome.", "The notice.", "Here is tea.|It is good."]
    assert said[-1] == "The goodbye." and said.count("The goodbye.") == 1
    assert "Here is mug.|It is good." in said
    assert rig.run.label_coverage()[0] == 1.0 and rig.run.label_coverage()[1] > 20
    assert all(label for _, label in rig.watched.ticks)
    assert rig.moves() == ["checking", "live", "ending", "ended"]
    kinds = rig.kinds()
    assert kinds[0] == "show.decided" and kinds[-1] == "show.ended"
    assert kinds.count("line.aired") == len(said) == rig.ledger.entries[-1].data["lines"]
    assert rig.watched.closed == 1
    times = [(s.from_s, s.to_s) for s in rig.run.chronicle.aired]
    assert all(a < b for a, b in times) and times == sorted(times), "one line at a time, in order"


async def test_the_desk_is_told_of_the_disk_and_the_language_model(tmp_path) -> None:
    rig, told = Rig(tmp_path, minutes=0.1), []
    rig.run._p.room, rig.run._p.writing = (lambda: 1500.0), (lambda: {"llm_resting": 1.0})
    rig.run._p.health = told.append
    await rig.play()
    assert told[-1].figures["disk_free_mb"] == 1500.0 and told[-1].figures["llm_resting"] == 1.0


async def test_a_question_is_answered_aloud_and_the_sentence_taken_up_again(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=0.35)
    rig.hooks[6] = lambda: rig.ask("How much is the tea?")
    await rig.play()
    said = rig.said()
    assert "Ada, here you are." in said
    assert rig.run.conversation.answered == 1 and rig.run.conversation.waits[0] < 4
    assert said[-1] == "The goodbye."
    assert [v.status for v in rig.run.conversation.recent()] == ["answered"]


async def test_a_question_waits_by_the_air_though_peoples_time_runs_faster(tmp_path, monkeypatch) -> None:
    rig = Rig(tmp_path, minutes=0.6)
    plain, write = rig.clock.advance, Answerer.consider
    monkeypatch.setattr(rig.clock, "advance", lambda seconds: plain(20 * seconds))

    def long(self, *given):
        answer = write(self, *given)
        return replace(answer, line=replace(answer.line, text="|".join(["so"] * 10)))

    monkeypatch.setattr(Answerer, "consider", long)
    rig.hooks |= {
        6: lambda: rig.ask("How much is the tea?"),
        7: lambda: rig.ask("Is the mug blue?", "Bo", "m2"),
    }
    await rig.play()
    assert [v.status for v in rig.run.conversation.recent()] == ["answered", "answered"]


async def test_what_cannot_be_recorded_does_not_air_and_the_hold_does_not_flicker(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(record_module, "RETRY_S", 0.001)
    rig = Rig(tmp_path, minutes=0.4)
    held: list[int] = []

    def fill() -> None:
        rig.ledger.full = True

    def empty() -> None:
        held.append(rig.air.n)
        rig.ledger.full = False

    rig.hooks[6], rig.hooks[14] = fill, empty
    await rig.play()
    slated = [slate for slate, _ in rig.watched.ticks]
    assert slated[9 * 25 : 14 * 25] == [True] * 125, "the slate stands all the while"
    assert rig.moves().count("hold") == 1
    assert rig.run.session.air is Air.ENDED and "The goodbye." in rig.said()
    assert rig.kinds()[-1] == "show.ended", "the notes of the hold were written after it"


async def test_the_operator_holds_inserts_pauses_and_ends(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=5)
    todo = []

    def tell(message):
        return lambda: todo.append(asyncio.get_running_loop().create_task(rig.run.receive(message)))

    def act(name):
        return tell(Command(name=name, by="Ada"))

    rig.hooks |= {
        4: act("hold"),
        7: act("resume"),
        9: tell(Insert(text="Hello from the desk.", by="Ada")),
        11: tell(Insert(text="A forbidden word.", by="Ada")),
        16: act("pause_clone"),
        19: act("resume_clone"),
        24: act("end"),
    }
    await rig.play()
    await asyncio.gather(*todo)
    slated = [slate for slate, _ in rig.watched.ticks]
    assert slated[5 * 25 : 7 * 25] == [True] * 50 and not any(slated[8 * 25 : 24 * 25])
    said = rig.said()
    assert "Hello from the desk." in said and not any("forbidden" in t for t in said)
    assert said[-1] == "That's all for now. Goodbye!"
    assert rig.run.reason == "Ada ended the show"
    quiet = [s for s in rig.run.chronicle.aired if 16.5 < s.from_s < 18.9]
    assert quiet == [], "a paused clone says nothing"
    assert rig.moves() == ["checking", "live", "hold", "live", "ending", "ended"]


async def test_the_desk_arranges_the_rundown_and_is_told_the_new_order(tmp_path) -> None:
    rig, todo, told = Rig(tmp_path, minutes=0.3), [], []
    cues = [cue.id for cue in rig.run._p.plan.cues]
    views = tuple(CueView(id=cue, kind="pitch", title=cue, seconds=5) for cue in cues)
    rig.run._p.hello = rig.run._p.hello.model_copy(update={"rundown": views})
    rig.run._stand.tell = told.append
    other = [*cues[:1], *reversed(cues[1:])]

    def arrange(**wish):
        return lambda: todo.append(
            asyncio.get_running_loop().create_task(rig.run.receive(Arrange(by="Ada", **wish)))
        )

    rig.hooks |= {3: arrange(order=tuple(other)), 5: arrange(jump=cues[-1]), 6: arrange(jump="nothing")}
    await rig.play()
    await asyncio.gather(*todo)
    desk = [entry.data for entry in rig.ledger.entries if entry.kind == "desk"]
    assert [(d.get("jump"), d["done"], d["by"]) for d in desk] == [
        (None, True, "Ada"), (cues[-1], True, "Ada"), ("nothing", False, "Ada"),
    ]  # fmt: skip
    hellos = [m for m in told if isinstance(m, Hello)]
    assert [[c.id for c in m.rundown] for m in hellos] == [other]
    assert [c.id for c in rig.run._p.hello.rundown] == other, "and so is a desk that comes later"


async def test_a_show_whose_cohost_never_comes_does_not_air(tmp_path) -> None:
    rig = Rig(tmp_path, minutes=0.1, platform="douyin", market="CN")
    todo = []
    coming = CheckIn(name="Mei", arriving=True)
    rig.hooks[2] = lambda: todo.append(asyncio.get_running_loop().create_task(rig.run.receive(coming)))
    await rig.play()
    await asyncio.gather(*todo)
    assert rig.said() == [] and "live" not in rig.moves()
    assert rig.run.reason.startswith("the show never went live")
    assert all(slate for slate, _ in rig.watched.ticks), "not one frame of the host"
    assert "cohost.check_in" in rig.kinds()


async def test_a_line_that_the_voice_cannot_say_is_left_out_and_the_show_goes_on(
    tmp_path, monkeypatch
) -> None:
    rig = Rig(tmp_path, minutes=0.3)
    plain = SmallVoice.say

    def say(self, line):
        if line.text.startswith("More of tea"):
            raise RuntimeError("no such sound")
        return plain(self, line)

    monkeypatch.setattr(SmallVoice, "say", say)
    await rig.play()
    assert [t for t, _ in rig.run.chronicle.failures][:1] == ["More of tea."]
    assert "Here is mug.|It is good." in rig.said() and rig.said()[-1] == "The goodbye."
    assert "line.failed" in rig.kinds()


@pytest.mark.parametrize("times", [1, 2])
async def test_asking_to_end_more_than_once_ends_once(tmp_path, times) -> None:
    rig = Rig(tmp_path, minutes=5)

    def end() -> None:
        for n in range(times):
            rig.run.ask_to_end(f"ask {n}")

    rig.hooks[5] = end
    await rig.play()
    assert rig.run.reason == "ask 0"
    assert rig.said().count("That's all for now. Goodbye!") == 1
    assert rig.air.seconds < 12


@pytest.mark.parametrize(("channels_at", "first"), [(0.0, 0.0), (2.0, 2.0), (1e9, FIRST_WORD_S)])
async def test_the_first_word_waits_for_the_channels_but_not_for_ever(tmp_path, channels_at, first) -> None:
    rig = Rig(tmp_path, minutes=0.3)
    rig.run._p.settled = lambda: rig.air.seconds >= channels_at
    await rig.play()
    assert rig.said()[0] == "The welcome."
    assert first <= rig.run.chronicle.aired[0].from_s <= first + 0.3


async def test_a_short_show_waits_for_a_voice_that_loads_but_not_for_ever(tmp_path) -> None:
    """A show of 12 seconds on a busy machine was over before its voice could say that it does not exist."""
    rig = Rig(tmp_path, minutes=0.2)
    rig.run._conduct.event(Event.START)
    rig.run._oversight.keep_time(13.0)
    assert rig.run.session.air is Air.CHECKING
    rig.run._oversight.keep_time(STUDIO_LOADS_S + 1)
    assert rig.run.session.air in (Air.ENDING, Air.ENDED, Air.FAILED)
    assert rig.run.reason == "the show never went live: the voice and the host were not ready in time"
    rig.border.close()


async def test_an_order_is_joined_to_the_words_and_stands_in_the_ledger_and_in_the_show_s_end(
    tmp_path,
) -> None:
    rig, kept = Rig(tmp_path, minutes=0.35), []
    rig.run.till.rows._enter = kept.extend
    watched = rig.run.audience.rows
    watched._enter = (stretches := []).extend

    def order() -> None:
        detail = Order("o1", "tea", 2)
        rig.inbox.put_nowait(ChannelEvent(EventKind.ORDER, "room", "e1", rig.clock.now(), detail=detail))

    rig.hooks[9] = order
    await rig.play()
    (noted,) = [entry.data for entry in rig.ledger.entries if entry.kind == "order"]
    assert noted["product"] == "tea" and noted["quantity"] == 2 and "tea" in noted["words"]
    sales = rig.ledger.entries[-1].data["sales"]
    assert (sales["orders"], sales["pieces"], sales["sold_by"][0]["words"]) == (1, 2, noted["words"])
    assert [(sale.order, sale.words, sale.cue) for sale in kept] == [("o1", noted["words"], noted["cue"])]
    assert noted["cue"] and sum(s.seconds for s in stretches if s.host == "ai") > 8
    assert {s.run for s in stretches} == {tmp_path.name} and watched.lost == 0
