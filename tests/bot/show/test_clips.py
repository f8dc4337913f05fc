"""Clips in a running show: turns, what ends them early, what is refused, what the ledger keeps."""

from collections import deque
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from acting import HEIGHT, WIDTH
from clip_films import film_clip
from small_show import PLAN, Rig

from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.presence import PresenceDesk
from bot.compliance.selection import Destination
from bot.show.clips import LOOK_S, PATIENCE_S, ClipDesk, ClipRules, ShownClip
from bot.show.messages import Command
from bot.show.room_rules import RoomRules
from bot.show.run import ShowRun
from bot.stage.clip_film import ClipFilm, prepare
from bot.stage.clip_screen import AirClip, ClipMark, ClipScreen
from bot.stage.recorded_mark import render_recorded
from persona.clone.base import Rect
from schedules.rundown import Cue, CueKind, Rundown

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
ALONE = Cue("1-pour", CueKind.CLIP, 10, clip="pour")
UNDER = Cue("2-tea", CueKind.PITCH, 10, "tea", "pour")


def shown(name="pour", product="tea", seconds=2.0, film=None) -> ShownClip:
    made = film or ClipFilm(None, round(seconds * 25), (WIDTH, HEIGHT), None)  # type: ignore[arg-type]
    air = AirClip(name, made, WHOLE, render_recorded("Recorded", PLAN, WHOLE))
    return ShownClip(air, "a" * 64, product, ("ann-2026",), "Filmed by Lin Hao", "Lin Hao")


class Screen:
    """Plays when it is told; `come` and `go` are the air's doing."""

    def __init__(self) -> None:
        self.busy, self.stopped, self.played = False, False, []
        self.marks: deque[ClipMark] = deque()

    def play(self, clip):
        self.busy, self.stopped = True, False
        self.played.append(clip.id)
        return True

    def stop(self):
        self.stopped = True

    def come(self, n):
        self.marks.append(ClipMark(n, self.played[-1], "start"))

    def go(self, n, *, whole=True, why=""):
        self.marks.append(ClipMark(n, self.played[-1], "end", whole, why))
        self.busy = False

    def tidy(self):
        pass

    def close(self):
        pass


class Show:
    def __init__(self, rules=ClipRules(), on_sale=lambda handle: True) -> None:
        self.screen, self.notes, self.against = Screen(), [], {}
        self.room = SimpleNamespace(recorded=self.recorded, recorded_mark=self.marked)
        self.since, self.told, self.at = None, None, 0.0
        self.eye = SimpleNamespace(recorded_seen=None)
        self.desk = ClipDesk(
            {"pour": shown()}, self.screen, rules, self.room, self.eye,
            lambda names, now: {n: self.against[n] for n in names if n in self.against},
            lambda kind, data: self.notes.append((kind, data)), on_sale, NOW,
        )  # fmt: skip
        self.desk.began = lambda cue, product: self.notes.append(("table", product))

    def recorded(self, since):
        self.since = since

    def marked(self, seen, live):
        self.told = (seen, live)

    def step(self, at, covered=""):
        self.at = at
        self.desk.step(NOW + timedelta(seconds=at), at, covered)

    def begin(self, cue):
        """The cue is due, and nobody speaks."""
        self.step(0)
        self.desk.due(cue)
        self.desk.holding(quiet=True)

    def kinds(self):
        return [kind for kind, _ in self.notes]


def test_alone_it_waits_for_quiet_and_speech_waits_for_it() -> None:
    show = Show()
    show.step(1)
    show.desk.due(ALONE)
    assert show.desk.holding(quiet=False) and show.screen.played == []
    assert show.desk.holding(quiet=True) and show.screen.played == ["pour"]
    show.screen.come(50)
    show.step(2)
    assert show.desk.holding(quiet=True) and show.since == NOW + timedelta(seconds=2)
    show.screen.go(100)
    show.step(4)
    assert not show.desk.holding(quiet=True) and show.since is None
    assert show.kinds() == ["clip.started", "table", "clip.ended"]
    started, ended = show.notes[0][1], show.notes[2][1]
    assert (started["sha256"], started["licences"], started["at_ms"]) == ("a" * 64, ["ann-2026"], 2000)
    assert (ended["seconds"], ended["whole"], ended["cue"]) == (2.0, True, "1-pour")


def test_under_a_pitch_it_comes_with_the_first_words_and_goes_with_the_next_cue() -> None:
    show = Show()
    show.step(1)
    show.desk.due(UNDER)
    assert not show.desk.holding(quiet=True) and show.screen.played == []
    show.desk.line_started(Cue("1-mug", CueKind.PITCH, 10, "mug"))  # still the one before
    assert show.screen.played == []
    show.desk.line_started(UNDER)
    show.desk.line_started(UNDER)
    assert show.screen.played == ["pour"] and not show.screen.stopped
    assert not show.desk.holding(quiet=True)
    show.desk.line_started(Cue("3-mug", CueKind.PITCH, 10, "mug"))
    assert show.screen.stopped


@pytest.mark.parametrize(
    "why", ["an answer", "the show is hold", "the host is paused", "a person is on the air"]
)
def test_what_comes_between_ends_it_and_is_noted(why) -> None:
    show = Show()
    show.step(1)
    show.desk.due(ALONE)
    show.desk.holding(quiet=True)
    show.screen.come(25)
    show.step(1.5, why)
    assert show.screen.stopped
    show.screen.go(45, whole=False)
    show.step(2)
    assert show.notes[-1][1]["why"] == why and not show.notes[-1][1]["whole"]


def test_a_withdrawal_takes_it_out_within_ten_seconds_and_for_good() -> None:
    show = Show()
    show.begin(ALONE)
    show.screen.come(1)
    show.step(1)
    show.against["pour"] = ("Ann withdrew the licence ann-2026.",)
    show.step(LOOK_S - 0.1)
    assert not show.screen.stopped
    show.step(LOOK_S + 0.1)
    assert show.screen.stopped and "clip.withdrawn" in show.kinds()
    show.screen.go(300, whole=False)
    show.step(13)
    del show.against["pour"]
    show.desk.due(ALONE)
    assert not show.desk.holding(quiet=True) and show.screen.played == ["pour"]
    assert show.notes[-1][0] == "clip.refused" and "withdrew" in show.notes[-1][1]["why"]


def test_it_is_asked_again_before_each_clip() -> None:
    show = Show()
    show.step(0)
    show.against["pour"] = ("The licence ended.",)
    show.step(1)
    show.desk.due(ALONE)
    assert not show.desk.holding(quiet=True) and show.screen.played == []


def test_goods_that_are_gone_are_not_shown() -> None:
    show = Show(on_sale=lambda handle: False)
    show.step(1)
    show.desk.due(ALONE)
    assert not show.desk.holding(quiet=True)
    assert show.notes == [("clip.refused", {"clip": "pour", "cue": "1-pour", "why": "tea is not for sale"})]


def test_one_whose_pictures_do_not_come_is_given_up() -> None:
    show = Show()
    show.step(1)
    show.desk.due(ALONE)
    show.desk.holding(quiet=True)
    show.step(1 + PATIENCE_S)
    assert not show.screen.stopped
    show.step(1.1 + PATIENCE_S)
    assert show.screen.stopped


def test_the_operator_skips_it() -> None:
    show = Show()
    show.step(1)
    show.desk.due(ALONE)
    show.desk.skip()
    assert not show.desk.holding(quiet=True) and show.screen.played == []


def test_rules_learn_of_the_mark_and_of_how_much_was_live() -> None:
    show = Show()
    show.begin(ALONE)
    show.screen.come(100)
    show.step(4)
    show.eye.recorded_seen = 5.5
    show.step(6)
    assert show.told == (NOW + timedelta(seconds=5.5), pytest.approx(4 / 6))


@pytest.mark.parametrize(
    ("rules", "seconds", "times", "recorded", "live", "said"),
    [
        (ClipRules(), 60, 9, 100, 100, ""),
        (ClipRules(longest_s=300), 60, 0, 0, 10, ""),
        (ClipRules(longest_s=30), 60, 0, 0, 1000, "30 s at most"),
        (ClipRules(once=True), 10, 1, 0, 1000, "repeated"),
        (ClipRules(once=True), 10, 0, 0, 1000, ""),
        (ClipRules(realtime=0.5), 10, 0, 0, 5, "must be live"),
        (ClipRules(realtime=0.5), 10, 0, 0, 12, ""),
        (ClipRules(realtime=0.5), 10, 0, 45, 100, "must be live"),
    ],
)
def test_what_the_packs_say_of_recorded_parts(rules, seconds, times, recorded, live, said) -> None:
    found = rules.against(seconds, times, recorded, live)
    assert (said in found) if said else found == ""


def test_where_a_mark_is_asked_for_the_show_holds_without_it() -> None:
    """Facebook Live (FB-LIVE.rec): only while a clip is on, and when our own eyes do not see the mark."""
    facts = ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=True)
    found = decide(
        load_packs(), [Destination("facebook_live", "US")], ("US",), NOW.date(), facts, local_try=True
    )
    room = RoomRules(found, PresenceDesk(found.merged.presence), Random(1))

    def held(at: float) -> bool:
        return any(f.rule == "FB-LIVE.rec" for f in room.ruling(NOW + timedelta(seconds=at)).findings)

    room.on_air(NOW)
    assert not held(5)
    room.recorded(NOW + timedelta(seconds=5))
    assert not held(5.9) and held(6.5)
    room.recorded_mark(NOW + timedelta(seconds=6.4), 0.9)
    assert not held(6.5) and held(8)
    room.recorded(None)
    assert not held(8)


# ---- in a whole show


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    source = film_clip(folder / "pour.mp4", 2.4, sound=False)
    return prepare(source, folder / "made", WIDTH, HEIGHT, own_sound=False, progress=lambda done: None)


@pytest.fixture
def rig(tmp_path, film):
    """A show with the clip as its second cue, and under the pitch of the mug."""
    made = Rig(tmp_path, minutes=0.4)
    parts = made.run._p
    parts.plan = Rundown(
        (
            Cue("w", CueKind.WELCOME, 5),
            Cue("1-pour", CueKind.CLIP, 10, clip="pour"),
            Cue("2-tea", CueKind.PITCH, 10, "tea"),
            Cue("3-mug", CueKind.PITCH, 10, "mug", "pour"),
        ),
        loop_from=2,
    )
    made.against = {}
    parts.air.clips = ClipScreen(wait=True)
    parts.clips = ClipDesk(
        {"pour": shown(film=film, product=None)}, parts.air.clips, ClipRules(), parts.rules, parts.eye,
        lambda names, now: {n: made.against[n] for n in names if n in made.against},
        parts.record.note, lambda handle: True, made.clock.now(),
    )  # fmt: skip
    made.run = ShowRun(parts)
    return made


def notes(rig, kind):
    return [e.data for e in rig.ledger.entries if e.kind == kind]


async def test_a_show_plays_its_clips_marked_and_labelled(rig) -> None:
    await rig.play()
    started, ended = notes(rig, "clip.started"), notes(rig, "clip.ended")
    assert [s["cue"] for s in started][:2] == ["1-pour", "3-mug"] and len(started) == len(ended)
    assert ended[0]["whole"] and ended[0]["seconds"] == pytest.approx(2.36, abs=0.05)
    lines = notes(rig, "line.aired")
    during = [x for x in lines if started[0]["at_ms"] < x["from_ms"] < ended[0]["at_ms"]]
    assert during == []  # alone: nobody speaks
    assert any(abs(x["from_ms"] - started[1]["at_ms"]) < 300 for x in lines)  # under: with the first words
    (spell,) = [x for x in notes(rig, "watch") if x["check"] == "recorded"]
    assert spell["ok"] and spell["from_ms"] >= started[0]["at_ms"]
    assert rig.run.label_coverage()[0] == 1.0 and notes(rig, "watch.alarm") == []
    assert all(label for _, label in rig.watched.ticks)


async def test_an_answer_ends_a_clip_and_the_show_goes_on(rig) -> None:
    asked = []

    def ask(cue, product):
        if not asked:
            asked.append(rig.ask("how much is it?"))

    rig.run._p.clips.began = ask
    await rig.play()
    cut = [x for x in notes(rig, "clip.ended") if x["why"] == "an answer"]
    assert cut and not cut[0]["whole"]
    assert any("here you are" in text for text in rig.said())
    assert any("Here is tea" in text for text in rig.said())


async def test_a_pause_of_the_host_ends_it_too(rig) -> None:
    async def pause():
        await rig.run.receive(Command(name="pause_clone", by="Kim"))

    began = []

    def at_start(cue, product):
        began.append(rig.run._tasks.create_task(pause()))

    rig.run._p.clips.began = at_start
    rig.hooks[12] = lambda: rig.run.ask_to_end("enough")
    await rig.play()
    (ended, *_) = notes(rig, "clip.ended")
    assert not ended["whole"] and ended["seconds"] < 1.0 and len(began) == 1
