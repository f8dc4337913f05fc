"""What a person says into a real browser's microphone is written down and held against the catalogue."""

import re
import wave
from pathlib import Path

import numpy as np
import person
import pytest
from cohosting import CHROMIUM, check_in
from playwright.sync_api import sync_playwright
from servers import free_port, wait_for
from shows import Castmate, entries

from persona.script import Line, LineKind
from persona.voice.registry import open_voice

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
    camera = person.camera(tmp_path / "camera.y4m", face=True)
    voice = microphone(tmp_path / "microphone.wav")
    castmate = Castmate(tmp_path / "data", home.cache).with_(CASTMATE_PORT=port)
    words = ("demo", "--platform", "wechat_channels", "--lang", "zh", "--minutes", "2", "--seed", "5")
    with castmate.running(*words) as process, sync_playwright() as play:
        browser, _ = check_in(play, process, port, "Wei Lin", camera, voice)
        (folder,) = castmate.shows()

        def wrong() -> list[str]:
            said = [e["data"] for e in entries(folder) if e["kind"] == "human.said"]
            return [s["text"] for s in said if any(f["rule"] == "facts.price" for f in s["findings"])]

        wait_for(lambda: any(re.search("300|三百", text) for text in wrong()), 120)
        browser.close()
        process.child.terminate()
        assert process.child.wait(60) == 0, process.output
    assert castmate("ledger", "verify", folder).returncode == 0
