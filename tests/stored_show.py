"""A show's folder as it lies after the show, without a film: a signed ledger, and segments of any bytes."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2000)


def segment_bytes(n: int) -> bytes:
    return hashlib.shake_128(b"segment %d" % n).digest(30_000 + n)


def aired(
    data: Path, name: str = "evening-1", segments: int = 3, keep_days: int = 30, *, closed: bool = True
) -> Path:
    """A show of so many minutes in a data folder. `closed`: False = as a machine leaves it that died."""
    folder = data / "shows" / name
    (folder / "recording").mkdir(parents=True)
    notes = [("recording.begun", {"keep_days": keep_days})]
    for n in range(segments):
        path = folder / "recording" / f"segment-{n:05d}.mp4"
        path.write_bytes(segment_bytes(n))
        sha256 = hashlib.sha256(segment_bytes(n)).hexdigest()
        times = {"from_ms": n * 60_000, "to_ms": (n + 1) * 60_000, "first_frame": n * 1500, "frames": 1500}
        notes.append(("recording.segment", {"file": path.name, "sha256": sha256, **times}))

    async def write() -> None:
        ledger = Ledger.open(folder / "ledger.jsonl", signing_key(data / "keys" / "ledger.pem"), name, NOW)
        for kind, told in notes:
            await ledger.append(Entry(kind=kind, at=NOW, data=told))
        await (ledger.close(NOW) if closed else ledger.leave(NOW))

    asyncio.run(write())
    return folder
