"""Joining in the middle of a group of pictures; slow viewers; a show that begins anew."""

from hypothesis import given
from hypothesis import strategies as st

from bot.console import stream as stream_module
from bot.console.stream import Stream, Viewer
from bot.show.messages import Media

INIT, KEY, DELTA = Media.INIT, Media.KEY, Media.DELTA


async def drain(viewer):
    return [await viewer.next() for _ in range(len(viewer))]


async def test_a_joiner_in_the_middle_gets_init_the_keyframe_and_all_since():
    stream = Stream()
    for kind, data in (
        (INIT, b"i"),
        (KEY, b"k1"),
        (DELTA, b"d1"),
        (KEY, b"k2"),
        (DELTA, b"d2"),
        (DELTA, b"d3"),
    ):
        stream.take(kind, data)
    viewer = Viewer()
    stream.join(viewer)
    stream.take(DELTA, b"d4")
    assert [data for _, data in await drain(viewer)] == [b"i", b"k2", b"d2", b"d3", b"d4"]


async def test_without_a_keyframe_yet_a_joiner_waits_for_it():
    stream = Stream()
    stream.take(INIT, b"i")
    stream.take(DELTA, b"lost")
    viewer = Viewer()
    stream.join(viewer)
    stream.take(DELTA, b"d")
    stream.take(KEY, b"k")
    assert [data for _, data in await drain(viewer)] == [b"i", b"k"]
    assert stream.dropped == 1


async def test_a_slow_viewer_loses_what_waits_and_goes_on_at_a_keyframe():
    stream, slow, quick = Stream(), Viewer(fragments=4), Viewer()
    stream.take(INIT, b"i")
    stream.join(slow)
    stream.join(quick)
    stream.take(KEY, b"k1")
    for n in range(5):
        stream.take(DELTA, b"d%d" % n)
    stream.take(KEY, b"k2")
    stream.take(DELTA, b"e")
    assert [data for _, data in await drain(slow)] == [b"i", b"k2", b"e"]
    assert len(await drain(quick)) == 9  # the others never notice
    assert slow.dropped == stream.dropped == 6


async def test_a_viewer_is_bounded_in_bytes_too():
    viewer = Viewer(size=100)
    viewer.offer(KEY, b"k" * 90)
    viewer.offer(DELTA, b"d" * 20)
    assert viewer.dropped == 2
    assert len(viewer) == 0


async def test_a_new_init_makes_the_old_fragments_void_for_viewers_and_joiners():
    stream, viewer = Stream(), Viewer()
    for kind, data in ((INIT, b"i1"), (KEY, b"k1")):
        stream.take(kind, data)
    stream.join(viewer)
    stream.take(INIT, b"i2")
    stream.take(DELTA, b"of the old group")
    late = Viewer()
    stream.join(late)
    stream.take(KEY, b"k2")
    assert [data for _, data in await drain(viewer)] == [b"i2", b"k2"]
    assert [data for _, data in await drain(late)] == [b"i2", b"k2"]


async def test_a_group_that_grows_too_large_is_not_kept(monkeypatch):
    monkeypatch.setattr(stream_module, "GROUP_BYTES", 10)
    stream = Stream()
    stream.take(INIT, b"i")
    stream.take(KEY, b"12345678")
    stream.take(DELTA, b"9012")
    viewer = Viewer()
    stream.join(viewer)
    assert [data for _, data in await drain(viewer)] == [b"i"]


async def test_who_left_is_sent_nothing():
    stream, viewer = Stream(), Viewer()
    stream.join(viewer)
    stream.leave(viewer)
    stream.take(INIT, b"i")
    assert len(viewer) == 0


@given(st.lists(st.sampled_from([INIT, KEY, DELTA, None]), max_size=80), st.integers(1, 6))
def test_whatever_comes_a_viewer_gets_a_stream_that_can_be_decoded(course, limit):
    """After an init comes a keyframe; a delta follows directly on what came before it; nothing is counted
    twice.
    """
    viewer, got, offered = Viewer(fragments=limit), [], 0
    for n, kind in enumerate(course):
        if kind is None:
            got += [viewer._queue.popleft() for _ in range(len(viewer))]
            viewer._size = 0
        else:
            offered += kind is not INIT
            viewer.offer(kind, str(n).encode())
    got += list(viewer._queue)
    assert len(viewer) <= limit + 1
    known = False
    before = None
    for kind, data in got:
        n = int(data)
        if kind is DELTA:
            assert known
            between = [k for k in course[before + 1 : n] if k is not None]
            assert not between
        known = known or kind is KEY
        if kind is INIT:
            known = False
        before = n
    assert sum(kind is not INIT for kind, _ in got) + viewer.dropped <= offered
