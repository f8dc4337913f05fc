"""The eye sees what the viewer gets: the decoded stream, at fixed frames, whatever comes between."""

import threading
import time

import numpy as np
import pytest
from acting import eventually
from synthetic import FPS

from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.stage import eye as eyes
from bot.stage.blend import Planes, blend, box
from bot.stage.encoder import Encoder, EncoderSettings, Packet
from bot.stage.eye import Eye
from bot.stage.layout import layout
from bot.stage.picture import WorkFrame
from bot.stage.watch import LabelWatch, Sight

W, H = 360, 640
LABEL = draw_label(LabelSpec(label_text(["en"], [])), layout(W, H)).overlay
SILENCE = np.zeros((2, 1920), np.float32)


def stream(labelled: list[bool], keyframe_s: float = 0.4) -> tuple[Encoder, list[Packet]]:
    """Frame n has the label where `labelled[n]`; video and audio packets in order."""
    encoder = Encoder(W, H, FPS, EncoderSettings("ultrafast", 1500, keyframe_s=keyframe_s))
    work, out = WorkFrame(W, H), []
    rng = np.random.default_rng(3)
    scene = np.kron(rng.integers(60, 200, (10, 6), np.uint8), np.ones((64, 60), np.uint8))
    for n, with_label in enumerate(labelled):
        work.y[:], work.u[:], work.v[:] = np.roll(scene, n, 1), 128, 128
        if with_label:
            blend(Planes(work.y, work.u, work.v), LABEL, box(LABEL))
        out += encoder.encode(n, work.frame, SILENCE)
    return encoder, out


def eye(encoder: Encoder, seen: list[Sight], **options) -> Eye:
    return Eye(LabelWatch(LABEL), encoder.template(), FPS, seen.append, **options)


def test_every_look_of_a_rehearsal_is_taken_and_told() -> None:
    encoder, packets = stream([n < 20 for n in range(40)])
    seen: list[Sight] = []
    looking = eye(encoder, seen, wait=True, every=5)
    for n, packet in enumerate(packets):
        looking.take(n, [packet])
    looking.close()
    assert [s.at for s in seen] == [n / FPS for n in range(0, 40, 5)]
    assert [s.label for s in seen] == [True] * 4 + [False] * 4
    assert looking.coverage() == (0.5, 8) and looking.dropped == 0
    intervals = looking.intervals(final=True)
    assert [(i.since, i.until, i.label) for i in intervals] == [(0.0, 0.6, True), (0.8, 1.4, False)]
    assert looking.intervals(final=True) == ()


def test_without_a_look_nothing_is_claimed_to_be_missing() -> None:
    encoder, _ = stream([True])
    looking = eye(encoder, [], wait=True)
    assert looking.coverage() == (1.0, 0) and looking.unseen(0.0) == 0.0
    looking.close()


def test_the_time_without_the_label_counts_from_the_last_sight() -> None:
    encoder, packets = stream([n < 10 for n in range(30)])
    looking = eye(encoder, [], wait=True, every=5)
    looking.take(0, packets)
    looking.close()
    assert looking.unseen(1.16) == pytest.approx(1.16 - 5 / FPS)


def test_live_it_never_makes_the_air_wait_and_goes_on_at_a_keyframe(monkeypatch) -> None:
    encoder, packets = stream([True] * 130, keyframe_s=0.4)
    video = [p for p in packets if p.kind == "video"]
    gate, seen = threading.Event(), []

    def sight(found: Sight) -> None:
        seen.append(found)
        gate.wait(10)

    monkeypatch.setattr(eyes, "BEHIND", 60)
    looking = Eye(LabelWatch(LABEL), encoder.template(), FPS, sight, every=5)
    for packet in video[:120]:
        looking.take(packet.pts, [packet])  # returns, though the eye is stuck in its first look
    assert looking.dropped > 0
    dropped = looking.dropped
    gate.set()
    while looking._queue.qsize():
        gate.wait(0.001)
    looking.take(120, video[120:])
    looking.close()
    assert looking.dropped == dropped
    assert all(s.label for s in seen), "no torn picture was taken for a missing label"
    assert seen[-1].at >= 120 / FPS


def test_it_begins_at_a_keyframe() -> None:
    encoder, packets = stream([True] * 25, keyframe_s=0.4)
    seen: list[Sight] = []
    looking = eye(encoder, seen, wait=True, every=1)
    looking.take(0, [p for p in packets if p.kind == "video"][3:])
    looking.close()
    assert seen[0].at == 10 / FPS and all(s.label for s in seen)


def test_another_label_is_looked_for_from_then_on() -> None:
    encoder, packets = stream([True] * 10)
    other = draw_label(LabelSpec(label_text(["zh"], [])), layout(W, H)).overlay
    seen: list[Sight] = []
    looking = eye(encoder, seen, wait=True, every=5)
    looking.change(LabelWatch(other))
    looking.take(0, packets)
    looking.close()
    assert [s.label for s in seen] == [False, False]


def test_a_damaged_packet_does_not_blind_it() -> None:
    encoder, packets = stream([True] * 50, keyframe_s=0.4)
    video = [p for p in packets if p.kind == "video"]
    broken = Packet("video", b"\x00\x00\x00\x01\xff garbage", 10, 10, 1, video[0].time_base, True)
    seen: list[Sight] = []
    looking = eye(encoder, seen, wait=True, every=5)
    looking.take(0, [*video[:10], broken, *video[11:]])
    looking.close()
    assert seen[-1].at == 45 / FPS and seen[-1].label


def test_closing_twice_is_fine() -> None:
    encoder, packets = stream([True] * 3)
    looking = eye(encoder, [], wait=True)
    looking.take(0, packets)
    looking.close()
    looking.close()
    assert looking.coverage()[1] == 1


def test_a_slow_eye_of_a_rehearsal_is_never_far_behind_the_air() -> None:
    """Else the label would seem to be missing, and the rehearsed show would hold for no reason."""
    encoder, packets = stream([True] * 80)
    looking = Eye(LabelWatch(LABEL), encoder.template(), FPS, lambda s: time.sleep(0.02), wait=True, every=5)
    behind = []
    looking.take(0, packets[:8])
    eventually(lambda: looking.unseen(1.0) > 0)  # it has looked for the first time
    for packet in packets[8:]:
        looking.take(0, [packet])
        if packet.kind == "video":
            behind.append(looking.unseen(packet.pts / FPS))
    looking.close()
    assert max(behind) <= 0.5


def test_an_eye_that_breaks_says_so_and_holds_nothing_up() -> None:
    encoder, packets = stream([True] * 60)

    def breaks(sight: Sight) -> None:
        raise RuntimeError("no more")

    looking = Eye(LabelWatch(LABEL), encoder.template(), FPS, breaks, wait=True, every=5)
    for packet in packets:
        looking.take(0, [packet])
    looking.close()
    assert "eye" in looking.bad() and "no more" in looking.failure
    assert looking.unseen(2.0) == pytest.approx(2.0), "and the label counts as unseen"
