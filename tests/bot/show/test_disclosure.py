"""Who answers is told with the first written reply to each viewer, and again where a pack asks."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.compliance.decision import Mode
from bot.show.disclosure import MOST, Disclosure, disclosure_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = {"en": "Corner Shop", "zh": "街角小店"}


def test_once_to_each_viewer_of_each_channel() -> None:
    told = Disclosure(SHOP, asked=True)
    assert told.before("room", "v1", "en", NOW) == "[AI reply for Corner Shop] "
    assert told.before("room", "v1", "zh", NOW) == "【AI回复，代表街角小店】", "not posted yet"
    told.told("room", "v1", NOW)
    assert told.before("room", "v1", "en", NOW) == ""
    assert told.before("room", "v2", "en", NOW) and told.before("other", "v1", "en", NOW)


def test_a_pack_may_ask_for_a_reminder() -> None:
    told = Disclosure(SHOP, asked=True, every=timedelta(hours=2))
    told.told("room", "v1", NOW)
    assert told.before("room", "v1", "en", NOW + timedelta(hours=1)) == ""
    assert told.before("room", "v1", "en", NOW + timedelta(hours=2))


@pytest.mark.parametrize(
    ("notices", "mode", "asked"),
    [
        ({"first_reply_per_user": True}, Mode.PROMPTER, True),
        ({}, Mode.PROMPTER, False),
        ({}, Mode.CLONE, True),
        ({}, Mode.DUET, True),
    ],
)
def test_a_pack_or_a_speaking_clone_ask_for_it(notices, mode, asked) -> None:
    assert bool(disclosure_of(notices, mode, SHOP).before("room", "v", "en", NOW)) is asked


def test_memory_is_bounded() -> None:
    told = Disclosure(SHOP, asked=True)
    for n in range(MOST + 5):
        told.told("room", f"v{n}", NOW)
    assert told.before("room", "v0", "en", NOW) and not told.before("room", f"v{MOST + 4}", "en", NOW)
