"""`castmate demo` with a viewer: a real Chromium watches the room, listens, and asks in two languages."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hearing
import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright
from seeing import look, sound
from servers import free_port, wait_for
from shows import Castmate, Process, entries, of_kind

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
MINUTES = 1.2
ENGLISH = ("Alice", "Do you have the sneakers in size 41?")
CHINESE = ("小林", "帆布鞋42码还有吗？")
PLAYING = "() => window.castmate?.stats().state === 'playing' && window.castmate.stats().currentTime > 0"
ANSWERS = "() => [...document.querySelectorAll('.message.from-host')].map(m => m.innerText)"
LISTEN = """() => {
  const context = new AudioContext(), analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  const source = context.createMediaElementSource(document.getElementById("video"));
  source.connect(analyser);
  source.connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  window.loudness = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  };
}"""
SAMPLE = """() => {
  const video = document.getElementById("video"), canvas = document.createElement("canvas");
  canvas.width = 36; canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 36, 64);
  const pixels = Array.from(pen.getImageData(0, 0, 36, 64).data).filter((_, k) => k % 4 === 1);
  const size = [video.videoWidth, video.videoHeight];
  return { ...window.castmate.stats(), pixels, loud: window.loudness(), size };
}"""


@dataclass
class Evening:
    """What a viewer got of one show. `samples`: looks at the player every 250 ms while the show was on."""

    room: str
    folder: Path
    pictures: Path
    code: int
    output: str
    samples: list[dict[str, Any]]
    answers: list[str]
    waited: list[float]
    errors: list[str]
    offer: str
    ended: str
    ledger: list[dict[str, Any]]


class Viewer:
    """A page in the room that is sampled while it waits."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.samples: list[dict[str, Any]] = []

    def watch(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Samples until something is true or the time is over; says whether it became true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.samples.append(self.page.evaluate(SAMPLE))
            if until():
                return True
            self.page.wait_for_timeout(250)
        return until()

    def ask(self, name: str, text: str, on: Page | None = None) -> float:
        """Types a question (on another viewer's page) and waits for the host's answer; seconds, or 999."""
        before, page = len(self.page.evaluate(ANSWERS)), on or self.page
        page.locator("#name").fill(name)
        page.locator("#text").fill(text)
        page.locator("#text").press("Enter")
        asked = time.monotonic()
        came = self.watch(45, lambda: len(self.page.evaluate(ANSWERS)) > before)
        return time.monotonic() - asked if came else 999.0


def addresses(process: Process) -> tuple[str, str]:
    """(room, console) as the demo prints them."""
    output = process.says("Ctrl-C ends the show", 180)
    room, console = (re.search(rf"(http://\S+/{part}\S*)", output) for part in ("room/", r"console\?key="))
    assert room and console, output
    return room[1], console[1]


@pytest.fixture(scope="module")
def demo_home(home: Castmate, tmp_path_factory: pytest.TempPathFactory) -> Castmate:
    folder = tmp_path_factory.mktemp("demo")
    return Castmate(folder / "data", home.cache)


@pytest.fixture(scope="module")
def evening(demo_home: Castmate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    castmate = demo_home.with_(CASTMATE_PORT=free_port())
    pictures = tmp_path_factory.mktemp("screenshots")
    with (
        castmate.running("demo", "--minutes", MINUTES, "--lang", "en", "--seed", "7") as process,
        sync_playwright() as playwright,
    ):
        room, console = addresses(process)
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            headless=True,
            chromium_sandbox=False,
            args=["--autoplay-policy=no-user-gesture-required", "--disable-background-networking"],
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 860}, locale="en-US")
        errors: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("response", lambda r: errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.goto(room)
        page.wait_for_function(PLAYING, timeout=60_000)
        page.get_by_role("button", name="Turn sound on").click()
        page.evaluate(LISTEN)
        viewer = Viewer(page)
        viewer.watch(20, lambda: page.locator("#offer .price").count() > 0 and len(viewer.samples) > 20)
        waited = [viewer.ask(*ENGLISH)]
        viewer.watch(1.5)
        page.screenshot(path=pictures / "room-answer.png")
        offer = page.locator("#offer").inner_text()
        desk = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
        desk.goto(console)
        desk.wait_for_timeout(2500)
        desk.screenshot(path=pictures / "desk.png")
        desk.close()
        phone = chromium.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
        phone.goto(room)
        waited.append(viewer.ask(*CHINESE, on=phone))
        viewer.watch(1.5)
        page.screenshot(path=pictures / "room-chinese.png")
        phone.screenshot(path=pictures / "phone-chinese.png")
        phone.close()
        answers = page.evaluate(ANSWERS)
        veil = page.locator("#veil")
        viewer.watch(MINUTES * 60 + 30, lambda: process.child.poll() is not None or "ended" in said(veil))
        page.wait_for_timeout(500)
        ended = said(veil)
        page.screenshot(path=pictures / "room-ended.png")
        code = process.child.wait(40)
        chromium.close()
    (folder,) = castmate.shows()
    yield Evening(
        room=room,
        folder=folder,
        pictures=pictures,
        code=code,
        output=process.output,
        samples=viewer.samples,
        answers=answers,
        waited=waited,
        errors=errors,
        offer=offer,
        ended=ended,
        ledger=entries(folder),
    )


def said(veil: Any) -> str:
    return "" if veil.is_hidden() else str(veil.inner_text())


def test_the_room_plays_a_moving_picture_live(evening: Evening) -> None:
    samples = [s for s in evening.samples if s["state"] == "playing"]
    assert len(samples) > 0.8 * len(evening.samples)
    first, last = samples[0], samples[-1]
    assert last["currentTime"] - first["currentTime"] > MINUTES * 60 - 30
    assert tuple(first["size"]) == (720, 1280)
    changes = [
        np.abs(np.subtract(b["pixels"], a["pixels"])).max()
        for a, b in zip(samples, samples[4:], strict=False)
    ]
    assert np.mean(np.array(changes) > 3) > 0.9  # the host breathes, looks, speaks
    assert float(np.median([s["behind"] for s in samples])) < 1.0
    frames, dropped = last["frames"] - first["frames"], last["dropped"] - first["dropped"]
    assert frames > 0
    assert dropped <= 0.2 * frames, (frames, dropped)
    assert last["errors"] == 0


def test_the_viewer_hears_the_host(evening: Evening) -> None:
    """Levels by WebAudio, from the element that plays."""
    loud = np.array([s["loud"] for s in evening.samples if s["state"] == "playing" and not s["muted"]])
    assert (loud > 0.02).mean() > 0.3, np.percentile(loud, [10, 50, 90])
    assert loud.max() < 1


def test_the_page_shows_what_is_on_the_table(evening: Evening) -> None:
    assert "Harbor Canvas Sneakers" in evening.offer
    assert "$59.00" in evening.offer


def test_the_page_has_no_errors(evening: Evening) -> None:
    """But for the page that waits until the show is there, and connections that the server's end cuts."""
    ours = ("WebSocket connection", "ERR_CONNECTION_REFUSED", "(Not Found)", "404 " + evening.room)
    assert [e for e in evening.errors if not any(x in e for x in ours)] == []


def test_the_page_says_that_the_show_is_over(evening: Evening) -> None:
    assert "ended" in evening.ended


def test_a_question_is_answered_in_chat_by_name_and_truly(evening: Evening) -> None:
    """Size 41 is on the shelf, size 42 is not: so says the shop's file."""
    assert evening.waited[0] < 999, evening.answers
    answer = evening.answers[0]
    spoken = answer.replace(ENGLISH[1], "")
    assert ENGLISH[1] in answer  # it quotes what it answers
    assert re.search(r"\bAlice\b", spoken.split(ENGLISH[0] + ":")[-1])
    assert "41" in spoken
    assert not re.search(r"sold out|out of stock|no longer|don't have|not have", spoken, re.IGNORECASE)


def test_a_chinese_question_in_an_english_show_is_answered_in_chinese(evening: Evening) -> None:
    assert evening.waited[1] < 999, evening.answers
    answer = evening.answers[1].replace(CHINESE[1], "")
    assert len(re.findall(r"[\u4e00-\u9fff]", answer)) >= 6, answer
    assert "42" in answer
    assert re.search(r"售罄|没货|卖完|没有货|缺货|断码", answer), answer


def recorded(folder: Path, ledger: list[dict[str, Any]], from_ms: int, to_ms: int) -> np.ndarray:
    """Mono samples of the show's recording between two times of the show."""
    parts = {r["file"]: r["first_frame"] for r in of_kind(ledger, "recording.segment")}
    wanted: list[np.ndarray] = []
    for name, first in sorted(parts.items()):
        samples, start = sound(folder / "recording" / name)
        begins = first / 25 + start
        a, b = (round((ms / 1000 - begins) * 48_000) for ms in (from_ms, to_ms))
        wanted.append(samples[:, max(0, a) : max(0, b)].sum(axis=0) / np.sqrt(2))
    return np.concatenate(wanted).astype(np.float32)


@pytest.mark.skipif(bool(hearing.available()), reason=hearing.available() or "-")
@pytest.mark.parametrize(("language", "asked", "figure"), [("en", ENGLISH, 41), ("zh", CHINESE, 42)])
def test_the_answer_is_heard_in_the_recording(
    evening: Evening, language: str, asked: tuple[str, str], figure: int
) -> None:
    aired = of_kind(evening.ledger, "line.aired")
    (line,) = [x for x in aired if x["kind"] == "answer" and x["language"] == language]
    assert asked[0] in line["text"]
    part = recorded(evening.folder, evening.ledger, line["from_ms"], line["to_ms"])
    assert len(part) / 48 == pytest.approx(line["to_ms"] - line["from_ms"], abs=60)
    heard = hearing.words_heard(hearing.transcribe(part, language))
    assert figure in hearing.amounts(heard), (line["text"], heard)
    assert hearing.likeness(line["text"], heard, language) > 0.7, (line["text"], heard)


def test_what_an_answer_cuts_is_said_to_its_end_afterwards(evening: Evening) -> None:
    """All but what the end of the show itself cuts."""
    aired = of_kind(evening.ledger, "line.aired")
    goodbye = aired[-1]["from_ms"]
    for cut in of_kind(evening.ledger, "line.cut"):
        last = re.split(r"(?<=[.!?])\s+", cut["text"])[-1]
        again = [x for x in aired if x["text"].endswith(last) and x["from_ms"] > cut["from_ms"]]
        assert again or goodbye - cut["from_ms"] < 20_000, cut


def test_the_recording_bears_the_label_and_the_ledger_is_whole(evening: Evening, demo_home: Castmate) -> None:
    segments = of_kind(evening.ledger, "recording.segment")
    assert segments
    for segment in segments:
        sights = look(evening.folder / "recording" / segment["file"], "en").label
        assert all(s.label for s in sights), segment
    done = demo_home("ledger", "verify", evening.folder)
    assert done.returncode == 0, done.stdout


def test_the_show_ends_in_order(evening: Evening) -> None:
    assert evening.code == 0, evening.output
    assert "Traceback" not in evening.output
    kinds = [x["kind"] for x in of_kind(evening.ledger, "line.aired")]
    assert kinds[-1] == "goodbye"
    assert evening.ledger[-1]["kind"] in ("show.ended", "checkpoint")
    (summary,) = of_kind(evening.ledger, "show.ended")
    assert summary["air"] == "ended"
    assert summary["answers"] == 2


def test_ctrl_c_says_goodbye_and_ends_within_seconds(demo_home: Castmate) -> None:
    castmate = demo_home.with_(CASTMATE_PORT=free_port())
    before = set(castmate.shows())
    with castmate.running("demo", "--minutes", "5", "--seed", "7") as process:
        addresses(process)
        (folder,) = wait_for(lambda: set(castmate.shows()) - before, 30)
        wait_for(lambda: of_kind(written(folder), "line.aired"), 90)
        process.child.send_signal(signal.SIGINT)
        asked = time.monotonic()
        code = process.child.wait(20)
        took = time.monotonic() - asked
    assert code == 0, process.output
    assert took < 8, process.output
    assert "Traceback" not in process.output
    ledger = entries(folder)
    assert [x["kind"] for x in of_kind(ledger, "line.aired")][-1] == "goodbye"
    assert "operator" in of_kind(ledger, "show.ended")[0]["reason"]
    done = castmate("ledger", "verify", folder)
    assert done.returncode == 0, done.stdout


def written(folder: Path) -> list[dict[str, Any]]:
    """The ledger so far; its last line may be half written."""
    try:
        return entries(folder)
    except (OSError, ValueError):
        return []
