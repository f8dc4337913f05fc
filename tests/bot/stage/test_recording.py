"""Recording: segments that play by themselves; a crash, a full disk; joining."""

import errno
import hashlib
import itertools
import json
import time
from types import SimpleNamespace

import av
import pytest
import synthetic

from bot.stage import recording
from bot.stage import segments as segments_of
from bot.stage.aigc import aigc_record, read_aigc
from bot.stage.joining import Cut, join
from bot.stage.mux import FragmentMuxer
from bot.stage.recording import FileRecorder, Recorder
from bot.stage.segments import SegmentWriter
from products.errors import Bug, ContentError, SetupError

RECORD = aigc_record("castmate", "show-7")
TAGS = {"AIGC": RECORD}


def record(folder, frames=180, seconds=2, live=False):
    enc, segments = synthetic.encoder(), []
    recorder = Recorder(folder, enc, TAGS, segments.append, seconds=seconds, live=live)
    for packets in synthetic.ticks(enc, frames):
        recorder.write(packets)
    recorder.write(enc.close())
    assert recorder.close(30)
    assert recorder.failure is None
    assert recorder.dropped == 0
    return segments


def frames(path):
    with av.open(str(path)) as c:
        return sum(1 for _ in c.decode(video=0))


def sound(path):
    """Samples of sound by packet, and whether they follow one another without a gap."""
    with av.open(str(path)) as c:
        pts = [p.pts for p in c.demux(audio=0) if p.pts is not None]
    return len(pts) * 1024, all(b - a == 1024 for a, b in itertools.pairwise(pts))


def test_segments_are_cut_at_keyframes_and_each_plays_by_itself(tmp_path):
    segments = record(tmp_path)
    assert [(s.index, s.first_frame, s.frames) for s in segments] == [
        (0, 0, 50),
        (1, 50, 50),
        (2, 100, 50),
        (3, 150, 30),
    ]
    for s in segments:
        assert frames(s.path) == s.frames
        assert max(map(abs, synthetic.offsets(s.path))) <= 0.001
        assert read_aigc(s.path) == json.loads(RECORD)


def test_a_segment_is_as_long_as_was_asked_for(tmp_path):
    assert [s.frames for s in record(tmp_path, seconds=4)] == [100, 80]


def test_what_is_said_of_a_segment_is_true_of_its_file(tmp_path):
    for s in record(tmp_path):
        data = s.path.read_bytes()
        assert s.size == len(data)
        assert s.sha256 == hashlib.sha256(data).hexdigest()


def test_no_sample_of_sound_is_lost_or_doubled_between_segments(tmp_path):
    segments = record(tmp_path)
    join([s.path for s in segments], tmp_path / "all.mp4")
    length, whole = sound(tmp_path / "all.mp4")
    assert whole
    assert length >= 180 * 1920


@pytest.mark.parametrize("name", ["all.mp4", "all.flv"])
def test_joined_segments_are_the_show_with_its_record(tmp_path, name):
    join([s.path for s in record(tmp_path)], tmp_path / name)
    assert frames(tmp_path / name) == 180
    offsets = synthetic.offsets(tmp_path / name)
    assert len(offsets) == 7
    assert max(map(abs, offsets)) <= 0.002
    assert read_aigc(tmp_path / name) == json.loads(RECORD)


def test_a_crash_loses_at_most_the_tail_of_the_open_segment(tmp_path):
    enc, segments = synthetic.encoder(), []
    writer = SegmentWriter(tmp_path, enc.template(), TAGS, segments.append, seconds=2)
    for packets in synthetic.ticks(enc, 145):
        for packet in packets:
            writer.write(packet)
    assert [s.frames for s in segments] == [50, 50]  # and the process is gone here, nothing closed
    open_part = tmp_path / "segment-00002.mp4"
    assert 45 - 26 <= frames(open_part) <= 45
    assert read_aigc(open_part) == json.loads(RECORD)
    join(sorted(tmp_path.glob("segment-*.mp4")), tmp_path / "all.mp4")
    assert frames(tmp_path / "all.mp4") >= 119


def test_a_full_disk_stops_the_recording_and_says_so(tmp_path, monkeypatch):
    def full(self, pieces):
        raise OSError(errno.ENOSPC, "No space left on device")

    enc, segments = synthetic.encoder(), []
    recorder = Recorder(tmp_path, enc, TAGS, segments.append, live=False)
    monkeypatch.setattr(segments_of._Part, "_append", full)
    for packets in synthetic.ticks(enc, 120):  # goes on: the air must not wait for a dead disk
        recorder.write(packets)
    assert recorder.close(10)
    assert isinstance(recorder.failure, SetupError)
    assert "No space left" in str(recorder.failure)
    assert segments == []


def test_a_segment_that_lost_its_record_is_a_bug(tmp_path, monkeypatch):
    monkeypatch.setattr(segments_of, "FragmentMuxer", lambda t, metadata, ms: FragmentMuxer(t, {}, ms))
    enc, segments = synthetic.encoder(), []
    recorder = Recorder(tmp_path, enc, TAGS, segments.append, live=False)
    for packets in synthetic.ticks(enc, 30):
        recorder.write(packets)
    recorder.close(10)
    assert isinstance(recorder.failure, Bug)


def test_a_show_that_starts_again_goes_on_behind_what_is_there(tmp_path):
    before = record(tmp_path, frames=60)
    hashes = [hashlib.sha256(s.path.read_bytes()).hexdigest() for s in before]
    assert [s.index for s in record(tmp_path, frames=10)] == [2]
    assert [hashlib.sha256(s.path.read_bytes()).hexdigest() for s in before] == hashes


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        Recorder(tmp_path / "file" / "below", synthetic.encoder(), TAGS, print)


@pytest.mark.parametrize("name", ["show.mp4", "show.flv"])
def test_a_rehearsal_goes_into_one_file(tmp_path, name):
    enc, packets = synthetic.show(60)
    recorder = FileRecorder(tmp_path / "new" / name, enc, TAGS)
    recorder.write(packets)
    recorder.close()
    assert frames(recorder.path) == 60
    assert read_aigc(recorder.path) == json.loads(RECORD)


def test_a_rehearsal_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(SetupError, match=r"\.mp4 and \.flv"):
        FileRecorder(tmp_path / "show.avi", synthetic.encoder(), TAGS)


def test_joining_nothing_or_rubbish_says_what_is_wrong(tmp_path):
    with pytest.raises(ContentError, match="no segment"):
        join([], tmp_path / "a.mp4")
    (tmp_path / "x.mp4").write_bytes(b"rubbish")
    with pytest.raises(ContentError, match=r"x\.mp4 cannot be read"):
        join([tmp_path / "x.mp4"], tmp_path / "a.mp4")


def test_a_part_is_cut_at_keyframes_and_keeps_step_and_record(tmp_path):
    segments = record(tmp_path)
    cuts = [Cut(segments[0].path, 1.0), Cut(segments[1].path), Cut(segments[2].path, 0.0, 0.8)]
    made = join(cuts, tmp_path / "part.mp4")
    assert made.starts[1:] == (0.0, 0.0)
    assert 0.0 <= made.starts[0] <= 1.0, "the keyframe before, never after"
    assert made.seconds == pytest.approx(2.0 - made.starts[0] + 2.0 + 0.8, abs=0.041)
    assert frames(tmp_path / "part.mp4") == round(made.seconds * 25)
    assert max(map(abs, synthetic.offsets(tmp_path / "part.mp4"))) <= 0.002
    assert read_aigc(tmp_path / "part.mp4") == json.loads(RECORD)


def test_segments_are_signed_before_they_are_hashed(tmp_path):
    signed = []

    def seal(path, first, count):
        signed.append((path.name, first, count))
        path.write_bytes(path.read_bytes() + b"\0\0\0\x08free")

    enc, segments = synthetic.encoder(), []
    recorder = Recorder(tmp_path, enc, TAGS, segments.append, seconds=2, live=False, seal=seal)
    for packets in synthetic.ticks(enc, 100):
        recorder.write(packets)
    assert recorder.close(10) and recorder.failure is None
    assert signed == [("segment-00000.mp4", 0, 50), ("segment-00001.mp4", 50, 50)]
    for s in segments:
        data = s.path.read_bytes()
        assert data.endswith(b"free")
        assert (s.size, s.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_disk_that_takes_packets_again_is_gone_on_with_and_the_torn_part_is_hashed(tmp_path, monkeypatch):
    enc, segments, now = synthetic.encoder(), [], [0.0]
    append, broken = segments_of._Part._append, []

    def flaky(self, pieces):
        if broken:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, pieces)

    monkeypatch.setattr(segments_of._Part, "_append", flaky)
    recorder = Recorder(tmp_path, enc, TAGS, segments.append, seconds=60, clock=lambda: now[0], live=False)
    failures = []
    for n, packets in enumerate(synthetic.ticks(enc, 400)):
        if n in (100, 200):
            while len(recorder._outbox):
                time.sleep(0.001)
        if n == 100:
            broken.append(True)
        if n == 200:
            failures.append(recorder.failure)
            broken.clear()
        now[0] = n / 25
        recorder.write(packets)
    assert recorder.close(30)
    assert isinstance(failures[0], SetupError)
    assert recorder.failure is None
    assert [s.torn for s in segments] == [True, False]
    assert 50 <= segments[0].frames <= 101
    assert segments[1].first_frame >= 200
    for s in segments:
        assert frames(s.path) == s.frames
        assert s.sha256 == hashlib.sha256(s.path.read_bytes()).hexdigest()
        assert read_aigc(s.path) == json.loads(RECORD)


def test_it_stops_in_order_before_the_disk_is_full(tmp_path, monkeypatch):
    """So that the ledger, on the same disk, can still say why the show holds."""
    free = [10**9]
    usage = SimpleNamespace
    monkeypatch.setattr(recording.shutil, "disk_usage", lambda p: usage(free=free[0]))
    enc, segments, now, failures = synthetic.encoder(), [], [0.0], []
    recorder = Recorder(tmp_path, enc, TAGS, segments.append, clock=lambda: now[0], live=False, low=10**7)
    for n, packets in enumerate(synthetic.ticks(enc, 400)):
        if n % 50 == 0:
            while len(recorder._outbox):
                time.sleep(0.001)
            failures.append(recorder.failure)
        free[0] = 10**6 if 100 <= n < 200 else 10**9
        now[0] = n / 25
        recorder.write(packets)
    assert recorder.close(30)
    assert [f is None for f in failures[:3]] == [True, True, True]
    assert "10 MB are kept" in str(failures[4])
    assert failures[-1] is None and recorder.failure is None
    assert [s.torn for s in segments] == [False, False]
    assert [frames(s.path) for s in segments] == [s.frames for s in segments]
