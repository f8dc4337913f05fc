"""Answers kept: said again under another name, anew after a few uses and when a fact changed."""

from dataclasses import replace

from goods import NOW, product

from persona.answer_cache import MOST_USES, AnswerCache, stamp_of
from persona.script import Line, LineKind
from products.facts import facts_of

LINE = Line("a", LineKind.ANSWER, "Ada, the tea is from one garden.", "en", writer="llm")


def test_it_is_said_again_to_another_viewer_by_name() -> None:
    cache = AnswerCache()
    cache.put("m", 1, "Ada", LINE)
    again = cache.get("m", 1, "Bob")
    assert again is not None and again.text == "Bob, the tea is from one garden."


def test_after_a_few_uses_it_is_written_anew() -> None:
    cache = AnswerCache()
    cache.put("m", 1, "Ada", LINE)
    said = [cache.get("m", 1, "Ada") for _ in range(MOST_USES + 1)]
    assert all(said[:-1]) and said[-1] is None
    assert (cache.hits, cache.misses) == (MOST_USES, 1)


def test_when_a_fact_changes_it_is_written_anew() -> None:
    facts = facts_of(product(), NOW)
    cache = AnswerCache()
    cache.put("m", stamp_of(facts), "Ada", LINE)
    later = [f.model_copy(update={"at": NOW}) for f in facts]
    assert cache.get("m", stamp_of(later), "Ada") is not None, "only its time changed"
    changed = [f.model_copy(update={"value": f.value + "1"}) for f in facts]
    assert cache.get("m", stamp_of(changed), "Ada") is None
    assert cache.get("m", stamp_of(facts), "Ada") is None, "it is gone for good"


def test_what_does_not_begin_with_the_name_is_not_kept() -> None:
    cache = AnswerCache()
    cache.put("m", 1, "Ada", replace(LINE, text="The tea is from one garden."))
    cache.put("n", 1, "Ada", replace(LINE, text="Ada, that tea is Ada's."))
    assert len(cache) == 0


def test_memory_is_bounded() -> None:
    cache = AnswerCache(size=3)
    for n in range(10):
        cache.put(str(n), 1, "Ada", LINE)
    assert len(cache) == 3 and cache.get("9", 1, "Ada") is not None
