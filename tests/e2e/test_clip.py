"""A clip as it leaves the shop: heard, seen, read back by others' tools."""

import json

import pytest
from hearing import likeness, same_amounts, transcribe, words_heard
from seeing import probe
from shows import Castmate, entries, of_kind

from bot.compliance.credentials import COMPOSITE, read_credentials
from bot.stage.aigc import count_aigc, read_aigc

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

LINES = ("Hello from the Corner Shop.", "The Harbor Canvas Sneakers are $59.00.")


def test_a_clip_is_labelled_signed_captioned_and_heard(home, tmp_path):
    castmate = Castmate(tmp_path / "data", home.cache)
    (tmp_path / "tips.txt").write_text("\n".join(LINES), "utf-8")
    out, report = tmp_path / "clip.mp4", tmp_path / "clip.json"
    done = castmate("clip", tmp_path / "tips.txt", "--out", out, "--report", report, seconds=300)
    assert done.returncode == 0, done.stdout

    told = json.loads(report.read_text("utf-8"))
    assert [line["text"] for line in told["lines"]] == list(LINES) and told["refused"] == []
    figures = told["figures"]
    assert figures["label_coverage"] == 1 and figures["label_looks"] >= 2 * int(figures["seconds"])
    assert abs(figures["loudness_lufs"] + 16) < 1.0

    streams = {s["codec_type"]: s for s in probe(out)["streams"]}
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    record = read_aigc(out)
    assert count_aigc(out) == 1 and record is not None and record["Label"] == "1"
    marks = read_credentials(out)
    assert marks is not None and marks.sound and marks.source == COMPOSITE

    captions = {s["codec_name"] for s in probe(out.with_suffix(".vtt"))["streams"]}
    assert captions == {"webvtt"}
    written = out.with_suffix(".vtt").read_text("utf-8")
    assert "00:00:00.400 --> " in written and "$59.00" in written

    heard = words_heard(transcribe(out, "en"))
    assert same_amounts(LINES[1], heard) and likeness(" ".join(LINES), heard, "en") > 0.7
    (show,) = castmate.shows()
    ledger = entries(show)
    assert [x["text"] for x in of_kind(ledger, "line.aired")] == list(LINES)
    assert of_kind(ledger, "show.ended")[0]["air"] == "ended"
