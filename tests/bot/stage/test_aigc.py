"""The AIGC record after every way in which we write a file: there, equal, once; read back by others too."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import av
import pytest
import synthetic

from bot.stage.aigc import aigc_record, count_aigc, keep_one_copy, read_aigc, require_aigc
from bot.stage.joining import join
from bot.stage.mux import FileMuxer, FlvMuxer, FragmentMuxer
from bot.stage.recording import FileRecorder
from bot.stage.segments import SegmentWriter
from products.errors import Bug, SetupError

RECORD = aigc_record("castmate", "show-7")
TAGS = {"AIGC": RECORD, "title": "A show"}
MEMBERS = ["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID",
           "ReservedCode2"]  # fmt: skip


def fragments(folder: Path) -> Path:
    enc, packets = synthetic.show(60)
    muxer = FragmentMuxer(enc.template(), TAGS)
    pieces = [muxer.init, *muxer.write(packets), *muxer.close()]
    (folder / "live.mp4").write_bytes(b"".join(p.data for p in pieces))
    return folder / "live.mp4"


def pushed(folder: Path) -> Path:
    enc, packets = synthetic.show(60)
    target = io.BytesIO()
    muxer = FlvMuxer(enc.template(), target, TAGS)
    muxer.write(packets)
    muxer.close()
    (folder / "push.flv").write_bytes(target.getvalue())
    return folder / "push.flv"


def film(folder: Path, name: str) -> Path:
    enc, packets = synthetic.show(60)
    recorder = FileRecorder(folder / name, enc, TAGS)
    recorder.write(packets)
    recorder.close()
    return folder / name


def segments(folder: Path) -> list[Path]:
    enc, packets = synthetic.show(120)
    done = []
    writer = SegmentWriter(folder, enc.template(), TAGS, done.append, seconds=2)
    for packet in packets:
        writer.write(packet)
    writer.close()
    return [s.path for s in done]


def joined(folder: Path, name: str) -> Path:
    join(segments(folder), folder / name)
    return folder / name


WAYS = {
    "live page": fragments,
    "RTMP push": pushed,
    "film mp4": lambda f: film(f, "x.mp4"),
    "film flv": lambda f: film(f, "x.flv"),
    "segment": lambda f: segments(f)[1],
    "export mp4": lambda f: joined(f, "all.mp4"),
    "export flv": lambda f: joined(f, "all.flv"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_keeps_the_record_once(tmp_path, way) -> None:
    path = WAYS[way](tmp_path)
    read = read_aigc(path)
    assert read == json.loads(RECORD) and list(read) == MEMBERS
    assert all(isinstance(v, str) for v in json.loads(RECORD).values())
    assert count_aigc(path) == 1
    assert path.read_bytes().count(b"ContentProducer") == 1, "not even where no player looks"


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg")
@pytest.mark.parametrize("way", WAYS)
def test_ffprobe_reads_it_and_the_file_decodes(tmp_path, way) -> None:
    path = WAYS[way](tmp_path)
    told = json.loads(
        subprocess.check_output(["ffprobe", "-v", "error", "-show_format", "-of", "json", str(path)])
    )
    assert json.loads(told["format"]["tags"]["AIGC"]) == json.loads(RECORD)
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"], capture_output=True, check=True
    )
    assert done.stderr == b""


def test_a_second_copy_and_none_at_all_are_bugs(tmp_path) -> None:
    path = film(tmp_path, "x.mp4")
    data = path.read_bytes()
    moov = data.rindex(b"moov") - 4  # the first one is in the media data
    end = moov + int.from_bytes(data[moov : moov + 4], "big")
    path.write_bytes(data[:end] + data[moov:end].replace(b"moov", b"free") + data[end:])
    with pytest.raises(Bug, match="2 AIGC records"):
        require_aigc(path, RECORD)
    path.write_bytes(data.replace(b"AIGC", b"AIGX"))
    with pytest.raises(Bug, match="without its AIGC record"):
        require_aigc(path, RECORD)
    with pytest.raises(Bug, match="without its AIGC record"):
        require_aigc(film(tmp_path, "y.mp4"), aigc_record("castmate", "another"))


def test_the_copy_that_is_blanked_is_none_that_players_read(tmp_path) -> None:
    enc, packets = synthetic.show(60)
    muxer = FileMuxer(enc.template(), tmp_path / "x.mp4", TAGS)
    muxer.write(packets)
    muxer.close()
    before = (tmp_path / "x.mp4").read_bytes()
    assert before.count(b"ContentProducer") == 2, "libav leaves the index of the fragments in the media data"
    keep_one_copy(tmp_path / "x.mp4")
    after = (tmp_path / "x.mp4").read_bytes()
    assert len(after) == len(before)
    require_aigc(tmp_path / "x.mp4", RECORD)
    with av.open(str(tmp_path / "x.mp4")) as played:
        assert sum(1 for _ in played.decode(video=0)) == 60
    keep_one_copy(tmp_path / "x.mp4")
    assert (tmp_path / "x.mp4").read_bytes() == after


@pytest.mark.parametrize("form", ['{"AIGC":%s}', "%s"])
def test_both_forms_that_are_met_are_read(tmp_path, form) -> None:
    enc, packets = synthetic.show(30)
    muxer = FileMuxer(enc.template(), tmp_path / "x.flv", {"AIGC": form % RECORD})
    muxer.write(packets)
    muxer.close()
    assert read_aigc(tmp_path / "x.flv") == json.loads(RECORD)


@pytest.mark.parametrize("code", ["Shop One", "店", 'a"b', "a\\b", ""])
def test_a_producer_that_the_standard_does_not_take_is_refused(code) -> None:
    with pytest.raises(SetupError, match="ContentProducer"):
        aigc_record(code, "show-7")
