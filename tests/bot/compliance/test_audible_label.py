"""Which shows must be heard to be AI: China asks, and a label that stands on the picture waives it."""

from datetime import date

import pytest

from bot.compliance.audible_label import audible_plan
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination

PACKS = load_packs()


def merged(platform: str, market: str):
    facts = ShowFacts(cloned_person=True, virtual_scene=True, prerecorded=False)
    where = [Destination(platform, market)]
    return decide(PACKS, where, (market,), date(2026, 11, 22), facts, local_try=True).merged


def test_a_label_on_the_picture_waives_it() -> None:
    plan = audible_plan(merged("douyin", "CN"), onscreen=True)
    assert plan.asked == () and {"CN-LABEL-04-2", "CN-GB-5.3"} <= set(plan.waived)


def test_without_one_china_asks_for_the_rhythm_or_slow_words() -> None:
    plan = audible_plan(merged("douyin", "CN"), onscreen=False)
    assert {"CN-LABEL-04-2", "CN-GB-5.3", "CN-GB-5.3.turn"} <= set(plan.asked)
    assert plan.morse == ".- .." and plan.pace == (120, 160)
    assert "start" in plan.positions and "per_turn" in plan.positions
    assert plan.words("zh") == "数字人主播由人工智能技术生成"


def test_europe_takes_words_only() -> None:
    plan = audible_plan(merged("youtube", "DE"), onscreen=False)
    assert plan.asked and plan.morse is None and plan.positions == ("start",)
    assert "AI" in plan.words("en")


@pytest.mark.parametrize("market", ["US"])
def test_elsewhere_nothing_is_asked(market) -> None:
    assert audible_plan(merged("room", market), onscreen=False).asked == ()
