"""A person plans a show in a browser a few seconds ahead: it airs in the room, and it ends."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from servers import free_port, wait_for
from shows import ROOT, Castmate

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(400)]
AIRS_S = 150.0  # loading the voice, going live, on a busy machine
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def castmate(home: Castmate, tmp_path: Path) -> Castmate:
    return Castmate(tmp_path / "data", home.cache)


def test_a_show_that_is_planned_by_keys_airs_and_ends(castmate: Castmate, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample", tmp_path / "sample")
    base = f"http://127.0.0.1:{(port := free_port())}"
    with castmate.running("serve", tmp_path / "sample" / "show.yaml", "--port", port) as served:
        said = served.says("Ctrl-C ends everything.")
        entrance = re.search(r"http://\S+key=\S+", said)
        assert entrance is not None
        with sync_playwright() as chromium:
            browser = chromium.chromium.launch(executable_path="/usr/bin/chromium", chromium_sandbox=False)
            page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
            page.set_default_timeout(60_000)
            expect.set_options(timeout=60_000)
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.goto(entrance[0])
            page.fill("[name=name]", "Olga")
            page.fill("[name=password]", "correct horse battery staple 77")
            with page.expect_navigation(url="**/account**"):
                page.press("[name=password]", "Enter")
            page.goto(f"{base}/calendar?lang=en")
            page.locator(".to-plan").first.focus()
            page.keyboard.press("Enter")
            start = datetime.now(UTC).astimezone(ZONE) + timedelta(seconds=5)
            page.fill("#p-date", f"{start:%Y-%m-%d}")
            page.fill("#p-time", f"{start:%H:%M:%S}")
            page.fill("#p-minutes", "20")
            expect(page.locator("#p-conflicts li")).to_have_class("clear")
            page.locator("#p-save").press("Enter")
            expect(page.locator("#toast")).to_have_text("Saved.")
            slot = page.locator(".slot", has_text="Corner Shop").first
            expect(slot).to_have_count(1)
            expect(page.locator("#running .chip")).to_have_text("on the air", timeout=AIRS_S * 1000)
            assert httpx.get(f"{base}/room/corner-evening").status_code == 200
            page.goto(f"{base}/room/corner-evening")
            expect(page.locator("h1")).to_have_text("An evening at the Corner Shop")
            page.goto(f"{base}/console/corner-evening?lang=en")
            page.click("#act-end")
            page.click("#end-dialog button[value=end]")
            wait_for(lambda: "corner-evening is over" in served.output, AIRS_S)
            page.goto(f"{base}/calendar?lang=en")
            expect(page.locator(".slot.ended").first).to_be_visible()
            assert errors == []
            browser.close()
        assert "failed" not in served.output and "missed" not in served.output, served.output
    (folder,) = castmate.shows()
    assert castmate("ledger", "verify", folder / "ledger.jsonl").returncode == 0
