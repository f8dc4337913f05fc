"""The labelled sentences that may be looked at: nothing false passes, and of the true ones few are refused.

The unseen ones are counted by `make eval` alone.
"""

from collections import Counter

import pytest

from bench.golden import ROLES, read
from bench.word_claims import Judged, judge_lines

REFUSED_AT_MOST = 0.03
# Sets whose true lines are still refused more often, by set and language: what is reached, which only falls.
# "round4" has sums, comparisons and conversions in every second line.
STILL_REFUSED = {("round4", "en"): 0.24, ("round4", "zh"): 0.10, ("pitches", "en"): 0.14}
FRESH_REFUSED = {"en": 0.36, "zh": 0.28}


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return judge_lines(read("tuning"))


def test_the_set_is_large_and_speaks_of_every_role_in_both_languages() -> None:
    lines = read("tuning")
    assert len(lines) >= 1000
    for language in ("en", "zh"):
        assert ROLES - {"testimonial", "ordinal", "financial"} <= {
            x.role for x in lines if x.lang == language
        }


def test_no_false_sentence_passes(judged: list[Judged]) -> None:
    assert [j.line.text for j in judged if not j.line.true and j.verdict.cleared] == []


def test_few_true_sentences_are_refused(judged: list[Judged]) -> None:
    told: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for j in (j for j in judged if j.line.true):
        name = (j.line.id.split("-")[0], j.line.lang)
        group = name if name in STILL_REFUSED else ("", "")
        told[group] += 1
        refused[group] += not j.verdict.cleared
    shares = {group: refused[group] / told[group] for group in told}
    assert {g: s for g, s in shares.items() if s > STILL_REFUSED.get(g, REFUSED_AT_MOST)} == {}


def test_of_the_lines_of_a_seller_who_rambles_no_false_one_passes_and_more_true_ones_than_were() -> None:
    judged = judge_lines(read("fresh_a"))
    assert len(judged) >= 300
    assert [j.line.text for j in judged if not j.line.true and j.verdict.cleared] == []
    for language, share in FRESH_REFUSED.items():
        true = [j for j in judged if j.line.true and j.line.lang == language]
        assert sum(not j.verdict.cleared for j in true) <= share * len(true)
