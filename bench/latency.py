"""From a viewer's question to the first sound of its answer, in a real show with the template answerer.

The air paces the show in real time; questions come in as from a channel's chat. On a machine that is busy
with other things the figure tells of them too: how many processes wanted the processor is told beside it.

    python -m bench latency      with Kokoro, and with Piper where castmate[piper] is installed
    CASTMATE_BENCH_VOICES=piper  with that one alone;  CASTMATE_BENCH_QUESTIONS=24: so many
"""

import asyncio
import importlib.util
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

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
QUESTIONS = {
    "kokoro": (
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
    ),
    "piper": (
        "how much is the lamp?",
        "do you have the sneakers in 44?",
        "is the mug dishwasher safe?",
        "are you real?",
        "how much is the mug?",
        "what colours does the bottle come in?",
        "do you have size 42?",
        "how heavy is the backpack?",
        "are you a robot",
        "do the earbuds have bluetooth?",
        "is the blanket in stock?",
        "how long does the candle burn?",
    ),
}
GOALS = {"kokoro": ("<= 2.5", ""), "piper": ("<= 1.5", "<= 4")}
SUFFIX = {"kokoro": "", "piper": "_piper"}


def run() -> list[Row]:
    usual = "kokoro,piper" if importlib.util.find_spec("piper") else "kokoro"
    rows: list[Row] = []
    for voice in os.environ.get("CASTMATE_BENCH_VOICES", usual).split(","):
        rows += [*_alone(voice), *_in_a_show(voice)]
    return rows


def _in_a_show(voice: str) -> list[Row]:
    many = int(os.environ.get("CASTMATE_BENCH_QUESTIONS", str(len(QUESTIONS[voice]))))
    asked = [QUESTIONS[voice][k % len(QUESTIONS[voice])] for k in range(many)]
    with tempfile.TemporaryDirectory() as folder:
        waits, busy, cpu_share = asyncio.run(_show(Path(folder), voice, asked))
    if not waits:
        print(f"  no answer of {voice} was heard: its figures are left out")
        return []
    about = f"{len(waits)} of {many} questions, {voice}, load {busy:.1f} on {os.cpu_count()} cores"
    ordered, end = sorted(waits), SUFFIX[voice]
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    cpu = "processor time of the show while it was asked"
    return [
        row(f"words.first_sound{end}_p50", statistics.median(ordered), "s", GOALS[voice][0], about, COMMAND),
        row(f"words.first_sound{end}_p99", p99, "s", GOALS[voice][1], about, COMMAND),
        row(f"words.first_sound{end}_best", ordered[0], "s", "", about, COMMAND),
        row(f"words.show{end}_cpu", cpu_share, "cores", "", cpu, COMMAND),
    ]


def _persona(voice: str, folder: Path) -> Path:
    """The sample host; with Piper one that speaks English alone, as Piper does."""
    usual = SHOW.parent / "personas" / "mei.yaml"
    if voice == "kokoro":
        return usual
    told = yaml.safe_load(usual.read_text("utf-8"))
    told |= {"languages": ["en"], "voice": {"en": {"engine": voice, "voice": "joe", "speed": 1.0}}}
    made = folder / "host.yaml"
    made.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return made


def _alone(spoken_by: str) -> list[Row]:
    """What an answer costs in processor time, which a busy machine does not change: the decision and its
    clearance, and the voice's first clause. Their sum is the shortest time to the first sound.
    """
    with tempfile.TemporaryDirectory() as folder:
        persona = load_persona(_persona(spoken_by, Path(folder)))
    now = datetime.now(UTC)
    engine = open_engine("sqlite:///:memory:")
    create_tables(engine)
    for name, language in (("products.csv", "en"), ("products.zh.csv", "zh")):
        import_catalogue(engine, SHOW.parent / "shop" / name, now, language=language)
    catalogue = SqlCatalogue(engine)
    answerer = TemplateAnswerer(persona, sayable)
    clearance = CatalogueClearance(catalogue)
    thought: list[float] = []
    spoken: list[float] = []
    spec = {tongue: choice.model_dump(exclude_none=True) for tongue, choice in persona.voice.items()}
    voice = open_voice(spec, intra_op_num_threads=1)
    try:
        for number, text in enumerate(("hello", "good evening", *QUESTIONS[spoken_by])):
            cpu = time.process_time()
            question = Question(f"q{number}", "room", "Ada", text, "en", now)
            line = answerer.answer(question, catalogue, now, "harbor-sneakers")
            assert line is not None
            clearance.clear(line.utterance(), now)
            thought.append(time.process_time() - cpu)
            cpu = _with_programs()
            next(iter(voice.say(line)))
            spoken.append(_with_programs() - cpu)
    finally:
        voice.close()
    about, end = f"processor time, {len(QUESTIONS[spoken_by])} questions", SUFFIX[spoken_by]
    first = statistics.median(spoken[2:])
    return [
        row(f"words.answer{end}_cpu", 1000 * statistics.median(thought[2:]), "ms", "", about, COMMAND),
        row(f"words.first_clause{end}_cpu", first, "s", "", f"{about}, {spoken_by}", COMMAND),
    ]


def _with_programs() -> float:
    """Processor seconds of this process and of the programs that it runs now (Piper is one)."""
    ticks = 0
    for children in Path("/proc/self/task").glob("*/children"):
        for number in children.read_text().split():
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime (proc(5))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


async def _show(folder: Path, voice: str, asked: Sequence[str]) -> tuple[list[float], float, float]:
    """(waits in seconds, mean load of the machine, processor seconds a second of air)."""
    settings = read_settings(data=folder / "data")
    minutes = max(MINUTES, len(asked) * (PAUSE_S + 8.0) / 60)
    order = ShowOrder(file=SHOW, minutes=minutes, record=False, seed=5, persona=_persona(voice, folder))
    clock = live_clock(order)
    builder = ShowBuilder(order, settings, clock, new_folder(settings, "latency", clock.now()))
    try:
        reel = prepare_reel(builder.shop, settings, lambda _: None)
        show = builder.build(reel)
        asking = asyncio.get_running_loop().create_task(_ask(builder, show, asked))
        began, cpu = time.monotonic(), _processor()
        await show.live()
        asking.cancel()
        loads = await asyncio.gather(asking, return_exceptions=True)
        share = (_processor() - cpu) / (time.monotonic() - began)
        found = [load for load in loads if isinstance(load, float)]
        return show.conversation.waits, found[0] if found else os.getloadavg()[0], share
    finally:
        builder.close()


async def _ask(builder: ShowBuilder, show: ShowRun, asked: Sequence[str]) -> float:
    """Asks one question after the other, the next when the answer has begun. Returns the mean load."""
    assert builder.parts is not None
    loads = [os.getloadavg()[0]]
    while show.session.air is not Air.LIVE:  # noqa: ASYNC110  no event tells it
        await asyncio.sleep(0.2)
    await asyncio.sleep(12.0)
    for number, text in enumerate(asked):
        before = show.conversation.answered
        now = builder.clock.now()
        viewer = f"Viewer{chr(65 + number % 26)}{'' if number < 26 else number // 26}"
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
