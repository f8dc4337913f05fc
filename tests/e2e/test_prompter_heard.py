"""What a person says into a real browser's microphone is written down and held against the catalogue."""

import re
import wave
from pathlib import Path

import numpy as np
import person
import pytest
from playwright.sync_api import sync_playwright
from servers import free_port, wait_for
from shows import Castmate, entries

from persona.script import Line, LineKind
from persona.voice.registry import open_voice

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


def microphone(path: Path) -> Path:
    """Somebody who says a wrong price, over and over, with a pause after it: for Chromium's microphone."""
    voice = open_voice(intra_op_num_threads=2)
    spoken = list(voice.say(Line("wrong", LineKind.PITCH, "这一款今天只要三百块钱。", "zh")))
    voice.close()
    sound = np.concatenate([*(speech.pcm for speech in spoken), np.zeros(72_000, np.float32)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.clip(sound, -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def test_a_wrong_price_that_a_person_says_is_written_down_and_found(home: Castmate, tmp_path: Path) -> None:
    port = free_port()
    films = (
        f"--use-file-for-fake-video-capture={person.camera(tmp_path / 'camera.y4m', face=True)}",
        f"--use-file-for-fake-audio-capture={microphone(tmp_path / 'microphone.wav')}",
    )
    castmate = Castmate(tmp_path / "data", home.cache).with_(CASTMATE_PORT=port)
    words = ("demo", "--platform", "wechat_channels", "--lang", "zh", "--minutes", "2", "--seed", "5")
    with castmate.running(*words) as process, sync_playwright() as play:
        found = re.search(r"cohost\?key=([\w-]+)", process.says("cohost?key="))
        assert found is not None
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM),
            chromium_sandbox=False,
            args=["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", *films],
        )
        page = browser.new_context(permissions=["camera", "microphone"]).new_page()
        base = f"http://127.0.0.1:{port}"
        wait_for(lambda: page.goto(f"{base}/cohost?key={found[1]}") and page.query_selector("#arrive"), 60)
        page.fill("#name", "Wei Lin")
        page.click("#arrive")  # camera and microphone go on by that
        (folder,) = castmate.shows()

        def wrong() -> list[str]:
            said = [e["data"] for e in entries(folder) if e["kind"] == "human.said"]
            return [s["text"] for s in said if any(f["rule"] == "facts.price" for f in s["findings"])]

        wait_for(lambda: any(re.search("300|三百", text) for text in wrong()), 120)
        browser.close()
        process.child.terminate()
        assert process.child.wait(60) == 0, process.output
    assert castmate("ledger", "verify", folder).returncode == 0
