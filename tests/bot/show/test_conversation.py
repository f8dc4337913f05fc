"""The chat of a show: what became of every message is told, one answer at a time."""

from datetime import timedelta

import pytest
from goods import NOW, Shelf, product

from bot.show.chat import Triage
from bot.show.conversation import HAND_OVER, KEPT, Conversation
from bot.show.messages import ChatView
from connectors.base import Event, EventKind
from persona.script import Line, LineKind


class Host:
    """Director and answerer in one."""

    def __init__(self) -> None:
        self.free, self.clears, self.lines, self.says = True, True, [], "It is here."
        self.hand_over = False
        self.asked = []

    def may_answer(self) -> bool:
        return self.free

    def answer(self, *given):
        return self._write(*given) if len(given) == 4 else self._speak(*given)

    def _write(self, question, catalogue, now, table):
        self.asked.append((question.text, question.product, table))
        if self.says is None:
            return None
        return Line("x", LineKind.ANSWER, self.says, "en", reply_to=question.id, hand_over=self.hand_over)

    def _speak(self, line, question) -> bool:
        if self.clears:
            self.lines.append((line, question))
            self.free = False
        return self.clears


class Rig:
    def __init__(self) -> None:
        self.host, self.told, self.noted = Host(), [], []
        self.chat = Conversation(
            Triage(own=frozenset({"me"})),
            self.host,
            Shelf(product()),
            self.host,
            self.told.append,
            lambda kind, data: self.noted.append((kind, data)),
        )

    def ask(
        self, number=1, text="How much is the jasmine tea?", viewer="Ada", at=0.0, platform="room", **more
    ):
        event = Event(
            more.get("kind", EventKind.COMMENT),
            platform,
            f"m{number}",
            NOW,
            viewer,
            more.get("viewer_id", viewer),
            text,
        )
        self.chat.receive(event, NOW, at)

    def turn(self, table="tea", later=0):
        self.chat.turn(NOW + timedelta(seconds=later), table)

    def views(self):
        return [(v.id, v.status, v.reason) for v in self.chat.recent()]

    def statuses(self, message="m1"):
        return [v.status for v in self.told if v.id == message]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_question_waits_is_answered_and_said_so_at_each_step(rig: Rig) -> None:
    rig.ask(at=10.0)
    rig.turn()
    line, question = rig.host.lines[0]
    assert line.id == f"answer.{question.id}" and question.product == "tea"
    rig.chat.started(question, 12.5)
    assert rig.statuses() == ["waiting", "answering", "answered"]
    assert (rig.chat.answered, rig.chat.waits) == (1, [2.5])
    assert ("chat.in", "waiting") in [(k, d["is"]) for k, d in rig.noted]


def test_only_one_answer_at_a_time(rig: Rig) -> None:
    rig.ask(1)
    rig.ask(2, "Which sizes are there?", viewer="Bob")
    rig.turn()
    assert len(rig.host.lines) == 1
    rig.turn()
    assert len(rig.host.lines) == 1
    rig.host.free = True
    rig.turn()
    assert len(rig.host.lines) == 2


def test_what_the_catalogue_cannot_answer_is_marked_and_the_next_is_taken(rig: Rig) -> None:
    rig.host.says = None
    rig.ask(1)
    rig.ask(2, "Which sizes are there?", viewer="Bob")
    rig.turn()
    assert [s for _, s, _ in rig.views()] == ["ignored", "ignored"]
    assert "nothing to answer" in rig.views()[0][2]
    assert len(rig.host.asked) == 2


def test_an_answer_that_does_not_clear_is_marked(rig: Rig) -> None:
    rig.host.clears = False
    rig.ask()
    rig.turn()
    assert rig.views() == [("m1", "ignored", "the answer did not clear")]


def test_a_promise_that_a_person_looks_reaches_desk_and_ledger_and_stays(rig: Rig) -> None:
    rig.host.hand_over = True
    rig.ask()
    rig.turn()
    rig.chat.started(rig.host.lines[0][1], 1.0)
    assert rig.views() == [("m1", "answered", HAND_OVER)]
    assert "chat.handed_over" in [k for k, _ in rig.noted]


def test_small_talk_is_shown_and_nuisance_is_ignored_with_its_reason(rig: Rig) -> None:
    rig.ask(1, "lovely stream")
    rig.ask(2, "buy followers at www.spam.example", viewer="Bot")
    rig.ask(3, "thank you all", viewer="me")
    rig.turn()
    assert [(s, bool(r)) for _, s, r in rig.views()] == [
        ("shown", False),
        ("ignored", True),
        ("shown", False),
    ]
    assert rig.host.lines == []


def test_other_events_are_no_chat(rig: Rig) -> None:
    rig.ask(kind=EventKind.LIKE)
    assert rig.told == [] and rig.noted == []


def test_a_viewer_without_a_name_is_shown_as_one(rig: Rig) -> None:
    rig.ask(viewer="", viewer_id="7")
    assert rig.told[0].viewer == "viewer"


def test_our_own_message_is_shown_beside_the_question(rig: Rig) -> None:
    rig.ask()
    own = ChatView(
        id="re.m1", channel="room", viewer="Host", text="It is here.", at=NOW, own=True, reply_to="m1"
    )
    rig.chat.posted(own)
    assert [v.id for v in rig.chat.recent()] == ["m1", "re.m1"]


def test_what_is_kept_is_bounded(rig: Rig) -> None:
    for n in range(KEPT + 30):
        rig.ask(n, f"lovely {n}", viewer=f"v{n}")
    kept = list(rig.chat.recent())
    assert len(kept) == KEPT and kept[-1].id == f"m{KEPT + 29}"


def test_equal_ids_of_two_channels_are_two_messages(rig: Rig) -> None:
    """A message's id is unique on its platform only."""
    rig.ask(1, viewer="Ada", at=5.0)
    rig.ask(1, "Which sizes are there?", viewer="Bob", at=6.0, platform="other")
    assert len(rig.views()) == 2
    rig.turn()
    _, question = rig.host.lines[0]
    rig.chat.started(question, 8.0)
    status = {v.channel: v.status for v in rig.chat.recent()}
    assert status[question.channel] == "answered"
    assert sorted(status.values()) == ["answered", "waiting"]


def test_a_message_of_broken_characters_does_not_stop_the_show(rig: Rig) -> None:
    rig.ask(1, "how much \ud83d", viewer="A\udc00da")
    rig.turn()
    for view in rig.told:
        view.model_dump_json()
    assert len(rig.told) >= 1
