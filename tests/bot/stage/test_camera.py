"""A live camera's ring and its decoder: what goes in comes out, in step, and nothing waits."""

import io
import time
from fractions import Fraction
from multiprocessing import Pipe

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stage.camera import SLOTS, SOUND, STALE_S, Camera, CameraRing, Head
from bot.stage.camera_child import AHEAD_S, Decoder, Pacer, cover


@pytest.fixture
def ring():
    made = CameraRing.create(64, 96)
    yield made
    made.close()


def planes(level: int, width: int = 64, height: int = 96):
    return tuple(np.full((height // n, width // n), v, np.uint8) for n, v in ((1, level), (2, 100), (2, 150)))


def test_the_newest_picture_comes_out_as_it_went_in(ring) -> None:
    assert ring.picture() is None
    other = CameraRing.attach(ring.name, 64, 96)
    for level in range(1, SLOTS * 2):
        other.show(*planes(level))
        got = ring.picture()
        assert got is not None and got.number == level and got.size == (64, 96)
        assert (got.y == level).all() and (got.u == 100).all() and (got.v == 150).all()
    other.close()


def test_a_smaller_picture_fits_a_larger_does_not(ring) -> None:
    ring.show(*planes(7, 32, 48))
    assert ring.picture().size == (32, 48)
    with pytest.raises(ValueError, match="66x96"):
        ring.show(*planes(7, 66, 96))


@given(st.lists(st.integers(1, 9000), max_size=20))
def test_all_sound_is_heard_once_and_in_order(parts) -> None:
    ring = CameraRing.create(2, 2)
    try:
        n, heard = 0, []
        for size in parts:
            ring.sound(np.arange(n, n + size, dtype=np.float32))
            n += size
            got = ring.hear()
            assert got is not None
            heard.append(got)
        assert ring.hear() is None
        whole = np.concatenate(heard) if heard else np.zeros(0)
        assert np.array_equal(whole, np.arange(n, dtype=np.float32))
    finally:
        ring.close()


def test_sound_that_nobody_took_for_long_is_lost_but_for_the_last_second(ring) -> None:
    ring.sound(np.arange(SOUND + 500, dtype=np.float32))
    got = ring.hear()
    assert len(got) == SOUND and got[-1] == SOUND + 499 and got[0] == 500


def test_a_camera_that_sends_nothing_new_is_gone(ring) -> None:
    now = [10.0]
    heard = []
    camera = Camera(ring, heard.append, lambda: now[0])
    assert camera.picture() is None
    ring.show(*planes(5))
    assert camera.picture().number == 1
    now[0] += STALE_S
    assert camera.picture().number == 1
    now[0] += 0.001
    assert camera.picture() is None
    ring.show(*planes(6))
    assert camera.picture().number == 2
    ring.sound(np.ones(10, np.float32))
    camera.pump()
    camera.pump()
    assert [len(p) for p in heard] == [10]


@given(
    st.lists(st.tuples(st.floats(0.001, 0.2), st.floats(0, 1.5)), min_size=1, max_size=60),
    st.floats(-1e6, 1e6),
)
def test_pieces_keep_their_distance_and_lateness_never_grows(steps, start) -> None:
    """`steps`: from one time stamp to the next, and how long after it is due the piece comes."""
    pacer, pts, now = Pacer(0.25), start, 100.0
    due = pacer.due(pts, now)
    for step, wait in steps:
        pts += step
        now = max(now, due + step - 0.25 + wait)
        before, due = due, pacer.due(pts, now)
        assert now <= due <= now + AHEAD_S
        if wait < 0.249:
            assert due - before == pytest.approx(step, abs=1e-6)


@pytest.mark.parametrize(("width", "height"), [(64, 96), (96, 64), (640, 360), (50, 300)])
def test_a_picture_covers_its_place_from_its_middle(width, height) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 128, np.uint8), format="rgb24")
    y, u, v = cover(frame, width, height)
    assert y.shape == (height, width) and u.shape == v.shape == (height // 2, width // 2)
    assert abs(int(y[height // 2, width // 2]) - 126) <= 2


def webm(seconds: float, mime: str = "webm") -> bytes:
    """A camera as a browser records it: a flash and a beep in every second."""
    file = io.BytesIO()
    with av.open(file, "w", format=mime) as out:
        video = out.add_stream("libvpx", rate=25, options={"deadline": "realtime", "cpu-used": "8"})
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        audio = out.add_stream("libopus", rate=48_000, layout="mono")
        tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(960) / 48_000).astype(np.float32)
        for n in range(round(seconds * 25)):
            flash = n % 25 == 0
            picture = av.VideoFrame.from_ndarray(
                np.full((120, 160, 3), 255 if flash else 16, np.uint8), "rgb24"
            )
            picture.pts, picture.time_base = n, Fraction(1, 25)
            out.mux(video.encode(picture))
            for half in range(2):
                sound = av.AudioFrame.from_ndarray((tone * flash)[None], "fltp", "mono")
                sound.sample_rate, sound.pts = 48_000, (2 * n + half) * 960
                sound.time_base = Fraction(1, 48_000)
                out.mux(audio.encode(sound))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return file.getvalue()


def test_picture_and_sound_come_out_in_step_though_they_come_in_bursts() -> None:
    """The mixer's microphone holds sound for LEAD; here it is added by hand."""
    import threading

    from bot.stage.microphone import LEAD

    ours, theirs = Pipe()
    ring = CameraRing.create(64, 96)
    data = webm(3.0)
    decoder = Decoder(theirs, ring)
    worker = threading.Thread(target=decoder.run)
    worker.start()
    size = len(data) // 12

    def feed() -> None:
        for at in range(0, len(data), size):
            ours.send_bytes(data[at : at + size])
            time.sleep(0.24)
        ours.send_bytes(b"")

    feeder = threading.Thread(target=feed)
    feeder.start()
    flashes, beeps, number, quiet = [], [], 0, True
    while worker.is_alive():
        now = time.monotonic()
        picture = ring.picture()
        if picture is not None and picture.number != number:
            number = picture.number
            if picture.y.mean() > 150 and (not flashes or now - flashes[-1] > 0.5):
                flashes.append(now)
        sound = ring.hear()
        if sound is not None:
            loud = np.flatnonzero(np.abs(sound) > 0.2)
            if quiet and len(loud) and (not beeps or now - beeps[-1] > 0.5):
                beeps.append(now - (len(sound) - loud[0]) / 48_000 + LEAD / 48_000)
            quiet = not len(loud)
        time.sleep(0.002)
    feeder.join()
    assert ring.head[Head.BROKEN] == 0
    ring.close()
    assert len(flashes) == len(beeps) == 3
    offsets = [beep - flash for beep, flash in zip(beeps, flashes, strict=True)]
    assert abs(float(np.median(offsets))) < 0.08, offsets


def test_what_is_no_media_ends_the_decoder_without_a_picture() -> None:
    ours, theirs = Pipe()
    ring = CameraRing.create(64, 96)
    ours.send_bytes(b"<html>no camera</html>" * 100)
    ours.send_bytes(b"")
    Decoder(theirs, ring).run()
    assert ring.picture() is None and ring.head[Head.BROKEN] >= 1
    ring.close()


def test_a_damaged_piece_does_not_end_it() -> None:
    ours, theirs = Pipe()
    ring = CameraRing.create(64, 96)
    data = bytearray(webm(1.0))
    for at in range(len(data) // 2, len(data) // 2 + 60):
        data[at] ^= 0x5A
    ours.send_bytes(bytes(data))
    ours.send_bytes(b"")
    Decoder(theirs, ring).run()
    assert ring.picture() is not None
    ring.close()
