"""A recording after the fact: hashes and marks read back from the files, damage named, parts exported."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
import synthetic

from bot.compliance.certificate import own_credential
from bot.compliance.credentials import COMPOSITE, Made, Signer, read_credentials
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.recorded import export, inventory, verify_recording
from bot.stage.aigc import aigc_record, read_aigc
from bot.stage.recording import Recorder
from products.errors import ContentError, SetupError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORD = aigc_record("castmate", "show-7")
FRAMES, SEGMENT_S = 220, 2


def play(folder: Path, signer: Signer, *, note_all: bool = True) -> None:
    """A show of 220 frames in segments of two seconds, with its ledger."""
    key = signing_key(folder.parent / "keys" / "ledger.pem")
    ledger = Ledger.open(folder / "ledger.jsonl", key, "tea", NOW)
    enc, segments = synthetic.encoder(), []

    def seal(path, first, frames):
        signer.sign(path, Made(path.name, COMPOSITE, {"from_ms": first * 40}), NOW)

    recorder = Recorder(
        folder / "recording",
        enc,
        {"AIGC": RECORD},
        segments.append,
        seconds=SEGMENT_S,
        live=False,
        seal=seal,
    )
    for packets in synthetic.ticks(enc, FRAMES):
        recorder.write(packets)
    recorder.write(enc.close())
    assert recorder.close(30) and recorder.failure is None
    notes = [("recording.begun", {"keep_days": 1096})]
    for s in segments if note_all else segments[:-1]:
        data = {"file": s.path.name, "sha256": s.sha256, "first_frame": s.first_frame, "frames": s.frames}
        times = {"from_ms": s.first_frame * 40, "to_ms": (s.first_frame + s.frames) * 40}
        notes.append(("recording.segment", data | times))
    notes.append(("label", {"from_ms": 1000, "to_ms": 1400, "label": False}))
    for kind, data in notes:
        ledger.append_soon(Entry(kind=kind, at=NOW, data=data)).result()
    asyncio.run(ledger.close(NOW))


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> Signer:
    return Signer(own_credential(tmp_path_factory.mktemp("keys"), "shop", NOW))


@pytest.fixture(scope="module")
def original(tmp_path_factory, signer) -> Path:
    folder = tmp_path_factory.mktemp("shows") / "tea-1"
    play(folder, signer)
    return folder


@pytest.fixture
def show(original: Path, tmp_path: Path) -> Path:
    """A copy, to be spoilt; elsewhere than where it was recorded."""
    return shutil.copytree(original, tmp_path / "copy")


def pictures(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def test_a_recording_is_listed_as_its_ledger_tells_it(show) -> None:
    found = inventory(show)
    assert [(k.from_s, k.to_s) for k in found.kept] == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 8.8)]
    assert (found.show, found.loose, found.gaps) == ("tea", (), ())
    assert found.keep_until == NOW + timedelta(days=1096)
    assert found.unseen == ((1.0, 1.4),)
    assert verify_recording(found) == ()


@pytest.mark.parametrize("place", [40, 0.5, -9])
def test_one_changed_byte_names_the_segment(show, place) -> None:
    path = show / "recording" / "segment-00002.mp4"
    data = bytearray(path.read_bytes())
    data[int(len(data) * place) if isinstance(place, float) else place] ^= 1
    path.write_bytes(data)
    (damage,) = verify_recording(inventory(show))
    assert (damage.file, damage.kind) == ("segment-00002.mp4", "changed")
    assert hashlib.sha256(data).hexdigest()[:16] in damage.message


def test_segments_that_are_gone_cut_or_exchanged_are_named(show) -> None:
    folder = show / "recording"
    (folder / "segment-00000.mp4").unlink()
    os.truncate(folder / "segment-00001.mp4", 9000)
    a, b = folder / "segment-00002.mp4", folder / "segment-00003.mp4"
    a.rename(folder / "x")
    b.rename(a)
    (folder / "x").rename(b)
    found = verify_recording(inventory(show))
    assert [(d.file[8:13], d.kind) for d in found] == [
        ("00000", "gone"),
        ("00001", "changed"),
        ("00002", "changed"),
        ("00003", "changed"),
    ]


def test_the_open_end_of_a_show_that_was_broken_off_is_told_apart(tmp_path, signer) -> None:
    folder = tmp_path / "tea-2"
    play(folder, signer, note_all=False)
    found = inventory(folder)
    assert [p.name for p in found.loose] == ["segment-00004.mp4"]
    (damage,) = verify_recording(found)
    assert damage.kind == "unlisted" and "plays for 0.8 s" in damage.message


def test_what_is_no_show_is_said(tmp_path) -> None:
    with pytest.raises(SetupError, match="holds no recording"):
        inventory(tmp_path)


def test_an_export_is_the_show_unchanged_with_its_marks(show, signer, tmp_path) -> None:
    found = inventory(show)
    made = export(found, tmp_path / "all.mp4", signer, NOW)
    assert pictures(made.path) == FRAMES and made.seconds == pytest.approx(FRAMES / 25)
    assert max(map(abs, synthetic.offsets(made.path))) <= 0.002
    assert read_aigc(made.path) == json.loads(RECORD)
    assert made.path.read_bytes().count(b'"ContentProducer"') == 1, "exactly one copy"
    marks = read_credentials(made.path)
    assert marks is not None and marks.sound and not marks.trusted
    assert marks.source == COMPOSITE and marks.signer == "shop"
    named = [(s["file"], s["sha256"]) for s in marks.facts["segments"]]
    assert named == [(k.path.name, k.sha256) for k in found.kept]


def test_nothing_is_encoded_again(show, signer, tmp_path) -> None:
    """The packets of picture and sound are those of the segments, byte for byte."""

    def packets(path: Path, kind: str) -> list[bytes]:
        with av.open(str(path)) as film:
            return [bytes(p) for p in film.demux(**{kind: 0}) if p.size]

    found = inventory(show)
    export(found, tmp_path / "all.mp4", signer, NOW)
    for kind in ("video", "audio"):
        parts = [p for k in found.kept for p in packets(k.path, kind)]
        assert packets(tmp_path / "all.mp4", kind) == parts


@pytest.mark.parametrize(("start", "end", "frames"), [(2.5, 5.0, 75), (0.0, 1.0, 25), (6.0, None, 70)])
def test_a_part_is_exported_from_the_keyframe_before(show, signer, tmp_path, start, end, frames) -> None:
    made = export(inventory(show), tmp_path / "part.mp4", signer, NOW, start=start, end=end)
    assert made.from_s == start // 2 * 2
    assert pictures(made.path) == frames
    assert max(map(abs, synthetic.offsets(made.path))) <= 0.002
    assert read_credentials(made.path).facts["from_ms"] == made.from_s * 1000


def test_an_flv_keeps_the_record_and_is_not_signed(show, signer, tmp_path) -> None:
    made = export(inventory(show), tmp_path / "all.flv", signer, NOW)
    assert made.credentials is None and read_aigc(made.path) == json.loads(RECORD)
    assert pictures(made.path) == FRAMES


def test_a_damaged_segment_is_not_handed_out(show, signer, tmp_path) -> None:
    path = show / "recording" / "segment-00001.mp4"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    found = inventory(show)
    with pytest.raises(ContentError, match=r"segment-00001\.mp4: changed"):
        export(found, tmp_path / "all.mp4", signer, NOW)
    assert not (tmp_path / "all.mp4").exists()
    assert export(found, tmp_path / "rest.mp4", signer, NOW, start=4.0).seconds == pytest.approx(4.8)


def test_a_time_that_was_not_recorded_and_a_file_that_is_there(show, signer, tmp_path) -> None:
    with pytest.raises(ContentError, match=r"covers 0 s to 8\.8 s") as told:
        export(inventory(show), tmp_path / "x.mp4", signer, NOW, start=90.0)
    assert told.value.remedy is not None
    (tmp_path / "x.mp4").write_text("mine")
    with pytest.raises(SetupError, match="exists already"):
        export(inventory(show), tmp_path / "x.mp4", signer, NOW)
    assert (tmp_path / "x.mp4").read_text() == "mine"


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg")
def test_others_read_the_record_and_lose_the_signature_with_a_copy(show, signer, tmp_path) -> None:
    made = export(inventory(show), tmp_path / "all.mp4", signer, NOW)
    told = subprocess.check_output(
        ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(made.path)]
    )
    read = json.loads(told)
    assert json.loads(read["format"]["tags"]["AIGC"]) == json.loads(RECORD)
    assert [s["codec_name"] for s in read["streams"]] == ["h264", "aac"]
    copy = tmp_path / "copy.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(made.path), "-c", "copy"]
    subprocess.run([*command, "-movflags", "use_metadata_tags", str(copy)], check=True)
    assert read_credentials(copy) is None, "a copy of somebody else's is no longer signed"
    assert read_aigc(copy) == json.loads(RECORD)
