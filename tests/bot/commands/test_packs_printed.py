"""Merged packs of twelve combinations of platform and market, as they are printed for people. The pages in
tests/golden/packs were read; a change of a pack or of a word shows there. To write them anew:
CASTMATE_WRITE_GOLDEN=1 pytest tests/bot/commands/test_packs_printed.py
"""

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import packs

GOLDEN = Path(__file__).parents[2] / "golden" / "packs"
DAY = "2026-11-22"
COMBINATIONS = {
    "youtube-eu": "--platform youtube --audience EU",
    "youtube-us-ny": "--platform youtube --audience US-NY",
    "youtube-in": "--platform youtube --audience IN",
    "youtube-kr-eu": "--platform youtube --audience KR --audience EU",
    "youtube-facebook-eu": "--platform youtube --platform facebook_live --audience EU",
    "kuaishou-cn": "--platform kuaishou --jurisdiction CN",
    "douyin-cn": "--platform douyin --jurisdiction CN",
    "wechat-cn": "--platform wechat_channels --jurisdiction CN",
    "taobao-cn": "--platform taobao_live --jurisdiction CN",
    "tiktok-shop-us": "--platform tiktok_shop --jurisdiction US",
    "amazon-us": "--platform amazon_live --jurisdiction US",
    "shopee-ph": "--platform shopee_live --jurisdiction PH",
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_the_page_of_a_combination_is_the_one_that_was_read(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))  # a shop without packs of its own
    monkeypatch.setenv("COLUMNS", "100")
    answer = CliRunner().invoke(packs.app, ["explain", *COMBINATIONS[name].split(), "--date", DAY])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    said = answer.stdout
    page, path = "\n".join(line.rstrip() for line in said.splitlines()).strip() + "\n", GOLDEN / f"{name}.txt"
    if "CASTMATE_WRITE_GOLDEN" in os.environ:
        path.write_text(page, "utf-8")
    assert _words(page) == _words(path.read_text("utf-8"))


def _words(page: str) -> list[str]:
    """Without what depends on the width of a terminal."""
    return re.findall(r"\S+", page)
