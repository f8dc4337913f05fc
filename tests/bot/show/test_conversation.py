"""The chat of a show: what became of every message is told, one answer at a time."""

import asyncio
from datetime import timedelta

import pytest
from goods import NOW, Shelf, product

from bot.show.chat import Triage
from bot.show.conversation import HAND_OVER, KEPT, NOTED_A_SECOND, ChatOptions, Conversation
from bot.show.disclosure import Disclosure
from bot.show.messages import Approve, ChatView, PendingAnswer
from connectors.base import Event, EventKind
from persona.answers import Answer
from persona.intents import Intent
from persona.script import Line, LineKind
from products.errors import SetupError
from products.verdict import Finding, Severity, Verdict

WRONG = Finding("facts.price", Severity.BLOCK, "59 USD is the price.", "catalogue", "Say $59.")
HONEST = "I don't know that, I have passed it on."


class Host:
    """Director and answerer in one."""

    def __init__(self) -> None:
        self.free, self.clears, self.lines, self.says = True, True, [], "It is here."
        self.hand_over = False
        self.asked, self.meanings, self.unclear = [], {}, ()
        self.known, self.about, self.intent = True, True, Intent.PRICE

    def may_answer(self) -> bool:
        return self.free

    def consider(self, question, catalogue, now, table):
        self.asked.append((question.text, question.product, table))
        if self.says is None:
            return None
        line = Line("x", LineKind.ANSWER, self.says, "en", reply_to=question.id, hand_over=self.hand_over)
        meaning = self.meanings.get(question.text, question.text)
        about = product() if self.about else None
        return Answer(line, "answer.price", self.known, meaning, about, self.intent)

    def passed_on(self, question):
        return Line("x", LineKind.ANSWER, HONEST, "en", reply_to=question.id, hand_over=True)

    def look(self, line):
        bad = () if self.clears and line.text not in self.unclear else (WRONG,)
        return Verdict(line.utterance(), (), bad, NOW)

    def answer(self, line, question) -> bool:
        if self.clears and line.text not in self.unclear:
            self.lines.append((line, question))
            self.free = False
            return True
        return False


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


def test_what_a_question_waited_behind_another_answer_is_told_apart(rig: Rig) -> None:
    """Seen on the desk: 7.6 s, of which the other viewer's answer took 6."""
    rig.ask(1, at=10.0)
    rig.ask(2, "Which sizes are there?", viewer="Bob", at=10.0)
    rig.turn()
    rig.chat.started(rig.host.lines[0][1], 12.0)
    assert (rig.chat.waits, rig.chat.figures["turn_s"]) == ([2.0], 2.0)
    rig.host.free = True
    rig.turn(later=6)
    rig.chat.started(rig.host.lines[1][1], 17.5)
    assert (rig.chat.waits[-1], rig.chat.figures["turn_s"]) == (7.5, 1.5)


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


def option_rig(**options) -> Rig:
    rig = Rig()
    rig.chat = Conversation(
        Triage(own=frozenset({"me"})),
        rig.host,
        Shelf(product()),
        rig.host,
        rig.told.append,
        lambda kind, data: rig.noted.append((kind, data)),
        ChatOptions(**options),
    )
    return rig


def test_those_who_wait_for_the_same_answer_hear_it_together(rig: Rig) -> None:
    rig.host.meanings = {"How much is the jasmine tea?": "price", "what does the tea cost": "price"}
    rig.ask(1)
    rig.ask(2, "what does the tea cost", viewer="Bob")
    rig.ask(3, "Which sizes are there?", viewer="Cleo")
    rig.turn()
    question = rig.host.lines[0][1]
    assert question.also == ("Bob",)
    assert [(i, s) for i, s, _ in rig.views()] == [
        ("m1", "answering"),
        ("m2", "answering"),
        ("m3", "waiting"),
    ]
    rig.chat.started(question, 3.0)
    assert [(i, s) for i, s, _ in rig.views()] == [("m1", "answered"), ("m2", "answered"), ("m3", "waiting")]


def test_an_answer_that_does_not_clear_gives_way_to_an_honest_one(rig: Rig) -> None:
    rig.host.unclear = ("It is here.",)
    rig.ask()
    rig.turn()
    assert [line.text for line, _ in rig.host.lines] == [HONEST]
    assert {"chat.not_cleared", "chat.handed_over"} <= {kind for kind, _ in rig.noted}


def test_answers_wait_for_a_persons_word_where_the_shop_wants_it() -> None:
    rig = option_rig(wait=True)
    rig.ask()
    rig.turn()
    assert rig.host.lines == []
    (waiting,) = rig.chat.pending()
    assert (waiting.id, waiting.text, waiting.question) == (
        "room:m1",
        "It is here.",
        "How much is the jasmine tea?",
    )
    rig.chat.approve(Approve(id="room:m1", ok=True, text="It is just here.", by="Eve"))
    rig.turn()
    assert [(line.text, line.writer) for line, _ in rig.host.lines] == [("It is just here.", "desk")]
    assert rig.chat.pending() == []
    assert [v.status for v in rig.told if isinstance(v, PendingAnswer)] == ["waiting", "approved"]


def test_an_answer_that_a_person_changed_into_a_wrong_one_waits_on_with_what_was_found() -> None:
    rig = option_rig(wait=True)
    rig.host.unclear = ("It is $39.",)
    rig.ask()
    rig.turn()
    rig.chat.approve(Approve(id="room:m1", ok=True, text="It is $39.", by="Eve"))
    rig.turn()
    assert rig.host.lines == []
    (waiting,) = rig.chat.pending()
    assert (waiting.text, waiting.reason) == ("It is $39.", "59 USD is the price. Say $59.")
    assert ("chat.not_cleared", {"id": "room:m1", "text": "It is $39."}) in rig.noted
    rig.chat.approve(Approve(id="room:m1", ok=True, text="It is $59.", by="Eve"))
    rig.turn()
    assert [line.text for line, _ in rig.host.lines] == ["It is $59."]
    told = [(v.status, v.reason) for v in rig.told if isinstance(v, PendingAnswer)]
    assert told == [("waiting", ""), ("waiting", "59 USD is the price. Say $59."), ("approved", "")]


def test_an_answer_that_was_refused_waits_no_longer_than_others() -> None:
    rig = option_rig(wait=True)
    rig.host.unclear = ("It is $39.",)
    rig.ask()
    rig.turn()
    rig.turn(later=100)
    rig.chat.approve(Approve(id="room:m1", ok=True, text="It is $39.", by="Eve"))
    rig.turn(later=130)
    assert rig.chat.pending() == []
    assert rig.views()[0][1] == "ignored"


def test_an_answer_that_is_withheld_or_forgotten_is_not_said() -> None:
    rig = option_rig(wait=True)
    rig.ask(1)
    rig.ask(2, "Which sizes are there?", viewer="Bob")
    rig.turn()
    rig.chat.approve(Approve(id="room:m1", ok=False, by="Eve"))
    rig.chat.approve(Approve(id="room:m1", ok=True, by="Eve"))  # too late, and never twice
    rig.turn(later=300)
    assert rig.host.lines == [] and rig.chat.pending() == []
    assert [s for _, s, _ in rig.views()] == ["ignored", "ignored"]


def test_what_the_host_is_never_waits() -> None:
    rig = option_rig(wait=True)
    rig.host.intent = Intent.AI
    rig.ask(text="are you real?")
    rig.turn()
    assert len(rig.host.lines) == 1


class Slow:
    """A model that answers when it is told to."""

    def __init__(self, line) -> None:
        self.line, self.go, self.asked = line, asyncio.Event(), 0

    async def think(self, question, answer, table):
        self.asked += 1
        await self.go.wait()
        return self.line


async def test_what_the_list_does_not_tell_is_looked_up_while_others_are_answered() -> None:
    slow = Slow(Line("z", LineKind.ANSWER, "The page says so.", "en", writer="llm"))
    rig = option_rig(thinker=slow)
    rig.host.known = False
    rig.ask(1)
    rig.turn()
    assert rig.host.lines == [] and rig.views()[0][2] == "being looked up"
    rig.host.known = True
    rig.ask(2, "Which sizes are there?", viewer="Bob")
    rig.turn()
    assert [line.text for line, _ in rig.host.lines] == ["It is here."]
    slow.go.set()
    await asyncio.sleep(0.01)
    rig.host.free = True
    rig.turn()
    assert [line.text for line, _ in rig.host.lines] == ["It is here.", "The page says so."]
    assert rig.host.lines[1][0].id == "answer.room:m1"


async def test_a_model_that_knows_no_better_leaves_the_honest_answer_and_an_end_ends_it() -> None:
    slow = Slow(None)
    rig = option_rig(thinker=slow)
    rig.host.known = False
    rig.ask(1)
    rig.turn()
    slow.go.set()
    await asyncio.sleep(0.01)
    rig.turn()
    assert [line.text for line, _ in rig.host.lines] == ["It is here."]
    slow.go.clear()
    rig.host.free = True
    rig.ask(2, "Which sizes are there?", viewer="Bob")
    rig.turn()
    await asyncio.sleep(0)
    assert slow.asked == 2
    await asyncio.wait_for(rig.chat.close(), 5)


async def test_what_is_passed_on_reaches_the_queue_with_who_asked() -> None:
    queue = []
    rig = option_rig(pass_on=queue.append, show="evening")
    rig.host.hand_over, rig.host.intent = True, Intent.ORDER
    rig.ask(viewer_id="v7", text="where is my order")
    rig.turn()
    await rig.chat.close()
    (asked,) = queue
    assert (asked.kind, asked.viewer, asked.viewer_id, asked.message, asked.show) == (
        "order",
        "Ada",
        "v7",
        "m1",
        "evening",
    )


async def test_a_queue_that_fails_ends_nothing() -> None:
    def full(asked):
        raise SetupError("no room", remedy="make some")

    rig = option_rig(pass_on=full)
    rig.host.hand_over = True
    rig.ask()
    rig.turn()
    await rig.chat.close()
    assert "chat.not_passed_on" in [kind for kind, _ in rig.noted]


def test_the_first_written_reply_to_each_viewer_says_who_answers() -> None:
    rig = option_rig(disclosure=Disclosure({"en": "Corner Shop"}, asked=True))
    rig.ask(1)
    rig.turn()
    _, question = rig.host.lines[0]
    assert rig.chat.before_reply(question, "en", NOW) == "[AI reply for Corner Shop] "
    rig.chat.posted(
        ChatView(id="re.m1", channel="room", viewer="Host", text="It is here.", at=NOW, own=True), question
    )
    assert rig.chat.before_reply(question, "en", NOW) == ""


def test_our_own_words_brought_back_by_the_platform_are_not_answered(rig: Rig) -> None:
    rig.chat.posted(
        ChatView(id="x", channel="room", viewer="Host", text="Which product do you mean?", at=NOW, own=True)
    )
    rig.ask(5, "which product do you mean", viewer="shop-account")
    rig.turn()
    assert rig.host.lines == []


def test_a_flood_is_counted_in_the_ledger_not_written_out(rig: Rig) -> None:
    for n in range(NOTED_A_SECOND + 300):
        rig.ask(n, f"lovely {n}", viewer=f"v{n}", at=1.0)
    rig.ask(9999, "lovely", at=2.5)
    kinds = [kind for kind, _ in rig.noted]
    assert kinds.count("chat.in") == NOTED_A_SECOND + 1
    assert ("chat.in_more", {"second": 1, "messages": 300}) in rig.noted


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("how much is the previous one?", "mug"),
        ("how much was the last one?", "mug"),
        ("上一个多少钱？", "mug"),
        ("刚才的多少钱？", "mug"),
        ("前一款多少钱？", "mug"),
        ("how much is it?", "tea"),
        ("这个多少钱？", "tea"),
        ("上个月多少钱？", "tea"),
        ("was the previous price higher, how much is it?", "tea"),
    ],
)
def test_the_previous_one_is_what_was_on_the_table_before(rig: Rig, text: str, meant: str) -> None:
    for later, table in enumerate(("lamp", "mug", "mug", "tea", "tea")):
        rig.turn(table, later)
    rig.ask(text=text)
    rig.turn("tea", 6)
    assert rig.host.asked[-1] == (text.replace("？", "?"), meant, "tea")


def test_with_nothing_before_it_the_one_on_the_table_is_meant(rig: Rig) -> None:
    rig.ask(text="how much is the previous one?")
    rig.turn("tea")
    assert rig.host.asked[-1][1] == "tea"
