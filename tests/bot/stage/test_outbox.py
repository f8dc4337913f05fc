"""Outbox: bounded, whole groups of pictures, everything that goes is counted."""

import threading
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bot.stage.encoder import Packet
from bot.stage.outbox import Outbox

GOP = 5


def video(n):
    return Packet("video", b"v", n, n, 1, Fraction(1, 25), n % GOP == 0)


def audio(n):
    return Packet("audio", b"a", n * 1920, n * 1920, 1024, Fraction(1, 48_000), True)


def drain(box):
    out = []
    while (p := box.get(0)) is not None:
        out.append(p)
    return out


def test_packets_come_out_in_order():
    box = Outbox(10)
    box.put([video(0), audio(0), video(1)])
    assert drain(box) == [video(0), audio(0), video(1)]
    assert box.dropped == 0


def test_it_starts_at_a_keyframe():
    box = Outbox(10)
    box.put([video(3), audio(3), video(4), video(5), audio(5)])
    assert drain(box) == [video(5), audio(5)]
    assert box.dropped == 3


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 20))
def test_no_frame_ever_comes_without_what_it_leans_on_and_all_is_counted(reads, limit):
    """After each put of a frame and its sound, some packets are read; then the rest."""
    box, out, n = Outbox(limit), [], 0
    for reading in reads:
        box.put([video(n), audio(n)])
        n += 1
        out += [p for _ in range(reading) if (p := box.get(0)) is not None]
        assert sum(p.kind == "video" for p in box._queue) <= limit
    out += drain(box)
    assert len(out) + box.dropped == 2 * n
    frames = [p.pts for p in out if p.kind == "video"]
    for before, frame in zip([None, *frames], frames, strict=False):
        assert frame % GOP == 0 or before == frame - 1


def test_hold_drops_and_resume_waits_for_a_keyframe():
    box = Outbox(10)
    box.put([video(0), audio(0)])
    box.hold()
    box.put([video(1)])
    box.resume()
    box.put([video(2), audio(2), video(5)])
    assert drain(box) == [video(5)]
    assert box.dropped == 5


def test_a_rehearsal_s_writer_waits_for_the_reader_and_loses_nothing():
    box, out = Outbox(2, wait=True), []

    def read():
        while not box.finished:
            if (p := box.get(1)) is not None:
                out.append(p)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(50):
        box.put([video(n), audio(n)])
    box.finish()
    reader.join(10)
    assert len(out) == 100
    assert box.dropped == 0


def test_hold_frees_a_writer_that_waits():
    box = Outbox(1, wait=True)
    writer = threading.Thread(target=lambda: box.put([video(0), video(1), video(2)]), daemon=True)
    writer.start()
    while not len(box):
        pass
    box.hold()
    writer.join(10)
    assert not writer.is_alive()


def test_finish_lets_the_reader_take_the_rest_and_then_says_so():
    box = Outbox(10)
    box.put([video(0)])
    box.finish()
    assert not box.finished
    assert box.get(5) == video(0)
    assert box.finished
    assert box.get(5) is None
