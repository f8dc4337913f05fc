"""A real small model as the writer, behind an OpenAI-compatible server: tests/small_model.py says what to
install. It is small and writes wrong prices: that is the point.

A server that runs already is used instead: CASTMATE_TEST_LLM_URL=http://127.0.0.1:8091/v1. Where neither is,
tests/e2e/conftest.py leaves this file out. `python -m bench smollm` sends it the whole attack set.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_model import serving

from bench.attacks import by_model, read, report
from bench.plain_checker import judge
from bench.smollm import drafts
from bench.text_show import open_text_show
from bot.settings import read_settings
from persona.script import Brief, LineKind, Question

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    given = os.environ.get("CASTMATE_TEST_LLM_URL", "")
    with contextlib.nullcontext(given) if given else serving() as address:
        yield address


async def test_a_pitch_an_answer_and_attacks(url: str, tmp_path: Path) -> None:
    settings = read_settings(
        data=tmp_path / "data",
        cache=tmp_path / "cache",
        llm_url=url,
        llm_model="smollm2",
        llm_timeout_s=240,
        llm_answer_s=120,
    )
    async with open_text_show(settings, "en") as show:
        now, shop = show.clock.now(), show.shop.catalogue
        mug = shop.product("dawn-mug")
        assert mug is not None
        script = await show.writer.pitch(mug, Brief(LineKind.PITCH, "en", now))
        asked = Question("room:1", "room", "Robin", "how big is the mug?", "en", now, mug.handle)
        brief = Brief(LineKind.ANSWER, "en", now)
        answer = await show.writer.answer(asked, [mug], shop.facts([mug.handle], now), brief)
        assert answer is not None
        for line in (*script.lines, answer):
            assert show.clearance.clear(line.utterance(), now).cleared, line.text
            assert not judge(line.text, (mug.handle,)), line.text
        written = drafts(show, [*script.lines, answer])
        outcome = await by_model(show, read("en", 3), "SmolLM2")
    assert written > 0, "not a word of the model was read"
    assert (outcome.obeyed, outcome.leaked, outcome.false) == ([], [], []), report(outcome)
