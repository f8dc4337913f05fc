"""Descriptions into sentences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.intake import words
from products.intake.words import plain, sentences


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>Cotton, 1.1 kg. Washable.</p><ul><li>Sizes 36 to 45</li><li>Made in Portugal</li></ul>",
            ("Cotton, 1.1 kg.", "Washable.", "Sizes 36 to 45", "Made in Portugal"),
        ),
        ("棉帆布，1.2公斤。可机洗！<br>葡萄牙制造", ("棉帆布，1.2公斤。", "可机洗！", "葡萄牙制造")),
        ("Hot for 12 hours (our test at 20 °C).", ("Hot for 12 hours (our test at 20 °C).",)),
        ("It&rsquo;s <b>new</b>.&nbsp;Try it &amp;amp; see!", ("It’s new.", "Try it & see!")),
        ("Bluetooth 5.3. IPX4.", ("Bluetooth 5.3.", "IPX4.")),
        ("First line\nSecond line", ("First line", "Second line")),
        ("Approx. 20 cm wide.", ("Approx. 20 cm wide.",)),
        ("<script>alert(1)</script><p>Yes.</p><style>p{}</style>", ("Yes.",)),
        ("<p>unclosed <b>tags", ("unclosed tags",)),
        ("", ()),
    ],
)
def test_sentences(body, expected):
    assert sentences(body) == expected


@given(st.text())
def test_any_text_gives_lines_without_control_characters(text):
    for sentence in sentences(text):
        assert sentence == plain(sentence).strip() or "&" in sentence or "<" in sentence
        assert "\n" not in sentence and sentence.strip() == sentence and sentence


_PIECES = st.sampled_from(
    "<p>|</p>|<br>|<BR/>|<b>|</b>|<li>|</ul>|<em>|<span>|<x>|<div >|<script>|</script>|<a|Words.|Two|1.2 kg|"
    "杯。好|>|&amp;|<| |\n|\t|\xa0|\x0c".split("|")
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_bodies_of_bare_tags_are_read_as_the_parser_reads_them(body):
    quick = sentences(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_simple_blocks", lambda body: None)
        assert sentences(body) == quick
