"""Where one show goes: recording, live room, channels. Made from the order; attached to the air."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bot.clock import SystemClock
from bot.keeping import Keeping
from bot.show.link import Link
from bot.show.parts import Channel, Parts
from bot.stage.aigc import aigc_record
from bot.stage.egress import open_outlet
from bot.stage.encoder import Encoder
from bot.stage.mux import FragmentMuxer, Piece
from bot.stage.outlet import Outlet, OutletState
from bot.stage.recording import FileRecorder
from bot.stage.sinks import FragmentSink, OutletSink, RecorderSink
from connectors.base import SayResult, Secret
from connectors.file.connector import FileConnector
from connectors.room.connector import RoomConnector
from connectors.rtmp.connector import RtmpConnector
from products.errors import CastmateError

if TYPE_CHECKING:
    from bot.app import ShowBuilder

FOLLOW_S = 1.0  # how often the channels are looked at


@dataclass(slots=True)
class _Out:
    """A channel that pushes: its outlet exists once the show is live."""

    name: str
    connector: Any
    outlet: Outlet | None = None
    live: bool = False
    error: str = ""


class Outputs:
    """The outputs of one show. `keeping`: its recording."""

    def __init__(
        self, builder: "ShowBuilder", parts: Parts, encoder: Encoder, *, rehearsal: bool, out: Path | None
    ) -> None:
        self._builder, self._parts, self._encoder = builder, parts, encoder
        self._rehearsal, self._out = rehearsal, out
        show = parts.info.id
        produce_id = f"{show}-{builder.folder.name}"
        self.metadata = {
            "AIGC": aigc_record(builder.settings.producer, produce_id),
            "title": parts.info.title,
        }
        self.keeping = Keeping(
            parts.info, builder.decision, builder.settings, encoder, self.metadata, self._loop_note,
            parts.clock.now,
        )  # fmt: skip
        self._outs: list[_Out] = []
        self._following: asyncio.Task[None] | None = None

    def attach(self) -> None:
        """Recording and channels, as ordered."""
        parts = self._parts
        if self._out is not None:
            parts.air.sinks.append(_FileSink(FileRecorder(self._out, self._encoder, self.metadata)))
        elif self._builder.order.record:
            recorder = self.keeping.record(self._builder.folder / "recording", parts.minutes)
            parts.air.sinks.append(RecorderSink(recorder))
            parts.recording_failure = lambda: recorder.failure
        for number, address in enumerate(self._builder.order.to, 1):
            self._add_channel(number, address)
        parts.troubles = lambda: {o.name: o.error for o in self._outs if o.error and not o.live}
        parts.outlets = lambda: {o.name: o.outlet.stats() for o in self._outs if o.outlet is not None}

    def attach_room(self, link: Link) -> None:
        """The live room of the console that we are linked to."""
        parts = self._parts
        loop = asyncio.get_running_loop()

        def emit(piece: Piece) -> None:
            loop.call_soon_threadsafe(link.send_media, piece.media, piece.data)

        muxer = FragmentMuxer(self._encoder.template(), self.metadata)
        link.send_media(muxer.init.media, muxer.init.data)
        parts.air.sinks.append(FragmentSink(muxer, emit))

        async def post(text: str, reply_to: str | None) -> SayResult:
            return SayResult(
                link.connected, f"re.{reply_to}" if reply_to else "", "" if link.connected else "no room"
            )

        parts.channels.append(Channel("room", RoomConnector(post, parts.room_inbox)))

    async def close(self) -> None:
        """After the air has closed its sinks: waits for the recording and the channels, bounded."""
        if self._following is not None:
            self._following.cancel()
        self._note_changes()
        waits = [asyncio.to_thread(o.outlet.close, 3.0) for o in self._outs if o.outlet is not None]
        await asyncio.gather(*waits)
        await self.keeping.close(self._files())
        for out in self._outs:
            if out.outlet is not None:
                stats = out.outlet.stats()
                note = {
                    "channel": out.name,
                    "sent": stats.sent,
                    "dropped": stats.dropped,
                    "reconnects": stats.reconnects,
                    "error": stats.last_error,
                }
                self._parts.record.note("channel.closed", note)

    async def _follow(self) -> None:
        """Until cancelled: what becomes of the channels goes into the ledger."""
        while True:
            self._note_changes()
            await asyncio.sleep(FOLLOW_S)

    def _note_changes(self) -> None:
        for out in self._outs:
            if out.outlet is None:
                continue
            stats = out.outlet.stats()
            live = stats.state is OutletState.LIVE
            if live and not out.live:
                self._parts.record.note("channel.live", {"channel": out.name})
            if stats.last_error and not live and (stats.last_error != out.error or out.live):
                trouble = {"channel": out.name, "state": str(stats.state), "why": stats.last_error}
                self._parts.record.note("channel.trouble", trouble)
                out.error = stats.last_error
            out.live = live

    def _files(self) -> tuple[Path, ...]:
        """The show in one piece: a rehearsal's film, file channels."""
        channels = [Path(address) for address in self._builder.order.to if "://" not in address]
        return (*channels, *([self._out] if self._out is not None else []))

    def _loop_note(self, kind: str, data: dict[str, Any]) -> None:
        loop = self._parts.loop
        if loop is None:  # not on air yet: called where the show is built
            self._parts.record.note(kind, data)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._parts.record.note, kind, data)

    def _add_channel(self, number: int, address: str) -> None:
        parts, clock = self._parts, self._parts.clock
        if address.lower().startswith(("rtmp://", "rtmps://")):
            connector: Any = RtmpConnector(Secret(address), self._builder.order.platform)
        else:
            connector = FileConnector(Path(address), now=clock.now)
        out = _Out(f"{connector.platform}-{number}", connector)
        self._outs.append(out)
        parts.channels.append(Channel(out.name, connector, lambda: self._open(out)))

    def _open(self, out: _Out) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._open_later(out))
        self._parts.opening.append(task)
        if self._following is None:
            self._following = loop.create_task(self._follow())

    async def _open_later(self, out: _Out) -> None:
        try:
            ingest = await out.connector.open(self._parts.info)
            out.outlet = open_outlet(
                out.name, ingest, self._encoder, self.metadata, clock=SystemClock(), rng=Random()
            )
        except CastmateError as error:
            self._parts.record.note("channel.failed", {"channel": out.name, "why": str(error)})
            out.error = str(error)
            return
        self._parts.record.note("channel.open", {"channel": out.name, "to": ingest.shown})
        self._parts.air.sinks.append(OutletSink(out.outlet, self._encoder))


class _FileSink:
    """A rehearsal's one file; written on the air's own thread, since time waits for it."""

    def __init__(self, recorder: FileRecorder) -> None:
        self._recorder = recorder

    def take(self, n: int, packets: Any) -> None:
        self._recorder.write(packets)

    def close(self) -> None:
        self._recorder.close()
