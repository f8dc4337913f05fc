"""A rehearsal of one script: drafts too, nothing published, nothing aired."""

import pytest

from bot.clock import RehearsalClock, SystemClock
from bot.commands.demo import sample_show
from bot.script_rehearsal import ScriptRehearsal
from bot.settings import Settings
from bot.shop import ShowOrder, open_shop
from products.errors import ContentError


def test_a_draft_on_food_is_rehearsed_though_nobody_approved_it(tmp_path):
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache")
    order, clock = ShowOrder(sample_show(), seed=0, accounts=False), RehearsalClock(SystemClock().now())
    scripts = open_shop(order, settings, clock.now).scripts
    draft = scripts.draft("orchard-tea", "en", ["The Orchard Oolong Tea costs $22."], "Ann Lee", clock.now())
    builder = ScriptRehearsal(order, settings, clock, tmp_path, draft.name)
    try:
        assert [line.text for line in builder.script.lines] == list(draft.words)
        assert builder.script.products == ("orchard-tea",) and 0 < builder.share < 1
    finally:
        builder.close()
    with pytest.raises(ContentError, match="There is no script"):
        ScriptRehearsal(order, settings, clock, tmp_path, "orchard-tea/en/99")
