"""The prompter stands where a studio stands: lines come up in order, what was read counts as said."""

from hypothesis import given
from hypothesis import strategies as st

from bot.show.prompter import BREATH_S, Prompter, reading_s
from bot.show.studio import ClauseReady
from bot.stage.air import Mark
from persona.script import Line, LineKind


def line(name: str, text: str = "Here it is.", language: str = "en") -> Line:
    return Line(name, LineKind.PITCH, text, language)


class Rig:
    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.n = 0
        self.prompter = Prompter(self.marks.append, lambda: self.n, 25)
        self.prompter.start()

    def step(self, seconds: float = 1.0) -> None:
        self.n += round(seconds * 25)
        self.prompter.step(self.n / 25)

    def told(self) -> list[tuple[int, str]]:
        out = [(m.line, m.what) for m in self.marks]
        self.marks.clear()
        return out


def test_a_line_comes_up_is_read_and_the_next_follows() -> None:
    rig = Rig()
    rig.prompter.say(1, line("a"), 0)
    rig.prompter.say(2, line("b"), 0)
    assert [r.number for r in rig.prompter.reports() if isinstance(r, ClauseReady)] == [1, 2]
    rig.step()
    assert rig.told() == [(1, "start")]
    view = rig.prompter.view()
    assert view.up is not None and view.up.id == "a" and [v.id for v in view.next] == ["b"]
    rig.prompter.go_on()
    assert rig.told() == [(1, "end"), (1, "line_end")]
    rig.prompter.go_on()
    assert rig.told() == [], "nothing is up"
    rig.step()
    assert rig.told() == [(2, "start")] and rig.prompter.waiting == 1


def test_an_answer_goes_before_what_waits_and_what_is_up() -> None:
    rig = Rig()
    for k in (1, 2):
        rig.prompter.say(k, line(str(k)), 0)
    rig.step()
    rig.told()
    rig.prompter.say(3, line("answer"), 1)
    rig.step()
    assert rig.told() == [(3, "start")] and rig.prompter.waiting == 1


def test_what_is_dropped_leaves_the_page_and_is_not_said() -> None:
    rig = Rig()
    rig.prompter.say(1, line("a"), 0)
    rig.step()
    rig.told()
    rig.prompter.drop_below(1)
    assert rig.prompter.view().up is None
    rig.prompter.go_on()
    assert rig.told() == []


def test_cancelled_lines_go_but_not_the_one_that_is_being_read() -> None:
    rig = Rig()
    for k in (1, 2, 3):
        rig.prompter.say(k, line(str(k)), 0)
    rig.step()
    rig.prompter.cancel(1, 2)
    view = rig.prompter.view()
    assert view.up is not None and view.up.id == "1" and [v.id for v in view.next] == ["3"]


def test_it_goes_on_by_itself_at_a_readers_pace_when_asked() -> None:
    rig = Rig()
    rig.prompter.auto = True
    text = "one two three four five six seven eight nine ten"
    rig.prompter.say(1, line("a", text), 0)
    rig.step()
    rig.told()
    assert reading_s(text, "en") == BREATH_S + 4
    rig.step(4.0)
    assert rig.told() == []
    rig.step(1.0)
    assert rig.told() == [(1, "end"), (1, "line_end")]


def test_chinese_is_paced_by_its_characters() -> None:
    assert reading_s("海港帆布鞋，现价59美元。", "zh") > reading_s("海港帆布鞋", "zh") > BREATH_S


@given(st.lists(st.sampled_from(["say", "answer", "next", "drop", "step"]), max_size=60))
def test_every_start_has_at_most_one_end_and_nothing_ends_that_did_not_start(acts) -> None:
    rig, number, generation = Rig(), 0, 0
    for act in acts:
        if act in ("say", "answer"):
            number, generation = number + 1, generation + (act == "answer")
            rig.prompter.say(number, line(str(number)), generation)
        elif act == "next":
            rig.prompter.go_on()
        elif act == "drop":
            generation += 1
            rig.prompter.drop_below(generation)
        rig.step()
    started = [m.line for m in rig.marks if m.what == "start"]
    ended = [m.line for m in rig.marks if m.what == "line_end"]
    assert len(set(started)) == len(started) and len(set(ended)) == len(ended)
    assert set(ended) <= set(started)
