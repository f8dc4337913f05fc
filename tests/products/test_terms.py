"""Long lists of terms in one pass."""

from products.folding import fold
from products.terms import TermList


def found(terms: list[str], text: str) -> list[str]:
    folded = fold(text).text
    return [folded[a:b] for a, b, _ in TermList((t, t) for t in terms).find(folded)]


def test_latin_terms_are_whole_words_and_chinese_ones_are_not() -> None:
    assert found(["cure", "最好"], "A secure lock. It will CURE you. 全世界最好的茶") == ["CURE", "最好"]


def test_spaces_case_and_look_alikes_do_not_hide_a_term() -> None:
    assert found(["lowest price"], "the  Lowest\nPrice here") == ["Lowest\nPrice"]
    assert found(["lowest price"], "slowest prices") == []
    assert found(["最低"], "全网zui低") == ["最低"]


def test_terms_that_are_one_word_keep_all_their_values() -> None:
    terms = TermList([("Best", 1), ("ｂｅｓｔ", 2)])
    assert len(terms) == 1 and [v for *_, v in terms.find("the best")] == [1, 2]


def test_no_terms_find_nothing() -> None:
    assert list(TermList([]).find("anything")) == []
