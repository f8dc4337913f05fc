"""The labelled sentences that may be looked at: nothing false passes, and of the true ones few are refused.

The unseen ones are counted by `make eval` alone.
"""

import pytest

from bench.golden import ROLES, read
from bench.word_claims import Judged, judge_lines

REFUSED_AT_MOST = 0.03


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
    true = [j for j in judged if j.line.true]
    refused = [j.line.text for j in true if not j.verdict.cleared]
    assert len(refused) <= REFUSED_AT_MOST * len(true), refused
