"""Where one show goes: recording, live room, channels. Made from the order; attached to the air."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bot.addresses import connector_for, is_file, sent_to
from bot.clock import SystemClock
from bot.keeping import Keeping
from bot.show.link import Link
from bot.show.parts import Channel, Parts
from bot.show.pictures import PlatformPictures
from bot.show.platform_notes import PlatformNotes, wanted_of
from bot.show.watching import spell_record
from bot.stage.aigc import aigc_record
from bot.stage.egress import NetworkOutlet, open_outlet
from bot.stage.encoder import Encoder
from bot.stage.fanout import Fanout
from bot.stage.judges import Spell
from bot.stage.mux import FragmentMuxer, Piece
from bot.stage.outlet import Outlet, OutletState, OutletStats
from bot.stage.playback import Playback
from bot.stage.recording import FileRecorder
from bot.stage.sinks import FragmentSink, OutletSink, RecorderSink
from bot.stage.turns import turn_for
from bot.stage.watch import LabelWatch
from bot.storage.shared import open_copy
from bot.storage.shows import ShowCopy
from connectors.base import ChatState, Connector, Ingest, SayResult
from connectors.room.connector import RoomConnector
from products.errors import CastmateError, RemoteError

if TYPE_CHECKING:
    from bot.app import ShowBuilder

FOLLOW_S = 1.0  # how often the channels are looked at
RENEW_S = 20.0  # a platform gets so long to give a new address


@dataclass(slots=True)
class _Out:
    """A channel that pushes: its outlet exists once the show is live."""

    name: str
    connector: Connector
    outlet: Outlet | None = None
    live: bool = False
    error: str = ""
    rollovers: int = 0
    kbps: int = 0
    alarm: bool = False
    playback: Playback | None = None
    playback_bad: frozenset[str] = frozenset()
    chat: tuple[ChatState, str] = (ChatState.OFF, "")  # why: while it waits
    gap_s: float | None = None

    @property
    def settled(self) -> bool:
        """Whether it takes the picture by now, or it is known why it does not."""
        stats = None if self.outlet is None else self.outlet.stats()
        if stats is not None and stats.waits_turn:
            return False
        state = None if stats is None else stats.state
        return bool(self.error) or state in (OutletState.LIVE, OutletState.BACKING_OFF, OutletState.FAILED)


class Outputs:
    """The outputs of one show. `keeping`: its recording."""

    def __init__(
        self, builder: "ShowBuilder", parts: Parts, encoder: Encoder, *, rehearsal: bool, out: Path | None
    ) -> None:
        self._builder, self._parts, self._encoder = builder, parts, encoder
        self._rehearsal, self._out = rehearsal, out
        show = parts.info.id
        produce_id = f"{show}-{builder.folder.name}"
        self.metadata = {"title": parts.info.title}
        if builder.decision.facts.synthetic:  # a human's own show is not marked as AI
            self.metadata["AIGC"] = aigc_record(builder.settings.producer, produce_id)
        self.keeping = Keeping(
            parts.info, builder.decision, builder.settings, encoder, self.metadata, self._loop_note,
            parts.clock.now,
        )  # fmt: skip
        self._outs: list[_Out] = []
        self._platforms = PlatformNotes(parts.record.note, lambda name, seen: parts.metrics(name, seen))
        self._pictures = PlatformPictures(builder.folder / "pictures", parts.record.note)
        self._fanout: Fanout | None = None
        self._following: asyncio.Task[None] | None = None
        self.copy: ShowCopy | None = None  # of what is recorded, into the shop's store

    def attach(self) -> None:
        """Recording and channels, as ordered."""
        parts = self._parts
        if self._out is not None:
            parts.air.sinks.append(_FileSink(FileRecorder(self._out, self._encoder, self.metadata)))
        elif self._builder.order.record:
            self._attach_store()
            recorder = self.keeping.record(self._builder.folder / "recording", parts.minutes)
            parts.air.sinks.append(RecorderSink(recorder))
            parts.recording_failure = lambda: recorder.failure
        for number, address in enumerate(self._addresses(), 1):
            self._add_channel(number, address)
        parts.troubles = lambda: {o.name: o.error for o in self._outs if o.error and not o.live}
        parts.settled = lambda: all(o.settled for o in self._outs)
        parts.wanted = lambda: wanted_of((o.name, o.connector) for o in self._outs)
        parts.outlets = self._stats
        parts.waits_turn = lambda: any(s.waits_turn for s in self._stats().values())

    def _attach_store(self) -> None:
        """A store that cannot be opened keeps no show from the air: it is told, and all stays on the disk."""
        builder, parts = self._builder, self._parts
        if not builder.settings.store:
            return
        try:
            shop = builder.shop
            self.copy = open_copy(
                builder.settings, builder.folder, shop.persona, shop.pictures.values(), self._loop_note
            )
        except CastmateError as error:
            parts.record.note("store.failed", {"why": str(error)})
            parts.unstored = lambda why=str(error): why  # type: ignore[misc]
        if (copy := self.copy) is not None:
            self.keeping.stored = copy.segment
            parts.unstored, parts.storing = copy.trouble, copy.figures

    def _stats(self) -> dict[str, OutletStats]:
        """Each open channel at a glance, with the rate that it gets."""
        rates = {} if self._fanout is None else self._fanout.rates()
        return {
            o.name: replace(o.outlet.stats(), kbps=rates.get(o.name, 0))
            for o in self._outs
            if o.outlet is not None
        }

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
        for out in self._outs:
            await self._pictures.take(out.name, out.connector)
            if out.playback is not None:
                spells, out.playback = out.playback.close(), None
                self._note_playback(out, spells)
        waits = [asyncio.to_thread(o.outlet.close, 3.0) for o in self._outs if o.outlet is not None]
        await asyncio.gather(*waits)
        await self.keeping.close(self._files())
        if self.copy is not None:
            await asyncio.to_thread(self.copy.settle)
        for out in self._outs:
            if out.outlet is not None:
                stats = out.outlet.stats()
                note = {
                    "channel": out.name,
                    "sent": stats.sent,
                    "dropped": stats.dropped,
                    "reconnects": stats.reconnects,
                    "error": stats.last_error,
                    "rollovers": stats.rollovers,
                }
                self._parts.record.note("channel.closed", note)

    def _note_line(self, out: _Out, stats: OutletStats) -> None:
        """Change-overs, rates and alarms, each when it changes."""
        note = self._parts.record.note
        if stats.rollovers > out.rollovers:
            note("channel.rollover", {"channel": out.name, "number": stats.rollovers})
        if stats.kbps != out.kbps and out.kbps:
            note("channel.rate", {"channel": out.name, "kbps": stats.kbps})
        if stats.alarm and not out.alarm:
            note("channel.alarm", {"channel": out.name, "state": str(stats.state), "why": stats.last_error})
        if stats.gap_s is not None and out.gap_s is None:
            note("channel.taken_over", {"channel": out.name, "gap_s": round(stats.gap_s, 3)})
        out.rollovers, out.kbps, out.alarm = stats.rollovers, stats.kbps, stats.alarm
        out.gap_s = stats.gap_s

    async def _follow(self) -> None:
        """Until cancelled: what becomes of the channels goes into the ledger."""
        while True:
            self._note_changes()
            for out in self._outs:
                await self._pictures.take(out.name, out.connector)
                if out.outlet is not None:
                    await self._platforms.look(out.name, out.connector)
            await asyncio.sleep(FOLLOW_S)

    def _note_changes(self) -> None:
        told = self._stats()
        for out in self._outs:
            if out.playback is not None:
                self._note_playback(out, out.playback.spells())
            self._note_chat(out)
            if out.outlet is None:
                continue
            stats = told[out.name]
            self._note_line(out, stats)
            live = stats.state is OutletState.LIVE
            if live and not out.live:
                self._parts.record.note("channel.live", {"channel": out.name})
            if stats.last_error and not live and (stats.last_error != out.error or out.live):
                trouble = {"channel": out.name, "state": str(stats.state), "why": stats.last_error}
                self._parts.record.note("channel.trouble", trouble)
                out.error = stats.last_error
            out.live = live

    def _note_chat(self, out: _Out) -> None:
        """How the channel's chat stands, when that changes: lost, deaf, back; and what it now waits for."""
        hearing = out.connector.hearing()
        stands = (hearing.state, hearing.why if hearing.state is ChatState.WAITING else "")
        if stands != out.chat:
            out.chat = stands
            note = {"channel": out.name, "state": str(hearing.state), "why": hearing.why}
            self._parts.record.note("channel.chat", note)

    def _note_playback(self, out: _Out, spells: tuple[Spell, ...]) -> None:
        """What the platform plays back, as our own eyes see it; an alarm as soon as a check is bad."""
        for spell in spells:
            self._parts.record.note("watch.playback", {"channel": out.name, **spell_record(spell)})
        bad = frozenset(() if out.playback is None else out.playback.bad())
        for check in sorted(bad - out.playback_bad):
            self._parts.record.note("watch.alarm", {"channel": out.name, "check": f"playback {check}"})
        out.playback_bad = bad

    def _files(self) -> tuple[Path, ...]:
        """The show in one piece: a rehearsal's film, file channels."""
        channels = [Path(address) for address in self._addresses() if is_file(address)]
        return (*channels, *([self._out] if self._out is not None else []))

    def _loop_note(self, kind: str, data: dict[str, Any]) -> None:
        loop = self._parts.loop
        if loop is None:  # not on air yet: called where the show is built
            self._parts.record.note(kind, data)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._parts.record.note, kind, data)

    def _addresses(self) -> tuple[str, ...]:
        """What was ordered, and the accounts that the show file names."""
        return sent_to(self._builder.order, self._builder.shop.show.channels)

    def _add_channel(self, number: int, address: str) -> None:
        parts, clock = self._parts, self._parts.clock
        connector = connector_for(address, self._builder.order.platform, clock, self._builder.settings)
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
            await self._platforms.declare(out.name, out.connector, self._parts.info.synthetic)
            self._connect(out, ingest, asyncio.get_running_loop())
        except CastmateError as error:
            self._parts.record.note("channel.failed", {"channel": out.name, "why": str(error)})
            out.error = str(error)
            return
        self._parts.record.note("channel.open", {"channel": out.name, "to": ingest.shown})
        if ingest.playback is not None:
            info, label = self._parts.info, LabelWatch(self._parts.label)
            out.playback = Playback(out.name, ingest.playback, label, (info.height, info.width))

    def _connect(self, out: _Out, ingest: Ingest, loop: asyncio.AbstractEventLoop) -> None:
        """The channel's way out, and its place at the air. Raises SetupError."""
        sinks, settings = self._parts.air.sinks, self._builder.settings
        if self._fanout is None and ingest.kind != "file":
            self._fanout = Fanout(self._encoder)
            sinks.append(self._fanout)
        hevc = ingest.codec == "hevc" and self._fanout is not None
        treatment = self._fanout.treat(settings.hevc_encoder) if hevc and self._fanout is not None else None
        out.outlet = open_outlet(
            out.name, ingest, self._encoder, self.metadata, clock=SystemClock(), rng=Random(),
            renew=lambda: self._renew(out, loop), template=None if treatment is None else treatment.template,
            turn=turn_for(settings.data / "locks" / "channels", ingest.url.reveal(), SystemClock().now),
        )  # fmt: skip
        if self._fanout is not None and isinstance(out.outlet, NetworkOutlet):
            self._fanout.add(out.outlet, treatment)
        else:
            sinks.append(OutletSink(out.outlet, self._encoder))

    def _renew(self, out: _Out, loop: asyncio.AbstractEventLoop) -> Ingest:
        """The channel's next address, from its platform; called on the channel's own threads."""
        asked = asyncio.run_coroutine_threadsafe(out.connector.next_ingest(self._parts.info), loop)
        try:
            return asked.result(RENEW_S)
        except TimeoutError:
            asked.cancel()
            raise RemoteError(
                f"{out.name}: the platform gives no new address.", remedy="Look at its live page."
            ) from None


class _FileSink:
    """A rehearsal's one file; written on the air's own thread, since time waits for it."""

    def __init__(self, recorder: FileRecorder) -> None:
        self._recorder = recorder

    def take(self, n: int, packets: Any) -> None:
        self._recorder.write(packets)

    def close(self) -> None:
        self._recorder.close()
