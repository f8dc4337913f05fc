"""Muxers: pieces that join to a playable file, sound and picture together, the AIGC record in each."""

import io
import json

import av
import pytest
import synthetic

from bot.show.messages import Media
from bot.stage.aigc import aigc_record, read_aigc, require_aigc
from bot.stage.mux import FileMuxer, FlvMuxer, FragmentMuxer, Rebase, boxes, starts_with_key
from products.errors import Bug, SetupError

RECORD = aigc_record("001191440300708461136T1XGW3", "show-7")
TAGS = {"AIGC": RECORD}


@pytest.fixture(scope="module")
def show():
    return synthetic.show(130)


def fragments(show, packets=None):
    enc, all_packets = show
    muxer = FragmentMuxer(enc.template(), TAGS)
    return [muxer.init, *muxer.write(all_packets if packets is None else packets), *muxer.close()]


def write(pieces, path):
    path.write_bytes(b"".join(p.data for p in pieces))
    return path


def decoded(path):
    with av.open(str(path)) as c:
        return sum(1 for _ in c.decode(video=0))


def test_the_pieces_are_one_init_then_keys_and_deltas(show):
    pieces = fragments(show)
    assert [p.media for p in pieces].count(Media.INIT) == 1
    assert pieces[0].media is Media.INIT
    assert [p.media for p in pieces].count(Media.KEY) == 3
    assert [kind for kind, _, _ in boxes(pieces[0].data)] == [b"ftyp", b"moov"]
    for piece in pieces[1:-1]:
        assert [kind for kind, _, _ in boxes(piece.data)] == [b"moof", b"mdat"]


def test_pieces_come_while_the_show_runs_not_at_its_end():
    enc = synthetic.encoder()
    muxer, waited, longest = FragmentMuxer(enc.template(), TAGS), 0, 0
    for packets in synthetic.ticks(enc, 60):
        waited = 0 if muxer.write(packets) else waited + 1
        longest = max(longest, waited)
    assert longest <= 8  # ticks of 40 ms


def test_all_pieces_are_a_file_with_every_frame_in_time(show, tmp_path):
    path = write(fragments(show), tmp_path / "a.mp4")
    assert decoded(path) == 130
    assert max(map(abs, synthetic.offsets(path))) <= 0.001


def test_a_viewer_may_join_at_any_key(show, tmp_path):
    pieces = fragments(show)
    at = [i for i, p in enumerate(pieces) if p.media is Media.KEY][1]
    assert decoded(write([pieces[0], *pieces[at:]], tmp_path / "late.mp4")) == 80


def test_a_stream_that_starts_late_keeps_sound_and_picture_together(show, tmp_path):
    """Sound begins 5 ms after the keyframe here: sooner or later would be heard as out of step."""
    late = [p for p in show[1] if p.seconds >= 1.5]
    path = write(fragments(show, late), tmp_path / "a.mp4")
    assert decoded(path) == 80
    assert max(map(abs, synthetic.offsets(path))) <= 0.001


@pytest.mark.parametrize("forced", [None, 51, 52])
def test_its_first_sound_stands_where_it_belongs_even_after_a_fragment_of_one_picture(tmp_path, forced):
    enc, packets = synthetic.encoder(), []
    for n, tick in enumerate(synthetic.ticks(enc, 70)):
        packets += tick
        if n + 1 == forced:
            enc.force_key()
    late = [p for p in packets if p.seconds >= 1.5]
    path = write(fragments((enc, []), late), tmp_path / "a.mp4")
    with av.open(str(path)) as c:
        pts = [p.pts for p in c.demux(audio=0) if p.pts is not None]
    assert pts == list(range(256, 256 + 1024 * len(pts), 1024))


@pytest.mark.parametrize("suffix", [".mp4", ".flv"])
def test_whole_files_carry_all_frames_in_time_and_the_record(show, tmp_path, suffix):
    enc, packets = show
    path = tmp_path / f"a{suffix}"
    muxer = FileMuxer(enc.template(), path, TAGS)
    muxer.write(p for p in packets if p.seconds >= 1.5)
    muxer.close()
    assert decoded(path) == 80
    assert max(map(abs, synthetic.offsets(path))) <= 0.001
    assert read_aigc(path) == json.loads(RECORD)


def test_an_mp4_that_was_never_closed_still_plays(show, tmp_path):
    enc, packets = show
    muxer = FileMuxer(enc.template(), tmp_path / "a.mp4", TAGS)
    muxer.write(packets)
    (tmp_path / "crash.mp4").write_bytes((tmp_path / "a.mp4").read_bytes())
    muxer.close()
    assert decoded(tmp_path / "crash.mp4") >= 50
    assert read_aigc(tmp_path / "crash.mp4") == json.loads(RECORD)


def test_flv_begins_at_a_keyframe_moves_both_and_carries_the_record(show, tmp_path):
    enc, packets = show
    sink = io.BytesIO()
    muxer = FlvMuxer(enc.template(), sink, TAGS)
    taken = muxer.write(packets[40:])
    muxer.close()
    path = tmp_path / "a.flv"
    path.write_bytes(sink.getvalue())
    assert taken < len(packets) - 40
    assert decoded(path) == 80
    assert max(map(abs, synthetic.offsets(path))) <= 0.001
    assert read_aigc(path) == json.loads(RECORD)


def test_the_writable_s_own_error_comes_through(show):
    class Broken:
        def write(self, data):
            raise BrokenPipeError("gone")

    enc, packets = show
    with pytest.raises(BrokenPipeError, match="gone"):
        FlvMuxer(enc.template(), Broken(), {}).write(packets)


def test_two_muxers_of_one_encoder_write_the_same_stream(show):
    assert fragments(show) == fragments(show)


def test_rebase_starts_at_a_keyframe_and_subtracts_one_time(show):
    rebase = Rebase()
    moved = [m for p in show[1] if p.seconds > 1 and (m := rebase(p)) is not None]
    assert rebase.first_frame == 50
    assert (moved[0].kind, moved[0].pts, moved[0].is_key) == ("video", 0, True)
    sound = next(m for m in moved if m.kind == "audio")
    assert 0 <= sound.pts < 1024
    assert (sound.pts + 50 * 1920) % 1024 == 0


def test_a_fragment_without_pictures_is_no_key(show):
    enc, packets = show
    muxer = FragmentMuxer(enc.template(), {})
    pieces = muxer.write(packets)
    assert not starts_with_key(b"\x00\x00\x00\x08moof")
    assert starts_with_key(pieces[0].data[: next(boxes(pieces[0].data))[2]])


def test_the_record_has_the_seven_members_of_appendix_e_as_strings():
    record = json.loads(RECORD)
    members = "Label ContentProducer ProduceID ReservedCode1 ContentPropagator PropagateID ReservedCode2"
    assert list(record) == members.split()
    assert all(isinstance(v, str) for v in record.values())
    assert record["Label"] == "1"
    assert (record["ContentPropagator"], record["PropagateID"]) == (
        record["ContentProducer"],
        record["ProduceID"],
    )


@pytest.mark.parametrize("producer", ["", "my shop", 'a"b', "a\\b", "直播间"])
def test_a_producer_that_the_standard_does_not_take_is_refused_with_a_remedy(producer):
    with pytest.raises(SetupError, match=r"ContentProducer.*printable ASCII"):
        aigc_record(producer, "x")


def test_a_file_without_its_record_is_noticed(show, tmp_path):
    enc, packets = show
    muxer = FileMuxer(enc.template(), tmp_path / "a.mp4", {})
    muxer.write(packets)
    muxer.close()
    assert read_aigc(tmp_path / "a.mp4") is None
    with pytest.raises(Bug, match="without its AIGC record"):
        require_aigc(tmp_path / "a.mp4", RECORD)


def test_the_record_is_read_in_both_forms(show, tmp_path):
    enc, packets = show
    muxer = FileMuxer(enc.template(), tmp_path / "a.mp4", {"AIGC": json.dumps({"AIGC": {"Label": "1"}})})
    muxer.write(packets)
    muxer.close()
    assert read_aigc(tmp_path / "a.mp4") == {"Label": "1"}
