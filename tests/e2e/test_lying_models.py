"""Language models that lie or break, behind real HTTP: the show goes on, and with true words."""

import asyncio
from pathlib import Path

import pytest
from lying_models import Chaos, Obedient, Served, Subtle, kinds, serving

from bench.attacks import by_chat, read
from bench.text_show import open_text_show
from bot.settings import Settings, read_settings
from persona.script import Brief, LineKind

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PATIENCE_S = 1.0


def settings_for(model: Served, folder: Path) -> Settings:
    return read_settings(
        data=folder / "data",
        cache=folder / "cache",
        llm_url=model.url,
        llm_model="liar",
        llm_timeout_s=PATIENCE_S,
    )


@pytest.mark.parametrize("kind", Chaos().kinds)
async def test_each_disaster_ends_in_a_written_pitch(kind: str, tmp_path: Path) -> None:
    with serving(Chaos(patience_s=PATIENCE_S * 3, kinds=(kind,))) as model:
        async with open_text_show(settings_for(model, tmp_path), "en") as show, asyncio.timeout(30):
            product = show.shop.catalogue.product("dawn-mug")
            assert product is not None
            script = await show.writer.pitch(product, Brief(LineKind.PITCH, "en", show.clock.now()))
            assert model.asked, "the model was not asked at all"
    assert script.lines
    assert {line.writer for line in script.lines} == {"template"}
    for line in script.lines:
        assert show.clearance.clear(line.utterance(), show.clock.now()).cleared, line.text


async def test_a_show_goes_on_through_every_disaster(tmp_path: Path) -> None:
    # a 429 asks for rest by the clock on the wall; this show's minutes pass in a second
    kinds = sorted({*Chaos().kinds} - {"429"}, key=lambda kind: kind not in ("html", "cut"))
    with serving(Chaos(patience_s=PATIENCE_S * 2, kinds=tuple(kinds))) as model:
        async with open_text_show(settings_for(model, tmp_path), "zh") as show:
            await show.play(240.0)
    assert len(model.asked) >= 3
    assert sum(a.seconds for a in show.aired) > 150, "the host fell silent"
    assert not {a.line.writer for a in show.aired} & {"llm"}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_chat_moves_nobody(language: str, tmp_path: Path) -> None:
    """A sample of every kind of attack; `make eval` sends all of them, to two models and by two ways."""
    cases = [c for c in read(language, 24) if c["kind"] != "viewer_name"]
    with serving(Obedient()) as model:
        async with open_text_show(settings_for(model, tmp_path), language) as show:
            outcome = await by_chat(show, cases, "Obedient")
    assert kinds(model.asked)["product"] > 0
    assert (outcome.obeyed, outcome.leaked) == ([], [])
    assert outcome.refused_logged == outcome.refused > 0


def test_the_liars_do_lie() -> None:
    """What the shows above are held against is no straw: unchecked, both say what is false."""
    from lying_models import Asked

    from bench.plain_checker import judge

    data = {
        "products": [{"handle": "dawn-mug", "name": "Dawn Stoneware Mug", "page": ["Hand-glazed, 350 ml."]}],
        "facts": [{"id": "dawn-mug/DM-SAND/price", "kind": "price", "value": "18.50", "unit": "USD"}],
    }
    for mind in (Obedient(), Subtle(honest=0.0)):
        said = [mind.answer(Asked("Language: English", "", data, k)) for k in range(40)]
        assert sum(bool(judge(text, ("dawn-mug",))) for text in said) >= 20
