"""A show with filmed clips, rehearsed: its film read back for picture, label, mark, times and sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clip_films import GROUND, SQUARE, TONE, entry, film_clip, show_with
from seeing import FPS, HEIGHT, WIDTH, label_of, planes, sound
from shows import HOUR, SEED, SHOW, Castmate, entries, of_kind

from bot.stage.judges import SAME, differs
from bot.stage.recorded_mark import render_recorded
from bot.stage.watch import THRESHOLD, LabelWatch
from persona.clone.base import Rect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SECONDS = 2.4


@dataclass(frozen=True)
class Shown:
    """The rehearsed show. Clip 0 plays by itself with its sound, clip 1 muted under a pitch."""

    film: Path
    file: Path
    ledger: list[dict[str, Any]]
    castmate: Castmate
    folder: Path

    def clip(self, number: int) -> tuple[float, float]:
        """Second of its first picture, and of the first one without it."""
        came, gone = (of_kind(self.ledger, f"clip.{what}")[number] for what in ("started", "ended"))
        return came["at_ms"] / 1000, gone["at_ms"] / 1000


@pytest.fixture(scope="module")
def shown(home, tmp_path_factory) -> Shown:
    folder = tmp_path_factory.mktemp("clips")
    castmate = Castmate(folder / "data", home.cache)
    film = film_clip(folder / "pour.mp4", SECONDS, width=540, height=960)
    clips = [entry(film, "wave", sound="own"), entry(film, "pour")]
    rundown = [{"clip": "wave"}, {"pitch": "dawn-mug", "clip": "pour"}]
    file = show_with(SHOW, folder / "show.yaml", clips, rundown)
    out = folder / "show.mp4"
    done = castmate(
        *("rehearse", file, "--minutes", 0.2, "--seed", SEED, "--hour", HOUR, "--out", out), seconds=400
    )
    assert done.returncode == 0, done.stdout
    (show,) = castmate.shows()
    return Shown(out, file, entries(show), castmate, show)


def test_the_clips_are_in_the_film_marked_and_labelled_and_nowhere_else(shown: Shown) -> None:
    watch = LabelWatch(label_of("en")[1])
    mark = render_recorded("Recorded", label_of("en")[2], Rect(0, 0, WIDTH, HEIGHT))
    spans = [shown.clip(0), shown.clip(1)]
    times, seen = [], 0
    with av.open(str(shown.film)) as container:
        for frame in container.decode(video=0):
            luma = np.ascontiguousarray(planes(frame)[0])
            at = float(frame.pts * frame.time_base)
            times.append(at)
            if at > spans[1][1] + 1:
                continue
            assert watch.score(luma) >= THRESHOLD, at
            inside = [(a, b) for a, b in spans if a - 0.001 <= at < b - 0.001]
            off = differs(luma, mark)
            assert off is not None and (off <= SAME) is bool(inside), (at, off, spans)
            since = at - inside[0][0] if inside else -1.0
            if 0.4 < since < SECONDS - 0.5:  # in full: the square stands where it was filmed
                seen += 1
                left = int(since / SECONDS * (WIDTH - WIDTH // 4))
                row = luma[HEIGHT // 2].astype(int)
                assert abs(row[left + 20 : left + 160].mean() - SQUARE) < 12, at
                assert abs(np.delete(row, slice(max(0, left - 16), left + 200)).mean() - GROUND) < 12, at
    assert seen >= 2 * 30
    assert np.abs(np.diff(times) - 1 / FPS).max() < 0.002


def test_its_own_sound_is_heard_without_a_click_and_the_muted_one_is_not(shown: Shown) -> None:
    pcm, start = sound(shown.film)
    (a, b), (c, d) = shown.clip(0), shown.clip(1)

    def strength(since: float, until: float) -> float:
        """Of the clip's tone, beside what is loudest elsewhere."""
        part = pcm[0, round((since - start) * 48_000) : round((until - start) * 48_000)]
        power = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        middle = round(TONE * len(part) / 48_000)
        around = power[middle - 3 : middle + 4].max()
        power[middle - 12 : middle + 13] = 0
        return float(around / power.max())

    assert strength(a + 0.5, b - 0.5) > 5 > strength(c, d)
    first = max(0, round((a - 0.2 - start) * 48_000))
    edge = np.abs(np.diff(pcm[:, first : round((b - start) * 48_000)], axis=1))
    assert float(edge.max()) < 0.05  # the tone at -16 LUFS takes steps of 0.016


def test_the_ledger_tells_which_film_whose_and_when(shown: Shown) -> None:
    started, ended = of_kind(shown.ledger, "clip.started"), of_kind(shown.ledger, "clip.ended")
    assert [(s["clip"], s["product"], s["licences"]) for s in started[:2]] == [
        ("wave", "dawn-mug", []),
        ("pour", "dawn-mug", []),
    ]
    assert len({s["sha256"] for s in started}) == 1 and all(s["approved_by"] == "Lin Hao" for s in started)
    assert ended[0]["whole"] and ended[1]["whole"] and ended[0]["late_ticks"] == 0
    first = of_kind(shown.ledger, "line.aired")[0]
    assert abs(first["from_ms"] - started[1]["at_ms"]) < 200
    marks = [x for x in of_kind(shown.ledger, "watch") if x["check"] == "recorded"]
    assert marks and all(x["ok"] for x in marks)
    assert all(x["label"] for x in of_kind(shown.ledger, "label"))
    assert of_kind(shown.ledger, "watch.alarm") == []


def test_a_film_that_was_changed_afterwards_is_told(shown: Shown, tmp_path) -> None:
    changed = tmp_path / "pour.mp4"
    changed.write_bytes((shown.file.parent / "pour.mp4").read_bytes() + b"\0")
    told = entry(shown.file.parent / "pour.mp4") | {"file": str(changed)}
    file = show_with(SHOW, tmp_path / "show.yaml", [told], [{"pitch": "dawn-mug", "clip": "pour"}])
    done = shown.castmate("clips", file)
    assert done.returncode == 2 and "changed since" in done.stdout
    assert shown.castmate("clips", shown.file).returncode == 0
