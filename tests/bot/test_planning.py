"""What rules and licences say of a plan, asked of the real packs."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.compliance.office import open_office
from bot.planning import Planning, hand_over_channels
from bot.settings import read_settings
from bot.shop import Shop, ShowOrder, open_shop
from schedules.conflicts import Needs

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
PLACES = {
    "room": "room",
    "douyin": "douyin",
    "tiktok-us": "tiktok_shop\nmarket: US",
    "tiktok-id": "tiktok_shop\nmarket: ID",
    "facebook": "facebook_live\nmarket: US",
    "nowhere": "nowhere",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ShowOrder, Shop]]:
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(ROOT / "sample", folder / "sample")
    settings = read_settings(data=folder / "data", cache=folder / "cache")
    text = (folder / "sample" / "show.yaml").read_text("utf-8")
    found = {}
    for name, platform in PLACES.items():
        file = folder / "sample" / f"{name}.yaml"
        show = text.replace("show: corner-evening", f"show: on-{name}")
        file.write_text(show.replace("platform: room", f"platform: {platform}"), "utf-8")
        order = ShowOrder(file)
        shop = open_shop(order, settings, lambda: NOW)
        found[shop.show.show] = (order, shop)
    return found


def asked(table: dict[str, tuple[ShowOrder, Shop]], tmp_path: Path, show: str) -> Needs:
    settings = read_settings(data=tmp_path / "data", cache=tmp_path / "cache")
    planning = Planning(lambda: table, settings, open_office(settings.office))
    first = planning.needs(show, NOW)
    assert planning.needs(show, NOW) is first  # asked once
    planning.forget()
    assert planning.needs(show, NOW) == first
    return first


def test_a_room_needs_nobody_and_shares_itself_with_nobody(table, tmp_path: Path) -> None:
    needs = asked(table, tmp_path, "on-room")
    assert not needs.cohost and needs.channels == frozenset() and not needs.against and not needs.unlicensed


def test_a_platform_that_asks_for_a_person(table, tmp_path: Path) -> None:
    needs = asked(table, tmp_path, "on-douyin")
    assert needs.cohost and needs.because and needs.channels == {"douyin"}


def test_a_platform_with_a_ban_on_simulcast_and_caps(table, tmp_path: Path) -> None:
    needs = asked(table, tmp_path, "on-tiktok-us")
    assert needs.channels == {"tiktok_shop"} and needs.alone == {}
    assert needs.longest_s == 46800 and needs.shortest_s == 1800
    assert "TT-SHOP-ID-SIM" in asked(table, tmp_path, "on-tiktok-id").alone["tiktok_shop"]
    assert asked(table, tmp_path, "on-facebook").alone["facebook_live"]  # counts from the second place on


def test_a_platform_that_nobody_knows_and_a_show_that_nobody_knows(table, tmp_path: Path) -> None:
    assert "No policy pack knows the platform 'nowhere'" in asked(table, tmp_path, "on-nowhere").against[0]
    assert "is not known here" in asked(table, tmp_path, "gone").against[0]


def test_shows_take_over_from_one_another_in_the_room_too(table) -> None:
    channels = hand_over_channels(lambda: table)
    assert channels("on-room") == {"room"} and channels("on-douyin") == {"room", "douyin"}
    assert channels("gone") == frozenset()
