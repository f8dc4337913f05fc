"""How a show is kept: room reserved before it begins, segments signed, hashed and noted in its ledger."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.compliance.certificate import UNKNOWN, bought_credential, own_credential
from bot.compliance.credentials import SIGNED, Made, Signer, source_type
from bot.compliance.decision import Decision
from bot.settings import Settings
from bot.stage.encoder import Encoder
from bot.stage.recording import Recorder
from bot.stage.segments import Segment, sha256_of
from bot.stage.space import Reservation, needed, reserve
from connectors.base import ShowInfo
from products.errors import SetupError

KEPT = "replay_video"  # the packs' word for recordings in their retention rules

LARGEST = 2 << 30  # bytes of a film that is signed while a show ends: some seconds

Note = Callable[[str, dict[str, Any]], None]


def open_signer(settings: Settings, now: datetime) -> Signer:
    """What signs Content Credentials: a bought certificate where one is set, else the shop's own. Raises
    SetupError.
    """
    certificate, key = settings.c2pa_certificate, settings.c2pa_key
    if (certificate is None) != (key is None):
        raise SetupError(
            "Of CASTMATE_C2PA_CERTIFICATE and CASTMATE_C2PA_KEY only one is set.",
            remedy="Set both, or none: then the shop's own certificate signs.",
        )
    if certificate is not None and key is not None:
        return Signer(bought_credential(certificate, key), settings.c2pa_timestamps)
    return Signer(own_credential(settings.data / "keys", settings.producer, now), settings.c2pa_timestamps)


class Keeping:
    """One show's recording and the signing of its files. `note` may be called from any thread."""

    def __init__(
        self,
        info: ShowInfo,
        decision: Decision,
        settings: Settings,
        encoder: Encoder,
        metadata: Mapping[str, str],
        note: Note,
        now: Callable[[], datetime],
    ) -> None:
        self._info, self._settings, self._encoder, self._metadata = info, settings, encoder, metadata
        self._note, self._now = note, now
        self._source = source_type(decision.merged.value("provenance", "digital_source_type"), captured=True)
        self._keep_days = decision.merged.retention_days.get(KEPT, 0)
        self._signer: Signer | None = None
        self._reserved: Reservation | None = None
        self.recorder: Recorder | None = None
        self.segments: list[Segment] = []
        self.stored: Callable[[Path, int, str], object] = lambda path, size, sha256: None

    def record(self, folder: Path, minutes: float | None) -> Recorder:
        """Reserves room, then begins. Raises SetupError where there is none, or nothing to sign with."""
        settings, rates = self._settings, self._encoder.settings
        seconds = (minutes or settings.reserve_hours * 60) * 60
        self._signer = open_signer(settings, self._now())
        size = needed(seconds, rates.video_kbps, rates.audio_kbps)
        self._reserved = reserve(folder, settings.show_folder, size)
        self._note(
            "recording.begun",
            {"reserved_bytes": size, "keep_days": self._keep_days, "signed_with": self._with()},
        )
        self.recorder = Recorder(
            folder, self._encoder, self._metadata, self._on_segment, seal=self._seal_segment
        )
        return self.recorder

    async def close(self, files: tuple[Path, ...] = ()) -> None:
        """Closes the recording, bounded; signs `files` (the show in one piece) that can carry it."""
        if self.recorder is not None:
            await asyncio.to_thread(self.recorder.close, 5.0)
            if self.recorder.dropped:
                self._note("recording.dropped", {"packets": self.recorder.dropped})
        if self._reserved is not None:
            self._reserved.release()
        for path in files:
            if path.suffix.lower() in SIGNED and path.exists():
                await asyncio.to_thread(self._seal_file, path)

    def _with(self) -> str:
        if self._signer is None or not self._signer.credential.own:
            return "the certificate of CASTMATE_C2PA_CERTIFICATE"
        return UNKNOWN

    def _seal_segment(self, path: Path, first: int, frames: int) -> None:
        fps = self._info.fps
        part = {"from_ms": round(first * 1000 / fps), "to_ms": round((first + frames) * 1000 / fps)}
        self._seal(path, part)

    def _seal_file(self, path: Path) -> None:
        if path.stat().st_size > LARGEST:
            why = "larger than is signed while a show ends; castmate recording export makes a signed file"
            self._note("file.unsigned", {"file": path.name, "why": why})
            return
        try:
            self._signer = self._signer or open_signer(self._settings, self._now())
            if self._seal(path, {}):
                self._note("file.signed", {"file": path.name, "sha256": sha256_of(path)})
        except (OSError, SetupError) as error:  # the show is over: its film stays as it is
            self._note("file.unsigned", {"file": path.name, "why": str(error)})

    def _seal(self, path: Path, part: dict[str, int]) -> bool:
        """What cannot be signed is told and stays unsigned: its hash in the signed ledger still proves it."""
        assert self._signer is not None
        made = Made(f"{self._info.title} ({path.name})", self._source, {"show": self._info.id, **part})
        try:
            self._signer.sign(path, made, self._now())
        except SetupError as error:
            self._note("file.unsigned", {"file": path.name, "why": str(error)})
            return False
        return True

    def _on_segment(self, segment: Segment) -> None:
        self.segments.append(segment)
        fps = self._info.fps
        self._note(
            "recording.segment",
            {
                "file": segment.path.name,
                "sha256": segment.sha256,
                "bytes": segment.size,
                "first_frame": segment.first_frame,
                "frames": segment.frames,
                "from_ms": round(segment.first_frame * 1000 / fps),
                "to_ms": round((segment.first_frame + segment.frames) * 1000 / fps),
                **({"torn": True} if segment.torn else {}),
            },
        )
        self.stored(segment.path, segment.size, segment.sha256)
