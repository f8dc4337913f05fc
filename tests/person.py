"""Pictures and sounds of a person who never was, drawn well enough for the detectors."""

import io
from fractions import Fraction

import av
import cv2
import numpy as np
from PIL import Image

RATE = 16000


def face(x=160, y=120, r=70, shut=False):
    """A plain face in grey levels, 240 x 320."""
    picture = np.full((240, 320), 150, np.uint8)
    cv2.ellipse(picture, (x, y - 10), (int(r * 0.95), int(r * 1.2)), 0, 0, 360, 60, -1)
    cv2.ellipse(picture, (x, y), (int(r * 0.75), r), 0, 0, 360, 205, -1)
    for side in (-1, 1):
        eye = (x + side * int(r * 0.3), y - int(r * 0.2))
        cv2.ellipse(picture, eye, (int(r * 0.16), 2 if shut else int(r * 0.08)), 0, 0, 360, 245, -1)
        cv2.circle(picture, eye, 2 if shut else int(r * 0.075), 40, -1)
        brow = (x + side * int(r * 0.14), y - int(r * 0.38)), (x + side * int(r * 0.48), y - int(r * 0.4))
        cv2.line(picture, *brow, 70, max(2, r // 14))
    cv2.ellipse(
        picture, (x, y + int(r * 0.2)), (int(r * 0.12), int(r * 0.07)), 0, 0, 180, 130, max(2, r // 20)
    )
    cv2.ellipse(picture, (x, y + int(r * 0.5)), (int(r * 0.26), int(r * 0.1)), 0, 0, 360, 90, -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.6)


def room(n=0):
    """The same room without anybody: a lamp that moves."""
    picture = np.full((240, 320), 150, np.uint8)
    cv2.rectangle(picture, (40 + n, 30), (110 + n, 200), 90, -1)
    cv2.circle(picture, (240, 60 + n), 30, 220, -1)
    return picture


def jpeg(picture):
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=80)
    return out.getvalue()


def speech(seconds=4.0, seed=0):
    """Something like speech, int16 at 16 kHz: syllables with formants, a sliding pitch and pauses."""
    rng = np.random.default_rng(seed)
    parts, at = [np.zeros(RATE // 2)], 0.0
    while at < seconds:
        length = rng.uniform(0.12, 0.26)
        t = np.arange(int(length * RATE)) / RATE
        start = rng.uniform(110, 190)
        phase = 2 * np.pi * np.cumsum(start * (1 + rng.uniform(-0.6, 0.6) * t)) / RATE
        formants = rng.uniform(300, 800), rng.uniform(900, 2200), rng.uniform(2300, 3000)
        wave = np.zeros(len(t))
        for k in range(1, 30):
            gain = sum(np.exp(-(((k * start - f) / 150) ** 2)) for f in formants) + 0.03
            wave += gain * np.sin(k * phase) / np.sqrt(k)
        parts += [
            wave * np.hanning(len(t)) * rng.uniform(0.4, 1.0),
            np.zeros(int(rng.uniform(0.02, 0.12) * RATE)),
        ]
        at += length + 0.07
    sound = np.concatenate(parts)
    sound += rng.normal(0, 0.002, len(sound))
    return (sound / np.abs(sound).max() * 12000).astype(np.int16)


portrait = face  # `camera` has an argument of that name


def camera(path, *, face):
    """A camera's picture for Chromium: somebody who moves a little, or a room in which only a lamp moves."""
    with av.open(str(path), "w", format="yuv4mpegpipe") as out:
        stream = out.add_stream("wrapped_avframe", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for n in range(40):
            grey = portrait(160 + n % 20, shut=n % 13 == 0) if face else room(n % 20)
            frame = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
