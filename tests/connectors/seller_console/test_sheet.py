"""Data sheets: each part has its source, and one that does not hold together is told."""

from pathlib import Path

import pytest
import yaml

import connectors
from connectors.base import Cap
from connectors.seller_console.sheet import parse, sheet_of
from products.errors import Bug

FOLDER = Path(connectors.__path__[0])
FOLDERS = sorted(p.parent.name for p in FOLDER.glob("*/console.yaml"))


def raw(folder="douyin"):
    return yaml.safe_load((FOLDER / folder / "console.yaml").read_text("utf-8"))


def test_there_are_sheets():
    assert "douyin" in FOLDERS and len(FOLDERS) == 5


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sheet_that_ships_is_read_and_every_source_is_used(folder):
    sheet = sheet_of(folder)
    parts = [
        *sheet.pages.values(), sheet.login, sheet.signs, *sheet.popups, *sheet.taps, sheet.goods, sheet.reply,
        *sheet.switches,
    ]  # fmt: skip
    used = {part.source for part in parts if part is not None}
    beside = {"captcha", "punish", "reply"}  # named for single selectors and fields
    assert used <= set(sheet.sources) <= used | beside
    assert all(source.seen <= sheet.version for source in sheet.sources.values())
    assert Cap.EGRESS in sheet.caps


def test_nothing_that_could_ask_a_person_is_closed_without_a_look_at_its_words():
    """A confirmation's own button is pressed only with words that forbid it."""
    for folder in FOLDERS:
        for popup in sheet_of(folder).popups:
            if "primary" in popup.press or "confirm" in popup.press:
                assert {"结束", "下播"} <= set(popup.unless), (folder, popup.name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s["pages"].pop("control"), "control"),
        (lambda s: s["reply"].update(source="nobody"), "nobody"),
        (lambda s: s["goods"].update(page="nowhere"), "nowhere"),
        (lambda s: s["popups"][0].update(key="Escape"), "press"),
        (lambda s: s["taps"][0].update(adress="x"), "adress"),
        (lambda s: s["login"].update(url="http://login.example"), "login"),
    ],
)
def test_a_sheet_that_does_not_hold_together_is_told(change, says):
    sheet = raw()
    change(sheet)
    with pytest.raises(Bug, match=says):
        parse(yaml.safe_dump(sheet), "test.yaml")


def test_what_has_no_source_is_no_capability():
    sheet = {k: v for k, v in raw().items() if k not in ("taps", "goods", "reply")}
    assert parse(yaml.safe_dump(sheet), "test.yaml").caps == {Cap.EGRESS}
