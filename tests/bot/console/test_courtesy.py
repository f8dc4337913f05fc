import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.console.courtesy import RateLimit, clean, clean_name, clean_text


def test_what_cannot_be_seen_is_taken_out():
    assert clean("a\u202eevil\u200b\x07 \n b") == "aevil b"
    assert clean("👩‍👩‍👧 ok") == "👩‍👩‍👧 ok"
    assert clean("z" + "\u0301" * 30).count("\u0301") <= 4


@given(st.text(max_size=300))
def test_a_clean_text_is_one_line_and_stays_clean(text):
    tidy = clean(text)
    assert clean(tidy) == tidy
    assert not any(unicodedata.category(c) in ("Cc", "Co", "Cs", "Zl", "Zp") for c in tidy)
    assert tidy == tidy.strip()


def test_names_are_short_and_never_empty():
    assert clean_name("  小林  ", "abcdef") == "小林"
    assert clean_name("\u200b...", "abcdef") == "viewer-abcd"
    assert len(clean_name("x" * 90, "a")) == 24


def test_a_comment_is_never_cut():
    assert clean_text("a" * 200) == "a" * 200
    assert clean_text("a" * 201) is None
    assert clean_text(" \u200d ") is None


def test_a_bucket_empties_and_fills():
    limit = RateLimit(burst=2, per_second=0.5)
    assert [limit.wait("a", 0.0), limit.wait("a", 0.0)] == [0.0, 0.0]
    assert limit.wait("a", 0.0) == 2.0
    assert limit.wait("b", 0.0) == 0.0
    assert limit.wait("a", 1.0) == 1.0  # asking too early costs nothing
    assert limit.wait("a", 2.0) == 0.0


def test_buckets_are_bounded():
    limit = RateLimit(burst=1, per_second=1.0, keys=10)
    for n in range(50):
        limit.wait(str(n), 0.0)
    assert len(limit._buckets) == 10
