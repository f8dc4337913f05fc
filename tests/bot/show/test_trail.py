"""A question followed from the viewer's page to the air, through three processes, as a collector gets it."""

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from acting import open_players
from otlp import Collector, tree
from small_show import Answerer, Rig
from starlette.testclient import TestClient

from bot.clock import SystemClock
from bot.console.app import create_app
from bot.console.settings import ConsoleSettings
from bot.show.channel_acts import comment_event
from bot.show.messages import DOWN, Approve, Comment, Hello
from bot.show.studio_process import StudioProcess
from bot.show.studio_spans import FollowStudio
from bot.show.trail import MOST, NO_TRAIL, READY, SPEAK, QuestionTrail
from bot.traces import TracePlan
from persona.script import Question

NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
TEXT, NAME = "How much is the secret tea?", "Ada Lovelace"
STEPS = ["triage", "wait", "decide", "ready", "clear", "speak", "on_air"]


def written_in_the_room(plan: TracePlan) -> Comment:
    """What a viewer's page sends, as the console hands it to the show: over the link, as text."""
    spans = plan.open("console", SystemClock().now)
    app = create_app(ConsoleSettings("link-token", "key", spans=spans))
    hello = Hello(
        show="s", title="S", language="en", platform="room", mode="clone", codecs="", width=1, height=1
    )
    with TestClient(app) as client:
        headers = {"authorization": "Bearer link-token"}
        with client.websocket_connect("/link/s", headers=headers) as link:
            link.send_text(hello.model_dump_json())
            link.receive_text()  # viewers: it took the hello
            with client.websocket_connect("/room/s/chat", headers={"origin": "http://testserver"}) as page:
                page.send_text(json.dumps({"text": TEXT, "name": NAME}))
                while (message := DOWN.validate_json(link.receive_text())).type != "comment":
                    pass
    assert isinstance(message, Comment)
    return message


async def test_a_question_is_followed_through_console_show_and_studio(tmp_path) -> None:
    with Collector() as collector:
        plan = TracePlan(collector.url, "s")
        comment = written_in_the_room(plan)
        spans = plan.open("show", SystemClock().now)
        trail = QuestionTrail(spans)
        rig = Rig(
            tmp_path,
            minutes=0.3,
            trail=trail,
            studio=lambda border: StudioProcess(
                open_players, border, follow=FollowStudio(plan), carry=trail.carry
            ),
        )
        rig.hooks[6] = lambda: rig.inbox.put_nowait(comment_event(comment))
        await rig.play(240)  # a studio of its own takes its time on a busy machine
        spans.close(10)
        found = collector.of(f"room:{comment.id}")
    assert f"{NAME}, here you are." in rig.said()
    whole = "room.message > question"
    named = [f"{whole} > question.{step}" for step in STEPS]
    first_sound = f"{whole} > question.speak > studio.first_sound"
    assert sorted(tree(found)) == sorted(["room.message", whole, *named, first_sound])
    by_name = {span.name: span for span in found}
    assert {s.process for s in found} == {"castmate-console", "castmate-show", "castmate-studio"}
    steps = [by_name[f"question.{step}"] for step in STEPS]
    assert all(a.end <= b.start for a, b in pairwise(steps)), "one after another"
    question, sound, speak = by_name["question"], by_name["studio.first_sound"], by_name["question.speak"]
    assert all(question.start <= s.start and s.end <= question.end for s in steps)
    assert speak.start <= sound.start <= sound.end, "the studio was given it, and made a first sound"
    assert by_name["room.message"].end <= question.start
    assert question.facts == {
        "question": f"room:{comment.id}", "channel": "room", "language": "en", "intent": "price",
        "fate": "aired", "writer": "template", "clauses": 1, "askers": 1, "hand_over": False,
        "air_ms": question.facts["air_ms"],
    }  # fmt: skip
    aired = next(s for s in rig.run.chronicle.aired if s.question is not None)
    assert aired.from_s is not None and question.facts["air_ms"] == round(aired.from_s * 1000)
    assert sound.facts["fate"] == "spoken"
    for secret in (TEXT, NAME, "secret tea", "here you are", "link-token", comment.viewer_id):
        assert secret.encode() not in collector.raw, secret


async def test_an_answer_that_waits_for_a_person_says_so_and_nothing_is_said_of_chatter(tmp_path) -> None:
    with Collector() as collector:
        spans = TracePlan(collector.url).open("show", SystemClock().now)
        rig = Rig(tmp_path, minutes=0.35, trail=QuestionTrail(spans), wait=True)

        def approve() -> None:
            (waiting,) = rig.run.conversation.pending()
            rig.run.conversation.approve(Approve(id=waiting.id, ok=True, by="desk"))

        rig.hooks |= {4: lambda: rig.ask("wow nice"), 5: lambda: rig.ask("How much is it?", message="m2")}
        rig.hooks |= {8: approve, 12: lambda: rig.ask("What does the mug cost?", "Bo", "m3")}
        await rig.play()
        spans.close(10)
    assert {s.facts.get("question") for s in collector.spans} == {None, "room:m2", "room:m3"}
    names = [path.rpartition("question.")[2] for path in tree(collector.of("room:m2"))]
    assert names == ["question", *STEPS[:3], "person", *STEPS[3:]]
    (left,) = (s for s in collector.of("room:m3") if s.name == "question")
    assert left.facts["fate"] == "show_over"


async def test_a_language_model_has_a_step_of_its_own(tmp_path, monkeypatch) -> None:
    consider = Answerer.consider
    monkeypatch.setattr(Answerer, "consider", lambda *given: replace(consider(*given), known=False))

    class Thinker:
        async def think(self, question, answer, table):
            return replace(answer.line, text="It steeps for four minutes.", writer="llm")

    with Collector() as collector:
        spans = TracePlan(collector.url).open("show", SystemClock().now)
        rig = Rig(tmp_path, minutes=0.3, trail=QuestionTrail(spans), thinker=Thinker())
        rig.hooks[5] = lambda: rig.ask("How long does it steep?")
        await rig.play()
        spans.close(10)
    found = collector.of("room:m1")
    names = [path.rpartition("question.")[2] for path in tree(found)]
    assert names == ["question", "triage", "wait", "decide", "think", "decide", *STEPS[3:]]
    facts = found[0].facts
    assert (facts["known"], facts["from_model"], facts["writer"]) == (False, True, "llm")


async def test_one_that_cannot_be_spoken_and_one_that_does_not_clear(tmp_path, monkeypatch) -> None:
    with Collector() as collector:
        spans = TracePlan(collector.url).open("show", SystemClock().now)
        rig = Rig(tmp_path, minutes=0.35, trail=QuestionTrail(spans))
        Answerer.passed_on = lambda self, question: Answerer.consider(self, question, None, None, None).line
        rig.hooks |= {
            5: lambda: rig.ask("How much is it?", "voice!"),
            9: lambda: rig.ask("What does the mug cost?", "forbidden", "m2"),
        }
        try:
            await rig.play()
        finally:
            del Answerer.passed_on
        spans.close(10)
    fates = {s.facts["question"]: s.facts for s in collector.spans if s.name == "question"}
    assert fates["room:m1"]["fate"] == "not_spoken"
    assert (fates["room:m2"]["fate"], fates["room:m2"]["refused"]) == ("not_cleared", True)


def asked(n: int) -> Question:
    return Question(f"room:{n}", "room", "Ada", "How much?", "en", NOW)


def test_it_is_bounded_and_forgets_nobody_silently() -> None:
    with Collector() as collector:
        times = iter(NOW + timedelta(seconds=n) for n in range(1, 10_000))
        spans = TracePlan(collector.url).open("show", lambda: next(times))
        trail = QuestionTrail(spans)
        for n in range(MOST + 1):
            trail.heard(asked(n), "", NOW, intent="price")
        trail.step("room:2", SPEAK)
        trail.left({f"room:{n}" for n in range(MOST + 1)} - {"room:1", "room:2"})
        trail.refused("room:2")
        trail.step("room:1", READY)
        trail.end("nobody", "aired")
        assert trail.carry("nobody") == ""
        trail.close()
        spans.close(10)
    fates = [s.facts["fate"] for s in collector.spans if s.name == "question"]
    assert {f: fates.count(f) for f in fates} == {
        "forgotten": 1, "expired": 1, "refused": 1, "show_over": MOST - 2
    }  # fmt: skip
    assert all(s.start < s.end for s in collector.spans)


def test_a_comment_without_a_trace_is_as_older_shows_know_it() -> None:
    plain = Comment(id="1", viewer="A", viewer_id="a", text="hi", at=NOW)
    assert "trace" not in json.loads(plain.model_dump_json())
    traced = plain.model_copy(update={"trace": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})
    assert DOWN.validate_json(traced.model_dump_json()) == traced
    assert comment_event(plain).extra == {} and comment_event(traced).extra["traceparent"] == traced.trace


def test_nobody_follows_by_default() -> None:
    NO_TRAIL.heard(asked(1), "", NO_TRAIL.now())
    NO_TRAIL.step("room:1", READY)
    NO_TRAIL.refused("room:1")
    NO_TRAIL.left(set())
    NO_TRAIL.end("room:1", "aired")
    NO_TRAIL.close()
    assert NO_TRAIL.carry("room:1") == ""


def test_nothing_of_opentelemetry_is_imported_before_it_is_wanted() -> None:
    """Every import of it stands within a function, or is for types alone."""
    for path in (Path(__file__).parents[3] / "bot").rglob("*.py"):
        text = path.read_text("utf-8")
        for node in ast.parse(text).body if "opentelemetry" in text else ():
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("opentelemetry") for name in names), path
