"""A show on several platforms at once: the rules of all hold, whoever is named first."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.app import make_decision
from bot.compliance.decision import Outcome
from bot.compliance.office import open_office
from bot.shop import ShowOrder

NOW = datetime(2026, 11, 23, tzinfo=UTC)
YOUTUBE = "rtmps://a.rtmps.youtube.com/live2/key"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return open_office(tmp_path_factory.mktemp("office"))


def decided(office, to=(), channels=("room",), platform=None, accounts=True):
    show = SimpleNamespace(platform="room", market="US", audience=("US",), channels=channels, clips=())
    shop = SimpleNamespace(show=show, persona=SimpleNamespace(licence=None, performer=""))
    order = ShowOrder(Path("show.yaml"), to=tuple(to), platform=platform, accounts=accounts)
    return make_decision(order, shop, office, NOW)


def platforms(decision) -> list[str]:
    return [d.platform for d in decision.destinations]


@pytest.mark.parametrize("to", [("twitch:shop", YOUTUBE), (YOUTUBE, "twitch:shop", "twitch:other")])
def test_each_platform_is_a_destination_once(office, to):
    decision = decided(office, to, platform="youtube")
    assert sorted(platforms(decision)) == ["twitch", "youtube"]
    assert {r.id for r in decision.merged.rules} >= {"TW-48H", "YT-SYN"}


def test_an_account_that_the_show_file_names_counts_too(office):
    assert platforms(decided(office, channels=("room", "twitch:shop"))) == ["room", "twitch"]


def test_a_try_goes_to_no_account(office):
    decision = decided(office, channels=("room", "twitch:shop"), accounts=False)
    assert platforms(decision) == ["room"]
    assert decision.local_try


def test_a_platform_whose_rules_are_not_known_stops_the_show_beside_one_whose_are(office):
    """No airing through the back door: naming the tolerant platform first changes nothing."""
    alone = decided(office, channels=("room",))
    beside = decided(office, channels=("room", "twitch:shop"))
    assert alone.outcome is Outcome.CONDITIONS
    assert alone.local_try
    assert beside.outcome is Outcome.CONFIRM
    assert not beside.local_try
