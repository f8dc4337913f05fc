"""`castmate demo` followed by a collector: questions of two viewers, from the console to the air, as three
real processes tell them. `make prove` runs it; tests/bot/show/test_trail.py holds the same over a small show.
"""

import asyncio
import json
import re
import signal

import pytest
import websockets
from otlp import Collector, tree
from servers import free_port
from shows import Castmate

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(900)]
QUESTIONS = (("Alice", "Do you have the sneakers in size 41?"), ("小林", "帆布鞋42码还有吗？"))
STEPS = ("triage", "wait", "decide", "ready", "clear", "speak", "on_air")
PATIENCE_S = 240.0


async def ask(room: str, name: str, text: str) -> None:
    """Waits until the show is live, writes, and waits for the host's answer in the chat."""
    async with asyncio.timeout(PATIENCE_S):
        while not await answered(room, name, text):
            await asyncio.sleep(0.5)


async def answered(room: str, name: str, text: str) -> bool:
    """Whether it came so far; not while the console does not know the show."""
    origin = websockets.Origin("http://" + room.split("/")[2])
    written = False
    try:
        async with websockets.connect(room.replace("http", "ws", 1) + "/chat", origin=origin) as page:
            async for raw in page:
                message = json.loads(raw)
                state = message.get("state") if message["type"] == "snapshot" else message
                if not written and (state or {}).get("air") == "live":
                    await page.send(json.dumps({"name": name, "text": text}))
                    written = True
                if written and message["type"] == "chat" and message.get("own"):
                    return True
    except (OSError, websockets.WebSocketException):
        assert not written, "the room went away under a question"
    return False


def test_each_question_is_followed_through_the_processes_and_no_word_of_it_told(
    home: Castmate, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Collector() as collector:
        place = Castmate(tmp_path_factory.mktemp("traced") / "data", home.cache)
        castmate = place.with_(CASTMATE_PORT=free_port(), CASTMATE_TRACES=collector.url)
        with castmate.running("demo", "--minutes", "10", "--lang", "en", "--seed", "7") as process:
            room = re.search(r"http://\S+/room/\S+", process.says("Ctrl-C ends the show", 180))
            assert room is not None

            async def all_ask() -> None:
                for name, text in QUESTIONS:
                    await ask(room[0], name, text)

            asyncio.run(all_ask())
            process.child.send_signal(signal.SIGINT)
            assert process.child.wait(60) == 0, process.output
    whole = "room.message > question"
    wanted = {"room.message", whole, *(f"{whole} > question.{step}" for step in STEPS)}
    wanted.add(f"{whole} > question.speak > studio.first_sound")
    asked = [str(s.facts["question"]) for s in collector.spans if s.name == "question"]
    assert len(asked) == len(QUESTIONS)
    for question in asked:
        found = collector.of(question)
        assert set(tree(found)) == wanted
        assert {s.process for s in found} == {"castmate-console", "castmate-show", "castmate-studio"}
    for word in (word for question in QUESTIONS for word in (*question, "sneakers", "41", "42码")):
        if len(word) > 2:
            assert word.encode() not in collector.raw, word
