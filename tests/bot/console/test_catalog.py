import re

from bot.console.account_words import ACCOUNT_WORDS
from bot.console.calendar_words import CALENDAR_WORDS
from bot.console.catalog import WORDS as SHARED
from bot.console.catalogue_words import CATALOGUE_WORDS
from bot.console.evidence_words import EVIDENCE_WORDS
from bot.console.feed_words import FEED_WORDS
from bot.console.fleet_words import FLEET_WORDS
from bot.console.insight_words import INSIGHT_WORDS
from bot.console.licence_words import LICENCE_WORDS
from bot.console.pages import HERE
from bot.console.phone_words import PHONE_WORDS
from bot.console.rehearsal_words import REHEARSAL_WORDS
from bot.console.rules_words import RULES_WORDS
from bot.console.script_words import SCRIPT_WORDS

WORDS = {
    name: {
        **SHARED[name],
        **CALENDAR_WORDS[name],
        **CATALOGUE_WORDS[name],
        **ACCOUNT_WORDS[name],
        **PHONE_WORDS[name],
        **SCRIPT_WORDS[name],
        **REHEARSAL_WORDS[name],
        **EVIDENCE_WORDS[name],
        **RULES_WORDS[name],
        **LICENCE_WORDS[name],
        **INSIGHT_WORDS[name],
        **FEED_WORDS[name],
        **FLEET_WORDS[name],
    }
    for name in SHARED
}

FILES = sorted([*(HERE / "templates").glob("*.html"), *(HERE / "static").glob("*.js")])


def test_every_language_has_every_word_with_the_same_places():
    keys = set(WORDS["en"])
    for language, words in WORDS.items():
        assert set(words) == keys, language
        for key, text in words.items():
            assert text.strip(), (language, key)
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", WORDS["en"][key])), (
                language,
                key,
            )


def test_every_word_that_a_page_asks_for_exists():
    asked = {}
    for path in FILES:
        text = path.read_text("utf-8")
        for key in re.findall(r'\bsay\("(\w+)"[,)]', text) + re.findall(r"\bw\.(\w+)(?!\w*\()", text):
            asked.setdefault(key, path.name)
    assert asked
    assert {key: place for key, place in asked.items() if key not in WORDS["en"]} == {}


def test_words_that_are_put_together_exist_for_all_their_values():
    families = {
        "air_": ("planned", "rehearsed", "checking", "hold", "ending", "ended", "failed"),
        "mode_": ("clone", "duet", "prompter", "refuse"),
        "cohost_": ("absent", "present", "late"),
        "policy_": ("warn", "hold", "stop"),
        "kind_": ("welcome", "pitch", "questions", "offer", "notice", "break", "clip", "goodbye"),
        "chat_": ("waiting", "answering", "answered", "ignored"),
        "refused_": ("unreadable", "length", "rate", "ended", "busy"),
        "open_": ("desk", "cohost", "room"),
        "notice_": ("pinned", "pin_failed", "pin_nothing", "pin_busy"),
    }
    for family, values in families.items():
        for value in values:
            assert family + value in WORDS["en"]


def test_pages_load_nothing_from_elsewhere_and_hold_no_inline_code():
    for path in [*FILES, *(HERE / "static").glob("*.css")]:
        text = path.read_text("utf-8")
        assert not re.search(r"(src|href)=\"https?:|@import|url\(https?:", text), path.name
        if path.suffix == ".html":
            assert not re.search(r"\son\w+=|\sstyle=|<script(?![^>]*(src=|application/json))", text), (
                path.name
            )
