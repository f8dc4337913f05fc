"""The denial of what there is: a reduction, on the sample shop."""

import pytest

from bench.word_claims import NOW, sample_shop
from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance


@pytest.fixture(scope="module")
def clearance() -> CatalogueClearance:
    return CatalogueClearance(sample_shop())


@pytest.mark.parametrize(
    "text", ["There's no discount on these at all.", "Full price tonight.", "这双不打折。"]
)
def test_a_reduction_that_there_is_may_not_be_denied(clearance: CatalogueClearance, text: str) -> None:
    language = "en" if text.isascii() else "zh"
    reduced = clearance.clear(Utterance(text, language, products=("harbor-sneakers",)), NOW)
    assert [f.rule for f in reduced.findings] == ["facts.discount"]
    plain = clearance.clear(Utterance(text, language, products=("dawn-mug",)), NOW)
    assert "facts.discount" not in [f.rule for f in plain.findings]


def test_whether_there_is_one_may_be_asked(clearance: CatalogueClearance) -> None:
    asked = Utterance("Is there no discount on these?", "en", products=("harbor-sneakers",))
    assert clearance.clear(asked, NOW).cleared
