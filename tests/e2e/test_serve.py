"""`castmate serve` with a real show: it starts at its time, is seen, ends; serve dies, the show goes on."""

import os
import shutil
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from servers import free_port, wait_for
from shows import ROOT, Castmate

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(400)]
AIRS_S = 150.0  # drawing the host, loading the voice, going live, on a busy machine


@pytest.fixture
def castmate(home: Castmate, tmp_path: Path) -> Castmate:
    return Castmate(tmp_path / "data", home.cache)


def sample_that_starts(folder: Path, seconds: float, minutes: float) -> Path:
    """A copy of the sample show whose start is `seconds` from now, written in the time of Shanghai."""
    shutil.copytree(ROOT / "sample", folder / "sample")
    show = folder / "sample" / "show.yaml"
    start = (datetime.now(UTC) + timedelta(seconds=seconds)).astimezone(ZoneInfo("Asia/Shanghai"))
    when = f'start: "{start:%Y-%m-%d %H:%M:%S}"\ntime_zone: Asia/Shanghai\nminutes: {minutes}\n'
    plain = show.read_text("utf-8").replace("time_zone: America/New_York\n", "", 1)
    show.write_text(plain.replace("language: en\n", f"language: en\n{when}", 1), "utf-8")
    return show


def runs(castmate: Castmate) -> list[tuple[str, str]]:
    with sqlite3.connect(castmate.data / "castmate.db") as database:
        return database.execute("SELECT state, note FROM show_run").fetchall()


def linked(base: str) -> int:
    return int(httpx.get(f"{base}/healthz").json()["linked"])


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"


def test_a_show_starts_at_its_time_is_seen_and_ends(castmate: Castmate, tmp_path: Path) -> None:
    show, base = sample_that_starts(tmp_path, 3, 0.3), f"http://127.0.0.1:{(port := free_port())}"
    with castmate.running("serve", show, "--port", port) as served:
        said = served.says("Ctrl-C ends everything.")
        console = next(line.split()[1] for line in said.splitlines() if line.startswith("Console"))
        assert console.startswith(f"{base}/console?key=") and f"{base}/room/corner-evening" in said
        assert httpx.get(f"{base}/pictures/harbor-sneakers.webp").headers["content-type"] == "image/webp"
        assert httpx.get(f"{base}/pictures/products.csv").status_code == 404
        assert httpx.get(f"{base}/room/corner-evening").status_code == 404
        wait_for(lambda: linked(base) == 1, AIRS_S)
        served.says("corner-evening is on the air", AIRS_S)
        room = httpx.get(f"{base}/room/corner-evening")
        assert room.status_code == 200 and "An evening at the Corner Shop" in room.text
        assert runs(castmate)[0][0] == "on_air"
        served.says("corner-evening is over", AIRS_S)
        assert [state for state, _ in runs(castmate)] == ["ended"]
        served.child.send_signal(signal.SIGINT)
        assert served.child.wait(30) == 0, served.output
    (folder,) = castmate.shows()
    assert castmate("ledger", "verify", folder / "ledger.jsonl").returncode == 0


def test_a_show_without_a_start_is_said_and_ctrl_c_ends_in_order(castmate: Castmate) -> None:
    with castmate.running("serve", ROOT / "sample" / "show.yaml", "--port", free_port()) as served:
        said = served.says("Ctrl-C ends everything.")
        assert "has no start time" in said and "castmate demo" in said
        served.child.send_signal(signal.SIGINT)  # perhaps while the host is drawn
        assert served.child.wait(30) == 0, served.output
    assert runs(castmate) == []


def test_a_show_outlives_serve_and_the_next_serve_takes_it_back(castmate: Castmate, tmp_path: Path) -> None:
    show, base = sample_that_starts(tmp_path, 3, 10), f"http://127.0.0.1:{(port := free_port())}"
    with castmate.running("serve", show, "--port", port) as served:
        served.says("corner-evening is on the air", AIRS_S)
        served.child.kill()
        served.child.wait()
    worker = int((castmate.data / "locks" / "corner-evening").read_text())
    assert alive(worker)
    with castmate.running("serve", show, "--port", port) as served:
        served.says("Ctrl-C ends everything.")
        wait_for(lambda: linked(base) == 1, 60)
        time.sleep(4)  # a pass of the planner: long enough to start a second one, were it to
        assert "is starting" not in served.output and "failed" not in served.output
        assert runs(castmate) == [("on_air", runs(castmate)[0][1])]
        served.child.send_signal(signal.SIGINT)
        assert served.child.wait(30) == 0, served.output
    wait_for(lambda: not alive(worker), 30)
    assert runs(castmate) == [("ended", "Castmate was ended")]
    assert len(castmate.shows()) == 1
