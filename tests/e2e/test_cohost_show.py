"""Douyin's rules tried in the local room: the show waits for a co-host, holds when they leave, then ends."""

import time
from pathlib import Path

import person
import pytest
from cohosting import CHROMIUM, answer_when_asked, check_in
from playwright.sync_api import Page, sync_playwright
from servers import free_port, wait_for
from shows import Castmate, entries

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


def status(page: Page) -> str:
    return page.inner_text("#status")


def test_a_show_under_douyins_rules_waits_holds_and_ends(home: Castmate, tmp_path: Path) -> None:
    port = free_port()
    camera = person.camera(tmp_path / "camera.y4m", face=True)
    words = ("demo", "--platform", "douyin", "--lang", "zh", "--minutes", "6", "--seed", "5", "--speed", "20")
    castmate = Castmate(tmp_path / "data", home.cache).with_(CASTMATE_PORT=port)
    with castmate.running(*words) as process, sync_playwright() as play:
        browser, page = check_in(play, process, port, "Mei Lin", camera)
        time.sleep(2)
        assert status(page) != "present", "a click alone is no evidence"
        wait_for(lambda: answer_when_asked(page) or status(page) == "present", 60)
        (folder,) = castmate.shows()

        def speaks() -> bool:
            answer_when_asked(page)
            return any(e["kind"] == "line.aired" for e in entries(folder))

        wait_for(speaks, 120)
        page.screenshot(path=str(tmp_path / "cohost.png"))
        page.close()  # the co-host leaves
        assert process.child.wait(150) == 0, process.output
        browser.close()
    told = entries(folder)
    air = [e["data"]["air"] for e in told if e["kind"] == "session"]
    steps = [a for k, a in enumerate(air) if k == 0 or air[k - 1] != a]
    assert steps == ["checking", "live", "hold", "ending", "ended"], steps
    kinds = [e["kind"] for e in told]
    for kind in (
        "cohost.check_in",
        "cohost.challenge_answered",
        "cohost.present",
        "cohost.late",
        "line.aired",
    ):
        assert kind in kinds, kind
    assert kinds.index("cohost.present") < kinds.index("line.aired"), (
        "nothing was said before somebody was there"
    )
    assert castmate("ledger", "verify", folder).returncode == 0
