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


def other(x=160, y=120, r=70, shut=False):
    """Somebody else: lighter hair and skin, a narrower face, eyes further apart, the mouth higher."""
    picture = np.full((240, 320), 142, np.uint8)
    cv2.ellipse(picture, (x, y - 10), (int(r * 0.828), int(r * 1.2)), 0, 0, 360, 47, -1)
    cv2.ellipse(picture, (x, y), (int(r * 0.66), r), 0, 0, 360, 216, -1)
    for side in (-1, 1):
        eye = (x + side * int(r * 0.363), y - int(r * 0.065))
        cv2.ellipse(picture, eye, (int(r * 0.086), 1 if shut else int(r * 0.043)), 0, 0, 360, 250, -1)
        cv2.circle(picture, eye, max(2, int(r * 0.0387)), 20, -1)
        brow = int(r * 0.265)
        left, right = (eye[0] - int(r * 0.2), eye[1] - brow), (eye[0] + int(r * 0.2), eye[1] - brow)
        cv2.line(picture, left, right, 40, 5)
    cv2.line(picture, (x, y - int(r * 0.05)), (x + 2, y + int(r * 0.112)), 166, 3)
    cv2.ellipse(picture, (x, y + int(r * 0.112)), (int(r * 0.073), int(r * 0.07)), 0, 0, 180, 146, 3)
    cv2.ellipse(picture, (x, y + int(r * 0.427)), (int(r * 0.142), int(r * 0.08)), 0, 0, 360, 126, -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.6)


def turned(x=160, y=120, r=70, *, side):
    """The first face turned to its own `side`, "left" (to the right of the picture) or "right"."""
    picture, s = np.full((240, 320), 150, np.uint8), int(r * 0.3)
    cv2.ellipse(picture, (x, y - 10), (int(r * 0.95), int(r * 1.2)), 0, 0, 360, 60, -1)
    cv2.ellipse(picture, (x, y), (int(r * 0.75), r), 0, 0, 360, 205, -1)
    for near, w in ((-1, 1.0), (1, 0.6)):
        eye = (x + s + int(near * r * 0.27 * w), y - int(r * 0.2))
        cv2.ellipse(picture, eye, (int(r * 0.15 * w), int(r * 0.08)), 0, 0, 360, 245, -1)
        cv2.circle(picture, eye, int(r * 0.07), 40, -1)
        left, right = eye[0] - int(r * 0.17 * w), eye[0] + int(r * 0.17 * w)
        cv2.line(picture, (left, eye[1] - int(r * 0.2)), (right, eye[1] - int(r * 0.2)), 70, max(2, r // 14))
    nose = (x + s + int(r * 0.12), y + int(r * 0.2))
    cv2.ellipse(picture, nose, (int(r * 0.12), int(r * 0.07)), 0, 0, 180, 130, max(2, r // 20))
    top, tip = (x + s + int(r * 0.2), y - int(r * 0.1)), (x + s + int(r * 0.22), y + int(r * 0.2))
    cv2.line(picture, top, tip, 130, 3)
    cv2.ellipse(picture, (x + s, y + int(r * 0.5)), (int(r * 0.2), int(r * 0.1)), 0, 0, 360, 90, -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.6)
    return picture if side == "left" else np.ascontiguousarray(picture[:, ::-1])


TURNS = {**dict.fromkeys(range(30, 40), "left"), **dict.fromkeys(range(50, 60), "right")}  # of TURN_PERIOD
TURN_PERIOD = 75  # pictures: 15 s of a camera's


def living(seed=0, draw=face, turns=False):
    """Pictures of somebody before a camera, without end: they move a little, blink, and the camera has
    noise. `turns`: to either side for two seconds, every quarter of a minute.
    """
    rng, x, n = np.random.default_rng(seed), 160.0, 0
    while True:
        x = min(175.0, max(145.0, x + rng.uniform(-3, 3)))
        side = TURNS.get(n % TURN_PERIOD) if turns else None
        if side is not None:
            picture = turned(round(x), side=side)
        else:
            picture = draw(round(x), shut=n % 13 == 0) if draw is not room else room(n % 20)
        yield np.clip(picture + rng.normal(0, 2.0, picture.shape), 0, 255).astype(np.uint8)
        n += 1


FPS = 5
portrait = face  # `camera` has an argument of that name


def camera(path, *, face, seconds=60.0, draw=None, turns=False):
    """A camera's picture for Chromium, which plays the file again and again: somebody who moves a little, or
    a room in which only a lamp moves. A few `seconds` make a film played in a loop. `draw`: another face.
    `turns`: they look aside now and then.
    """
    pictures = living(draw=draw or portrait, turns=turns) if face else living(draw=room)
    with av.open(str(path), "w", format="yuv4mpegpipe") as out:
        stream = out.add_stream("wrapped_avframe", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for n in range(round(seconds * FPS)):
            grey = next(pictures)
            frame = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
