"""A person hosts before a camera where a synthetic voice is forbidden: the prompter in a real browser."""

import re
from pathlib import Path

import av
import numpy as np
import person
import pytest
from cohosting import CHROMIUM, answer_when_asked, check_in
from playwright.sync_api import Browser, Page, sync_playwright
from servers import free_port, wait_for
from shows import Castmate, Process, entries

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


def decoded(path: Path) -> tuple[list[tuple[float, np.ndarray]], np.ndarray]:
    """(second, BGR) of every fifth picture, and the sound of one recorded segment."""
    pictures, sound = [], []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            if frame.pts is not None and round(frame.time * 25) % 5 == 0:
                pictures.append((float(frame.time), frame.to_ndarray(format="bgr24")))
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            sound.append(frame.to_ndarray()[0])
    return pictures, np.concatenate(sound)


def colour(picture: np.ndarray) -> float:
    """How far the middle of the picture, where a host would stand, is from grey: share of coloured pixels."""
    part = picture[330:760, 120:460].astype(np.int16)
    return float((part.max(axis=2) - part.min(axis=2) > 24).mean())


def asked_in_the_room(browser: Browser, page: Page, process: Process, pictures: Path) -> str:
    """A viewer asks; the cleared answer comes up on the prompter for the person to say. Its words."""
    room = re.search(r"http://\S+/room/\S*", process.output)
    assert room is not None
    viewer = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    viewer.goto(room[0])
    viewer.locator("#name").fill("小林")
    viewer.locator("#text").fill("这个多少钱？")
    viewer.locator("#text").press("Enter")

    def comes() -> bool:
        answer_when_asked(page)
        if "小林" in page.inner_text("#prompt-up"):
            return True
        page.keyboard.press("PageDown")
        page.wait_for_timeout(700)
        return False

    wait_for(comes, 30)
    page.screenshot(path=str(pictures / "answer.png"))
    answer = page.inner_text("#prompt-up")
    viewer.close()
    page.wait_for_timeout(1500)
    page.keyboard.press("PageDown")
    wait_for(lambda: answer_when_asked(page) or page.inner_text("#prompt-up") != answer, 20)
    return answer


def test_a_person_hosts_where_no_synthetic_host_may(home: Castmate, tmp_path: Path) -> None:
    port = free_port()
    camera = person.camera(tmp_path / "camera.y4m", face=True)
    castmate = Castmate(tmp_path / "data", home.cache).with_(CASTMATE_PORT=port)
    words = ("demo", "--platform", "wechat_channels", "--lang", "zh", "--minutes", "1.2", "--seed", "5")
    with castmate.running(*words) as process, sync_playwright() as play:
        browser, page = check_in(play, process, port, "Wei Lin", camera)
        waits = page.inner_text("#prompt-up")
        wait_for(lambda: answer_when_asked(page) or page.inner_text("#prompt-up") != waits, 60)
        said = []
        for _ in range(4):
            up = page.inner_text("#prompt-up")
            said.append(up)
            page.keyboard.press("PageDown")
            wait_for(lambda up=up: answer_when_asked(page) or page.inner_text("#prompt-up") != up, 20)
            page.wait_for_timeout(1500)  # a person takes a moment to say it
        answer = asked_in_the_room(browser, page, process, tmp_path)
        page.screenshot(path=str(tmp_path / "prompter.png"))
        assert page.evaluate("castmate.stats().air.filming") == "recording"
        assert process.child.wait(150) == 0, process.output
        browser.close()
    (folder,) = castmate.shows()
    told = entries(folder)
    assert next(e for e in told if e["kind"] == "show.decided")["data"]["mode"] == "prompter"
    assert [e["data"]["why"] for e in told if e["kind"] == "label.off"] == ["a human alone is the show"]
    answered = [e["data"] for e in told if e["kind"] == "line.aired" and e["data"]["kind"] == "answer"]
    assert [line["text"] for line in answered] == [answer] and "小林" in answer and re.search(r"\d", answer)
    aired = [e["data"]["text"] for e in told if e["kind"] == "line.aired"]
    assert aired[:4] == said and len(set(said)) == 4
    assert not any("AI" in text for text in aired), "a person does not call themselves an AI"
    assert castmate("ledger", "verify", folder).returncode == 0
    segments = sorted((folder / "recording").glob("*.mp4"))
    assert castmate("recording", "verify", folder).returncode == 0
    assert b"ProduceID" not in segments[0].read_bytes(), "a human's show is not marked as AI"
    lines = [e["data"] for e in told if e["kind"] == "line.aired"][:4]
    live_s, end_s = lines[0]["to_ms"] / 1000, lines[3]["to_ms"] / 1000  # before and after, slates stand
    pictures, sound = decoded(segments[0])
    live = [picture for at, picture in pictures if live_s < at < end_s]
    assert len(live) > 10
    assert max(colour(picture) for picture in live) < 0.02, "the camera is grey; a drawn host is not"
    assert np.abs(np.diff([p[400:700, 200:420].mean() for p in live])).max() > 0.05, "and it moves"
    heard = sound[round(live_s * 48_000) : round(end_s * 48_000)]
    assert float(np.abs(heard).max()) > 0.02, "the microphone is heard"
