"""One show under Douyin's rules in which a co-host signs in by passkey, enrols, answers, leaves, is stood in
for by a still picture, a film, a stranger and an empty chair, and comes back; then its recording is looked
at.

Nothing is played to the show but what a browser brings: a virtual authenticator, a camera, a microphone that
beeps. Part of `make prove`.
"""

from datetime import date
from itertools import groupby
from pathlib import Path

import av
import numpy as np
import person
import pytest
from cohosting import CHROMIUM
from phones import LONG, Watched, answered, arrive, console, enrol
from playwright.sync_api import Page, sync_playwright
from servers import wait_for
from shows import SHOW, Castmate, entries, of_kind

from bot.app import make_label_spec
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.label import draw_label, label_lines
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination
from bot.stage.layout import layout
from bot.stage.watch import LabelWatch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
SPEED = 2  # a proof is good for 60 s, and 150 s after the last one the show ends
GOOD_S = 120 / SPEED


def stand(page: Page, show: Watched, place: str) -> None:
    """Steps onto the air and stays until pictures of it were looked at for some time."""
    page.click(f"#places button[data-place={place}]")
    wait_for(lambda: [n for n in show.noted("human.place") if n["place"] == place], LONG)
    page.wait_for_timeout(12_000)


STAND_INS = {
    "still": ({"face": True, "seconds": 0.2}, "The picture stands still"),
    "film": ({"face": True, "seconds": 6.0}, "These pictures were shown before"),
    "stranger": ({"face": True, "draw": person.other}, "Not like the enrolled face"),
    "chair": ({"face": False}, ""),
}


def test_stand_ins_hold_a_running_show_and_the_enrolled_person_brings_it_back(
    home: Castmate, tmp_path: Path
) -> None:
    living = person.camera(tmp_path / "living.y4m", face=True, seconds=300)  # or it would be a film itself
    castmate = Castmate(tmp_path / "data", home.cache)
    with console(castmate) as (door, address, link), sync_playwright() as play:
        door.set_up(play, address, living)
        token = (castmate.data / "keys" / "link.token").read_text().strip()
        words = ("--platform", "douyin", "--lang", "zh", "--minutes", 40, "--seed", 5, "--speed", SPEED)
        with castmate.with_(CASTMATE_LINK_TOKEN=token).running(
            "air", SHOW, *words, "--link", link
        ) as process:
            show = Watched(castmate, process)
            wait_for(lambda: show.air() == "checking", LONG)
            browser, page = door.signed_in(play, living)
            arrive(page)
            enrol(page)
            assert show.air() == "checking", "a face, a name and a passkey have not answered yet"
            answered(page, show)
            wait_for(lambda: show.air() == "live" and show.noted("line.aired"), LONG)
            page.wait_for_timeout(1300 * GOOD_S)  # nothing is asked or done: the face is the proof
            assert not show.noted("cohost.late")

            for name, (camera, told) in STAND_INS.items():
                film = person.camera(tmp_path / f"{name}.y4m", **camera)
                there, (browser, page) = browser, door.signed_in(play, film)
                there.close()  # the one before leaves
                wait_for(lambda: show.air() == "hold", LONG)
                arrive(page)
                answered(page, show)  # somebody is at the keys, which is good for one proof and no more
                if told:
                    page.locator("#face", has_text=told).wait_for()
                if name != "stranger":
                    page.wait_for_timeout(1000 * GOOD_S)
                wait_for(lambda: show.air() == "hold", LONG)
                page.screenshot(path=str(tmp_path / f"{name}.png"))

            there, (browser, page) = browser, door.signed_in(play, living)
            there.close()
            arrive(page)
            page.locator("#face.on", has_text="like the enrolled one").wait_for()
            answered(page, show)
            lines = len(show.noted("line.aired"))
            wait_for(lambda: show.air() == "live" and len(show.noted("line.aired")) > lines, LONG)
            for place in ("inset", "alone", "off"):
                stand(page, show, place)
            process.child.terminate()
            process.child.wait(LONG)
            browser.close()
        assert process.child.returncode == 0, process.output
    (folder,) = castmate.shows()
    told = entries(folder)
    assert of_kind(told, "show.ended")[0]["air"] == "ended"
    arrivals = [n for n in of_kind(told, "cohost.check_in") if n["arriving"]]
    assert {n["credential"] for n in arrivals} == {"passkey"} and len(arrivals) >= 6
    assert castmate("ledger", "verify", folder).returncode == 0
    assert castmate("recording", "verify", folder).returncode == 0
    examined(castmate, folder, tmp_path)


def examined(castmate: Castmate, folder: Path, tmp_path: Path) -> None:
    """The recording: no host without the label; the host in every line; nobody drawn while it held, nor while
    a person was alone, who bears no label.
    """
    film = tmp_path / "whole.mp4"
    assert castmate("recording", "export", folder, "--out", film).returncode == 0
    decision = decide(
        load_packs(), [Destination("douyin", "CN")], ["CN"], date(2026, 11, 22),
        ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False), local_try=True,
    )  # fmt: skip
    spec = make_label_spec(decision, "zh")
    watch, sights = LabelWatch(draw_label(spec, layout(720, 1280, label_lines(spec.text))).overlay), []
    with av.open(str(film)) as container:
        for n, frame in enumerate(container.decode(video=0)):
            if n % 10 == 0:
                at, luma = float(frame.time), np.ascontiguousarray(frame.to_ndarray()[: frame.height])
                sights.append((at, jacket(frame), bool(watch.look(luma, at).label)))
    assert all(label for _, host, label in sights if host), "no host without the label"
    for line in of_kind(entries(folder), "line.aired"):
        begin, end = line["from_ms"] / 1000 + 0.5, line["to_ms"] / 1000 - 0.5
        assert all(host for at, host, _ in sights if begin < at < end) or line.get("cut"), line
    stretches = [(host, len(list(some))) for host, some in groupby(sights, lambda sight: sight[1])]
    away = [n for host, n in stretches[1:-1] if not host]  # before and after it, slates stand
    assert len([n for n in away if n >= 5]) > len(STAND_INS)
    bare = [n for label, n in ((k, len(list(g))) for k, g in groupby(sights, lambda s: s[2])) if not label]
    assert max(bare, default=0) >= 10, "a person alone bears no label"


def jacket(frame: av.VideoFrame) -> bool:
    """Whether the drawn host stands in the picture: their teal jacket is two fifths of this part of it."""
    part = frame.to_ndarray(format="rgb24")[560:1000, 120:600].astype(np.int16)
    red, green, blue = part[..., 0], part[..., 1], part[..., 2]
    return float(((red < 90) & (green > 80) & (green < 170) & (np.abs(green - blue) < 25)).mean()) > 0.2
