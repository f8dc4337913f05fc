"""One path in one browser on a running `castmate serve`: a price comes in by a file, a script is approved, a
show planned and rehearsed; it airs in the room, is asked, answers in words that a person mended, is taken
over, ends, and its evidence is exported.
"""

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from servers import free_port, wait_for
from shows import ROOT, Castmate, Process, entries, of_kind

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(2700),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
AIRS_S = 600.0  # loading the voice, going live, on a busy machine
PATIENCE_MS = 300_000
REHEARSED_MS = 900_000  # it gives way to all other work
ZONE = ZoneInfo("America/New_York")
SHOW = "corner-evening"
WORDS = f"/scripts/words?show={SHOW}&product=dawn-mug&language=en"
APPROVED = "The Dawn Stoneware Mug is $16.50."
# The browser's own camera is green; no slate and no host is.
CAMERA_ON_AIR = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d");
  pen.drawImage(document.getElementById("video"), 0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return g > r + 40 && g > b + 40;
}"""
LOADED = "() => [...document.images].every((i) => { i.loading = 'eager'; return i.complete; })"
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
RUNDOWN = "rundown:\n  - pitch: dawn-mug\n  - questions: 12\n  - goodbye\n"


@pytest.fixture
def castmate(home: Castmate, tmp_path: Path) -> Castmate:
    return Castmate(tmp_path / "data", home.cache)


def show_of_the_shop(folder: Path) -> Path:
    """The sample's show with one product, of the shop's own catalogue; a person lets its answers go."""
    shutil.copytree(ROOT / "sample", folder / "sample")
    show = folder / "sample" / "show.yaml"
    text = show.read_text("utf-8")
    text = re.sub(r"catalogue:\n(?:  - .*\n)+", "answers_wait: true\n", text)
    text = re.sub(r"scripts: .*\n", "", text)
    show.write_text(re.sub(r"rundown:\n(?:  - .*\n)+", RUNDOWN, text), "utf-8")
    return show


def pictured(page: Page, pictures: Path, name: str) -> None:
    """This page in both languages and themes, and on a phone, for a person who looks at them."""
    own = page.url
    bare = re.sub(r"lang=\w\w&?", "", own).rstrip("?&")
    for language in ("zh", "en"):
        page.goto(f"{bare}{'&' if '?' in bare else '?'}lang={language}")
        page.wait_for_function(LOADED)
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=pictures / f"{name}-{language}-{theme}.png", full_page=True)
    page.set_viewport_size(PHONE)
    page.reload()
    for here in page.locator(".rail .here").all():
        expect(here).to_be_in_viewport(ratio=0.9)  # however far along the way this page is
    page.screenshot(path=pictures / f"{name}-en-phone.png", full_page=True)
    page.set_viewport_size(DESK)
    page.goto(own)


def upload(page: Page, base: str, folder: Path, pictures: Path) -> None:
    """The mug gets cheaper; nothing else changes."""
    cheaper = folder / "products.csv"
    whole = (ROOT / "sample" / "shop" / "products.csv").read_text("utf-8")
    cheaper.write_text(whole.replace(",18.50,", ",16.50,"), "utf-8")
    page.goto(f"{base}/catalogue?lang=en")
    page.set_input_files("#file", cheaper)
    page.wait_for_url("**/catalogue/uploads/*")
    page.click("form[data-work=compare] button")
    expect(page.locator(".tallies strong")).to_have_text(["0", "1", "0", "11"])
    expect(page.locator(".moved .fresh").first).to_have_text("16.50")
    pictured(page, pictures, "upload")
    page.click("form[data-work=apply] button")
    expect(page.locator("form[action='/catalogue/undo'] button")).to_be_visible()
    page.goto(f"{base}/catalogue")
    pictured(page, pictures, "catalogue")


def approve(page: Page, base: str, pictures: Path) -> None:
    page.goto(f"{base}{WORDS}&lang=en")
    page.fill("#line-1", APPROVED)
    expect(page.locator("#checked")).to_contain_text("Every line is true")
    page.click("text=Save as a new version")
    page.get_by_text("Approve", exact=True).click()
    page.click("text=Approve as Lin Hao")
    expect(page.locator(".script-head")).to_contain_text("approved by Lin Hao")
    pictured(page, pictures, "script")


def fill_in(page: Page, start: datetime) -> None:
    page.fill("#p-date", f"{start:%Y-%m-%d}")
    page.fill("#p-time", f"{start:%H:%M:%S}")
    page.fill("#p-minutes", "20")


def plan(page: Page, base: str, start: datetime, pictures: Path) -> None:
    """By keys."""
    page.goto(f"{base}/calendar?lang=en&date={start:%Y-%m-%d}")
    page.locator(".to-plan").first.focus()
    page.keyboard.press("Enter")
    fill_in(page, start)
    expect(page.locator("#p-conflicts li")).to_have_class("clear")
    page.locator("#p-save").press("Enter")
    expect(page.locator("#toast")).to_have_text("Saved.")
    expect(page.locator(".slot")).to_have_count(1)
    pictured(page, pictures, "calendar")


def rehearse(page: Page, base: str, pictures: Path) -> None:
    page.goto(f"{base}/rehearsals?lang=en")
    page.fill("#minutes", "0.2")
    page.click("button:has-text('Rehearse')")
    expect(page.locator("#rehearsals li").first).to_have_attribute("data-state", "done", timeout=REHEARSED_MS)
    page.locator("#rehearsals a").first.click()
    expect(page.locator(".measures")).to_contain_text("100%")
    expect(page.locator("ol.aired")).to_contain_text(APPROVED)
    pictured(page, pictures, "rehearsal")


def go_live(page: Page, base: str, planned: datetime) -> None:
    """The plan is moved to now, and the time has come."""
    page.goto(f"{base}/calendar?lang=en&date={planned:%Y-%m-%d}")
    page.locator(".slot").first.click()
    fill_in(page, datetime.now(ZONE) + timedelta(seconds=4))
    page.click("#p-save")
    expect(page.locator("#toast")).to_have_text("Saved.")
    expect(page.locator("#running .chip")).to_have_text("on the air", timeout=AIRS_S * 1000)


def hear_the_script(page: Page, base: str) -> None:
    page.goto(f"{base}/console/{SHOW}?lang=en")
    expect(page.locator(".line.said", has_text=APPROVED).first).to_be_visible()


def ask(browser: Browser, base: str) -> Page:
    """A viewer asks in the room; their page, put aside: one picture at a time is enough to decode."""
    room = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    room.set_default_timeout(PATIENCE_MS)
    room.goto(f"{base}/room/{SHOW}")
    expect(room.locator("h1")).to_have_text("An evening at the Corner Shop")
    room.fill("#name", "Ada")
    room.fill("#text", "How much is the Dawn Stoneware Mug?")
    room.press("#text", "Enter")
    expect(room.locator(".message.mine")).to_contain_text("How much")
    expect(room.locator(".message.mine .status.sending")).to_have_count(0)
    room.goto("about:blank")
    return room


def answer(page: Page, pictures: Path) -> str:
    """The draft waits; with a price that is not the shop's it is refused, and mended. What aired."""
    draft = page.locator("#pending textarea")
    expect(draft).to_have_value(re.compile(r"\$16\.50"))
    words, say = draft.input_value(), page.get_by_role("button", name="Say it")
    draft.fill(words.replace("$16.50", "$9.50"))
    say.click()
    expect(page.locator("#pending .finding")).to_contain_text("16.50")
    expect(draft).to_have_value(re.compile(r"\$9\.50"))
    page.screenshot(path=pictures / "desk-refused.png")
    mended = f"Thank you for asking. {words}"
    draft.fill(mended)
    say.click()
    expect(page.locator("#pending")).to_be_hidden()
    # On a busy machine a hold may cut it.
    expect(page.locator(".line.said, .line.cut").filter(has_text=mended).first).to_be_visible()
    pictured(page, pictures, "desk")
    return mended


def take_over_and_back(page: Page, pictures: Path) -> None:
    """With a camera, alone: no label then. The clone comes back, and with it the label."""
    with page.expect_popup() as opened:
        page.keyboard.press("t")
    seat = opened.value
    seat.set_default_timeout(PATIENCE_MS)
    seat.fill("#name", "Lin Hao")
    seat.click("#arrive")
    seat.click("[data-place=alone]")
    expect(seat.locator("[data-place=alone]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chips")).to_contain_text("AI label is off")
    page.wait_for_function(CAMERA_ON_AIR)
    seat.screenshot(path=pictures / "seat.png")
    page.screenshot(path=pictures / "desk-taken.png")
    seat.click("[data-place=off]")
    expect(page.locator("#chips")).to_contain_text("AI label stands")
    seat.close()


def end(page: Page, base: str, served: Process) -> None:
    page.keyboard.press("e")
    page.click("#end-dialog button[value=end]")
    wait_for(lambda: f"{SHOW} is over" in served.output, AIRS_S)
    page.goto(f"{base}/calendar?lang=en")
    expect(page.locator(".slot.ended").first).to_be_visible()


def export(page: Page, base: str, pictures: Path) -> bytes:
    """Verified, looked at, and taken away as a paper and as a table; the table."""
    page.goto(f"{base}/evidence?lang=en")
    page.click("a[href^='/evidence/show-']")
    page.click("#verify")
    expect(page.locator("#verdict .note.good")).to_be_visible()
    pictured(page, pictures, "evidence")
    taken = []
    for form in ("csv", "pdf"):
        with page.expect_download() as waiting:
            page.click(f"a[href*='export.{form}']")
        taken.append(Path(waiting.value.path()).read_bytes())
    assert taken[1].startswith(b"%PDF")
    return taken[0]


def test_from_a_file_to_the_evidence(castmate: Castmate, tmp_path: Path) -> None:
    made = castmate("catalogue", "import", ROOT / "sample" / "shop" / "products.csv")
    assert made.returncode == 0, made.stdout
    base = f"http://127.0.0.1:{(port := free_port())}"
    (pictures := tmp_path / "pictures").mkdir()
    with castmate.running("serve", show_of_the_shop(tmp_path), "--port", port) as served:
        entrance = re.search(r"http://\S+key=\S+", served.says("Ctrl-C ends everything.", AIRS_S))
        assert entrance is not None
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=str(CHROMIUM),
                chromium_sandbox=False,
                args=["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
            )
            context = browser.new_context(viewport=DESK, locale="en-US", permissions=["camera", "microphone"])
            context.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            errors: list[str] = []
            context.on("weberror", lambda error: errors.append(str(error.error)))
            page = context.new_page()
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.goto(entrance[0])
            page.fill("[name=name]", "Lin Hao")
            page.fill("[name=password]", "correct horse battery staple 77")
            with page.expect_navigation(url="**/account**"):
                page.press("[name=password]", "Enter")
            planned = datetime.now(ZONE) + timedelta(hours=3)
            upload(page, base, tmp_path, pictures)
            approve(page, base, pictures)
            plan(page, base, planned, pictures)
            rehearse(page, base, pictures)
            go_live(page, base, planned)
            hear_the_script(page, base)
            room = ask(browser, base)
            said = answer(page, pictures)
            room.goto(f"{base}/room/{SHOW}")
            expect(room.locator(".message.from-host")).to_contain_text("Thank you for asking.")
            pictured(room, pictures, "room")
            room.close()
            take_over_and_back(page, pictures)
            end(page, base, served)
            table = export(page, base, pictures).decode("utf-8-sig")
            assert [e for e in errors if "WebSocket connection" not in e] == []  # the show ended
            browser.close()
        assert "failed" not in served.output and "missed" not in served.output, served.output
    (folder,) = (made for made in castmate.shows() if made.name.startswith("show-"))
    assert castmate("ledger", "verify", folder / "ledger.jsonl").returncode == 0
    told = entries(folder)
    aired = of_kind(told, "line.aired")
    assert {x["writer"] for x in (*aired, *of_kind(told, "line.cut")) if x["text"] == said} == {"desk"}
    approved = {(x["script"], x["approved_by"]) for x in aired if x["text"] == APPROVED}
    assert approved == {("dawn-mug/en/1", "Lin Hao")}
    assert "$9.50" in of_kind(told, "chat.not_cleared")[0]["text"]
    assert "a human alone is on the air" in [x["why"] for x in of_kind(told, "label.off")]
    assert of_kind(told, "show.ended")[0]["reason"] == "Lin Hao ended the show"
    assert table.count("\n") > 3
