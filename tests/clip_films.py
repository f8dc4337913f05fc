"""A piece of film as a camera would write it: a bright square that crosses a grey room, and a tone."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import yaml

RATE = 48_000
TONE = 523.0  # Hz
GROUND, SQUARE = 90, 220  # luma
APPROVED_AT = "2026-11-20T09:30:00Z"


def film_clip(
    path: Path, seconds: float = 2.4, *, width=480, height=640, fps=25, loud=0.1, sound=True, metadata=None
) -> Path:
    """The square's left edge stands at the share of the width that has passed of the time."""
    frames = round(seconds * fps)
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(metadata or {})
        picture = out.add_stream("libx264", rate=fps)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.options = {"preset": "ultrafast", "crf": "20"}
        picture.codec_context.colorspace, picture.codec_context.color_range = 1, 1
        voice = out.add_stream("aac", rate=RATE) if sound else None
        for n in range(frames):
            flat = np.full((height * 3 // 2, width), 128, np.uint8)
            flat[:height] = GROUND
            x = int(n / frames * (width - width // 4))
            flat[height // 3 : 2 * height // 3, x : x + width // 4] = SQUARE
            frame = av.VideoFrame.from_ndarray(flat, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, fps)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if voice is not None:
            t = np.arange(round(seconds * RATE)) / RATE
            tone = (loud * np.sin(2 * np.pi * TONE * t)).astype(np.float32)
            for at in range(0, len(tone), 1024):
                block = av.AudioFrame.from_ndarray(tone[None, at : at + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = RATE, at, Fraction(1, RATE)
                out.mux(voice.encode(block))
            out.mux(voice.encode(None))
    return path


def entry(path: Path, name: str = "pour", **changed) -> dict:
    """What a show file says of a film that was approved as it lies there. `changed`: None leaves a field
    out.
    """
    sha = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
    told = {
        "id": name,
        "file": str(path),
        "product": "dawn-mug",
        "origin": "filmed",
        "people": "none",
        "rights": "Filmed by Lin Hao for the Corner Shop",
        "sound": "muted",
        "approved": {"by": "Lin Hao", "at": APPROVED_AT, "sha256": sha},
        **changed,
    }
    return {k: v for k, v in told.items() if v is not None}


def show_with(sample: Path, to: Path, clips: list[dict], rundown: list) -> Path:
    """The show file `sample` at `to`, with these clips and this rundown; its paths still lead home."""
    told = yaml.safe_load(sample.read_text("utf-8"))
    for field in ("persona", "said", "scripts"):
        told[field] = str(sample.parent / told[field])
    for source in told["catalogue"]:
        source["file"] = str(sample.parent / source["file"])
    told |= {"clips": clips, "rundown": rundown}
    to.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return to
