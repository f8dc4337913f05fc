"""From a viewer's question to the first sound of its answer, in a real show with the template answerer.

The air paces the show in real time; questions come in as from a channel's chat. On a machine that is busy
with other things the figure tells of them too: how many processes wanted the processor is told beside it.
"""

import asyncio
import os
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.rows import Row, row
from bot.app import ShowBuilder, live_clock, prepare_reel
from bot.compliance.clearance import CatalogueClearance
from bot.settings import read_settings
from bot.shop import ShowOrder, new_folder
from bot.show.run import ShowRun
from bot.show.session import Air
from connectors.base import Event, EventKind
from persona.answers import TemplateAnswerer
from persona.persona import load_persona
from persona.script import Question
from persona.voice.registry import open_voice
from products.claims import sayable
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
MINUTES = 3.0
PAUSE_S = 9.0
PATIENCE_S = 60.0
COMMAND = "python -m bench latency"
QUESTIONS = (
    "how much is the lamp?",
    "do you have the sneakers in 44?",
    "is the mug dishwasher safe?",
    "are you real?",
    "杯子多少钱",
    "what colours does the bottle come in?",
    "42码还有吗",
    "how heavy is the backpack?",
    "你是真人吗",
    "do the earbuds have bluetooth?",
    "is the blanket in stock?",
    "蜡烛能烧多久",
)


def run() -> list[Row]:
    alone = _alone()
    with tempfile.TemporaryDirectory() as folder:
        waits, busy, cpu_share = asyncio.run(_show(Path(folder)))
    if not waits:
        return alone
    about = f"{len(waits)} questions, Kokoro, load {busy:.1f} on {os.cpu_count()} cores"
    ordered = sorted(waits)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return [
        *alone,
        row("words.first_sound_p50", statistics.median(ordered), "s", "<= 2.5", about, COMMAND),
        row("words.first_sound_p99", p99, "s", "<= 4", about, COMMAND),
        row("words.first_sound_best", ordered[0], "s", "", about, COMMAND),
        row(
            "words.show_cpu", cpu_share, "cores", "", "processor time of the show while it was asked", COMMAND
        ),
    ]


def _alone() -> list[Row]:
    """What an answer costs in processor time, which a busy machine does not change: the decision and its
    clearance, and the voice's first clause. Their sum is the shortest time to the first sound.
    """
    now = datetime.now(UTC)
    engine = open_engine("sqlite:///:memory:")
    create_tables(engine)
    for name, language in (("products.csv", "en"), ("products.zh.csv", "zh")):
        import_catalogue(engine, SHOW.parent / "shop" / name, now, language=language)
    catalogue = SqlCatalogue(engine)
    answerer = TemplateAnswerer(load_persona(SHOW.parent / "personas" / "mei.yaml"), sayable)
    clearance = CatalogueClearance(catalogue)
    thought: list[float] = []
    spoken: list[float] = []
    voice = open_voice(intra_op_num_threads=1)
    try:
        for number, text in enumerate(("hello", "你好", *QUESTIONS)):
            cpu = time.process_time()
            question = Question(f"q{number}", "room", "Ada", text, "en", now)
            line = answerer.answer(question, catalogue, now, "harbor-sneakers")
            assert line is not None
            clearance.clear(line.utterance(), now)
            thought.append(time.process_time() - cpu)
            cpu = time.process_time()
            next(iter(voice.say(line)))
            spoken.append(time.process_time() - cpu)
    finally:
        voice.close()
    about = f"processor time, {len(QUESTIONS)} questions"
    return [
        row("words.answer_cpu", 1000 * statistics.median(thought[2:]), "ms", "", about, COMMAND),
        row("words.first_clause_cpu", statistics.median(spoken[2:]), "s", "", f"{about}, Kokoro", COMMAND),
    ]


async def _show(folder: Path) -> tuple[list[float], float, float]:
    """(waits in seconds, mean load of the machine, processor seconds a second of air)."""
    settings = read_settings(data=folder / "data")
    order = ShowOrder(file=SHOW, minutes=MINUTES, record=False, seed=5)
    clock = live_clock(order)
    builder = ShowBuilder(order, settings, clock, new_folder(settings, "latency", clock.now()))
    try:
        reel = prepare_reel(builder.shop, settings, lambda _: None)
        show = builder.build(reel)
        asking = asyncio.get_running_loop().create_task(_ask(builder, show))
        began, cpu = time.monotonic(), _processor()
        await show.live()
        asking.cancel()
        loads = await asyncio.gather(asking, return_exceptions=True)
        share = (_processor() - cpu) / (time.monotonic() - began)
        found = [load for load in loads if isinstance(load, float)]
        return show.conversation.waits, found[0] if found else os.getloadavg()[0], share
    finally:
        builder.close()


async def _ask(builder: ShowBuilder, show: ShowRun) -> float:
    """Asks one question after the other, the next when the answer has begun. Returns the mean load."""
    assert builder.parts is not None
    loads = [os.getloadavg()[0]]
    while show.session.air is not Air.LIVE:  # noqa: ASYNC110  no event tells it
        await asyncio.sleep(0.2)
    await asyncio.sleep(12.0)
    for number, text in enumerate(QUESTIONS):
        before = show.conversation.answered
        now = builder.clock.now()
        viewer = f"Viewer{'ABCDEFGHIJKL'[number]}"
        builder.parts.inbox.put_nowait(
            Event(EventKind.COMMENT, "room", f"q{number}", now, viewer, viewer, text)
        )
        until = time.monotonic() + PATIENCE_S
        while show.conversation.answered == before and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        loads.append(os.getloadavg()[0])
        await asyncio.sleep(PAUSE_S)
    show.ask_to_end("all is asked")
    return statistics.fmean(loads)


def _processor() -> float:
    """Processor seconds of this process and its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
