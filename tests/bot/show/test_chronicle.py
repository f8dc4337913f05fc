"""What becomes of every line is told to desk and ledger, and a desk that joins late learns the latest."""

import json

import pytest
from goods import NOW

from bot.show.chronicle import KEPT_LINES, Chronicle, draft_record
from bot.show.director import Sent
from bot.show.programme import Refusal
from bot.show.studio import ClauseReady
from persona.script import Line, LineKind, Question
from products.verdict import Finding, Severity, Statement, Verdict

FINDING = Finding("price.match", Severity.BLOCK, "no such price", "catalogue", "Correct it.")


def sent(number=1, kind=LineKind.PITCH, question=None, findings=(), text="It costs $59."):
    line = Line(f"l{number}", kind, text, "en", ("tea",))
    said = Statement("$59", 9, 12, "price", "59", "tea/price")
    return Sent(number, line, Verdict(line.utterance(), (said,), findings, NOW), 0, None, question)


class Rig:
    def __init__(self, **more) -> None:
        self.told, self.noted, self.shown, self.begun, self.at = [], [], [], [], 3.0
        self.chronicle = Chronicle(
            self.told.append,
            lambda kind, data: self.noted.append((kind, data)),
            self,
            self.begun.append,
            lambda: self.at,
            **more,
        )

    def caption(self, sent, clause):
        self.shown.append(("caption", clause.clause))

    def show_question(self, viewer, text, language):
        self.shown.append(("question", viewer, text, language))

    def hide_question(self):
        self.shown.append(("no question",))


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_line_that_airs_is_told_at_each_step_and_recorded_with_its_facts(rig: Rig) -> None:
    one = sent()
    rig.chronicle.sent(one)
    rig.chronicle.clause(one, ClauseReady(1, 0, True, 0, 13, 50, (), 0))
    rig.at = 4.5
    rig.chronicle.started(one)
    one.from_s, one.to_s = 4.52, 6.1234
    rig.chronicle.said(one)
    assert [(v.status, v.at) for v in rig.told] == [("next", 3.0), ("saying", 4.5), ("said", 4.5)]
    assert [(m.start, m.end, m.fact) for m in rig.told[0].marks] == [(9, 12, "tea/price")]
    ((kind, data),) = rig.noted
    assert kind == "line.aired"
    assert (data["facts"], data["from_ms"], data["to_ms"]) == (["tea/price"], 4520, 6123)
    assert rig.begun == [one] and rig.chronicle.lines_said == 1
    json.dumps(data)


def test_the_viewers_question_stands_while_it_is_answered(rig: Rig) -> None:
    question = Question("room:m1", "room", "Ada", "How much?", "en", NOW)
    answer = sent(2, LineKind.ANSWER, question)
    rig.chronicle.started(answer)
    rig.chronicle.said(answer)
    assert rig.shown == [("question", "Ada", "How much?", "en"), ("no question",)]
    assert rig.noted[0][1]["question"] == "room:m1"


def test_a_question_stays_out_of_the_picture_where_chats_are_kept_apart() -> None:
    rig = Rig(apart=True)
    rig.chronicle.started(
        sent(kind=LineKind.ANSWER, question=Question("q", "room", "Mia", "How much?", "en", NOW))
    )
    assert not [shown for shown in rig.shown if shown[0] == "question"]


def test_a_line_that_begins_takes_the_question_away(rig: Rig) -> None:
    rig.chronicle.started(sent())
    assert rig.shown == [("no question",)]


def test_what_did_not_air_is_recorded_with_the_reason(rig: Rig) -> None:
    one = sent(findings=(FINDING,))
    rig.chronicle.refused(Refusal(one.line, one.verdict))
    rig.chronicle.failed(sent(2), "the voice broke")
    cut = sent(3)
    cut.from_s = 1.0
    rig.chronicle.cut(cut)
    assert [v.status for v in rig.told] == ["not_said", "not_said", "cut"]
    assert [k for k, _ in rig.noted] == ["line.refused", "line.failed", "line.cut"]
    assert rig.noted[0][1]["findings"][0] == {
        "rule": "price.match",
        "severity": "block",
        "message": "no such price",
    }
    assert rig.noted[2][1]["to_ms"] is None
    assert rig.told[0].findings[0].remedy == "Correct it."
    assert rig.chronicle.lines_said == 0


def test_who_joins_late_learns_the_latest_of_each_line_once(rig: Rig) -> None:
    for number in range(1, KEPT_LINES + 11):
        rig.chronicle.sent(sent(number))
    rig.chronicle.started(sent(60))
    recent = list(rig.chronicle.recent())
    assert len(recent) == KEPT_LINES
    assert (recent[-1].id, recent[-1].status) == ("l60", "saying")
    assert len({v.id for v in recent}) == KEPT_LINES


def test_a_line_that_is_taken_back_is_next_no_more_and_may_come_again(rig: Rig) -> None:
    rig.chronicle.sent(sent(1))
    rig.chronicle.sent(sent(2))
    rig.chronicle.taken_back(sent(2))
    assert (rig.told[-1].id, rig.told[-1].status) == ("l2", "taken_back")
    assert [v.id for v in rig.chronicle.recent()] == ["l1"]
    rig.chronicle.sent(sent(2))
    assert [(v.id, v.status) for v in rig.chronicle.recent()] == [("l1", "next"), ("l2", "next")]
    assert rig.noted == [], "what never began is no news for the ledger"


@pytest.mark.parametrize("keep", [True, False])
def test_only_a_rehearsal_keeps_everything(rig: Rig, keep: bool) -> None:
    rig.chronicle.keep = keep
    rig.chronicle.said(sent(1))
    rig.chronicle.refused(Refusal(sent(2).line, sent(2).verdict))
    rig.chronicle.failed(sent(3), "why")
    kept = rig.chronicle
    assert [len(kept.aired), len(kept.refusals), len(kept.failures)] == [int(keep)] * 3


def test_a_refused_draft_is_noted_with_its_rule_its_words_and_its_model() -> None:
    one = sent(findings=(FINDING,))
    noted = draft_record(one.line, one.verdict, "some-model")
    assert (noted["text"], noted["model"]) == ("It costs $59.", "some-model")
    assert [f["rule"] for f in noted["findings"]] == ["price.match"]
    json.dumps(noted)
