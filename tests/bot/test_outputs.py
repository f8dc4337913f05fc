"""Where a show goes: recording, files and channels as ordered, and what became of each in the ledger."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import av
import pytest
import synthetic

from bot.compliance.evidence import ShowFacts
from bot.compliance.merge import Merged
from bot.outputs import Outputs
from bot.settings import Settings
from bot.show.messages import Media
from bot.stage.judges import Spell
from connectors.base import Cap, ChatState, Hearing, ShowInfo

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Rig:
    def __init__(self, tmp: Path, to=(), *, record=False, out=None, rehearsal=False, store=None) -> None:
        self.encoder, self.notes = synthetic.encoder(), []
        order = SimpleNamespace(to=tuple(to), record=record, platform=None, accounts=True)
        builder = SimpleNamespace(
            shop=SimpleNamespace(
                show=SimpleNamespace(channels=("room",)),
                persona=SimpleNamespace(licence=None, clone=None),
                pictures={},
            ),
            order=order,
            settings=Settings(data=tmp / "data", store=store),
            folder=tmp / "run",
            decision=SimpleNamespace(merged=Merged(), facts=ShowFacts()),
        )
        self.parts = SimpleNamespace(
            info=ShowInfo("s", "A show", "en", synthetic.WIDTH, synthetic.HEIGHT, 25),
            air=SimpleNamespace(sinks=[]),
            clock=SimpleNamespace(now=lambda: NOW),
            record=SimpleNamespace(note=lambda kind, data: self.notes.append((kind, data))),
            channels=[],
            minutes=None,
            opening=[],
            loop=None,
            room_inbox=asyncio.Queue(),
            recording_failure=lambda: None,
            outlets=dict,
            unstored=str,
        )
        self.outputs = Outputs(builder, self.parts, self.encoder, rehearsal=rehearsal, out=out)
        self.outputs.attach()

    def air(self, frames: int) -> None:
        for n, packets in enumerate(synthetic.ticks(self.encoder, frames)):
            for sink in self.parts.air.sinks:
                sink.take(n, packets)

    async def end(self) -> None:
        last = self.encoder.close()
        for sink in self.parts.air.sinks:
            sink.take(10**6, last)
            sink.close()
        await self.outputs.close()
        await asyncio.sleep(0.05)

    def noted(self, kind: str) -> list[dict]:
        return [d for k, d in self.notes if k == kind]


def pictures(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


async def test_a_rehearsal_writes_one_film_and_records_nothing_else(tmp_path) -> None:
    film = tmp_path / "show.mp4"
    rig = Rig(tmp_path, record=True, out=film, rehearsal=True)
    rig.air(40)
    await rig.end()
    assert pictures(film) == 40
    assert not (tmp_path / "run" / "recording").exists()


async def test_a_live_show_is_recorded_in_segments_that_the_ledger_knows_by_their_hash(tmp_path) -> None:
    rig = Rig(tmp_path, record=True)
    rig.parts.loop = asyncio.get_running_loop()
    rig.air(60)
    await rig.end()
    notes = rig.noted("recording.segment")
    assert sum(n["frames"] for n in notes) == 60
    assert [n["sha256"] for n in notes] == [s.sha256 for s in rig.outputs.keeping.segments]
    assert all((tmp_path / "run" / "recording" / n["file"]).exists() for n in notes)
    assert rig.parts.recording_failure() is None


async def test_what_is_recorded_goes_into_the_shop_s_store(tmp_path) -> None:
    rig = Rig(tmp_path, record=True, store=str(tmp_path / "store"))
    rig.parts.loop = asyncio.get_running_loop()
    rig.outputs.copy.settle = partial(rig.outputs.copy.settle, 60)  # a busy machine may take longer
    rig.air(60)
    await rig.end()
    kept = {n["file"]: n["sha256"] for n in rig.noted("store.kept")}
    assert kept == {n["file"]: n["sha256"] for n in rig.noted("recording.segment")} and kept
    assert all((tmp_path / "store" / "shows" / "run" / "recording" / name).exists() for name in kept)
    assert rig.parts.unstored() == "" and rig.outputs.copy.finish(20) == ()


async def test_a_store_that_cannot_be_opened_keeps_no_show_from_the_air(tmp_path) -> None:
    rig = Rig(tmp_path, record=True, store="s3://user@shop")
    rig.parts.loop = asyncio.get_running_loop()
    rig.air(60)
    await rig.end()
    assert rig.noted("recording.segment") and "CASTMATE_STORE" in rig.noted("store.failed")[0]["why"]
    assert "CASTMATE_STORE" in rig.parts.unstored()


async def test_a_channel_opens_when_it_is_told_and_its_end_is_noted(tmp_path) -> None:
    film = tmp_path / "copy.mp4"
    rig = Rig(tmp_path, to=[str(film)])
    (channel,) = rig.parts.channels
    assert channel.name == "file-1" and rig.parts.outlets() == {}
    assert not rig.parts.settled()
    channel.open_sink()
    await asyncio.gather(*rig.parts.opening)
    assert [n["channel"] for n in rig.noted("channel.open")] == ["file-1"]
    assert rig.parts.settled()
    rig.air(55)
    assert list(rig.parts.outlets()) == ["file-1"]
    await rig.end()
    (closed,) = rig.noted("channel.closed")
    assert closed["channel"] == "file-1" and closed["dropped"] == 0
    assert pictures(film) >= 50


async def test_how_a_chat_stands_is_noted_when_it_changes_and_what_it_waits_for(tmp_path) -> None:
    rig, waiting = Rig(tmp_path), ChatState.WAITING
    out = SimpleNamespace(name="youtube-1", connector=None, chat=(ChatState.OFF, ""))
    for hearing in (
        Hearing(ChatState.OPEN, ""),
        Hearing(ChatState.OPEN, "read by polls"),
        Hearing(waiting, "cut"),
        Hearing(waiting, "cut"),
        Hearing(waiting, "until 08:00 UTC"),
        Hearing(ChatState.OPEN, ""),
    ):
        out.connector = SimpleNamespace(hearing=lambda hearing=hearing: hearing)
        rig.outputs._note_chat(out)
    told = [(note["state"], note["why"]) for kind, note in rig.notes if kind == "channel.chat"]
    assert told == [("open", ""), (waiting, "cut"), (waiting, "until 08:00 UTC"), ("open", "")]


async def test_a_file_begins_with_the_show_and_not_at_the_next_keyframe(tmp_path) -> None:
    film = tmp_path / "copy.mp4"
    rig = Rig(tmp_path, to=[str(film)])
    ticks = synthetic.ticks(rig.encoder, 60)
    for n, packets in enumerate(ticks):
        if n == 20:  # in the middle of a group of pictures
            rig.parts.channels[0].open_sink()
            await asyncio.gather(*rig.parts.opening)
        for sink in rig.parts.air.sinks:
            sink.take(n, packets)
    await rig.end()
    assert 38 <= pictures(film) <= 40


async def test_a_channel_that_cannot_open_is_noted_and_the_show_goes_on(tmp_path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    rig = Rig(tmp_path, to=[str(tmp_path / "file" / "x.mp4")])
    rig.parts.channels[0].open_sink()
    await asyncio.gather(*rig.parts.opening)
    assert [n["channel"] for n in rig.noted("channel.failed")] == ["file-1"]
    assert rig.noted("channel.failed")[0]["why"]
    await rig.end()
    assert rig.noted("channel.closed") == []


async def test_addresses_make_connectors_of_their_kind_and_names_of_their_own(tmp_path) -> None:
    key = "rtmp://127.0.0.1:1/live/secret-key"
    rig = Rig(tmp_path, to=[key, str(tmp_path / "a.mp4"), key.upper().replace("RTMP", "rtmps")])
    names = [c.name for c in rig.parts.channels]
    assert [n.rsplit("-", 1)[1] for n in names] == ["1", "2", "3"] and len(set(names)) == 3
    assert names[1] == "file-2"
    assert "secret" not in repr(rig.parts.channels).lower()


async def test_the_room_gets_the_init_segment_first_then_fragments_from_the_air(tmp_path) -> None:
    rig, sent = Rig(tmp_path), []
    link = SimpleNamespace(send_media=lambda media, data: sent.append((media, data)), connected=True)
    rig.outputs.attach_room(link)
    assert [m for m, _ in sent] == [Media.INIT] and sent[0][1][4:8] == b"ftyp"
    rig.air(60)
    await asyncio.sleep(0.01)
    kinds = [m for m, _ in sent[1:]]
    assert kinds[0] is Media.KEY and Media.DELTA in kinds
    room = rig.parts.channels[0].connector
    assert Cap.CHAT_OUT in room.caps
    assert (await room.say("hello", "m1")).ok
    link.connected = False
    lost = await room.say("hello", "m1")
    assert not lost.ok and lost.reason


@pytest.mark.parametrize("word", ["AIGC", "title"])
async def test_every_output_carries_the_metadata(tmp_path, word: str) -> None:
    assert Rig(tmp_path).outputs.metadata[word]


async def test_what_a_platform_plays_back_is_noted_and_alarms_are_told_once(tmp_path) -> None:
    class Back:
        left, faults, closed = [Spell("label", True, 0, 3, 0.9)], {}, False

        def spells(self):
            done, self.left = tuple(self.left), []
            return done

        def bad(self):
            return self.faults

        def close(self):
            self.closed = True
            return (Spell("label", False, 3, 9, 0.1),)

    rig, back = Rig(tmp_path, to=[str(tmp_path / "copy.mp4")]), Back()
    (out,) = rig.outputs._outs
    out.playback = back
    rig.outputs._note_changes()
    back.faults = {"label": 3.0}
    rig.outputs._note_changes()
    rig.outputs._note_changes()
    assert rig.noted("watch.alarm") == [{"channel": "file-1", "check": "playback label"}]
    await rig.end()
    assert back.closed
    assert [(n["channel"], n["check"], n["ok"]) for n in rig.noted("watch.playback")] == [
        ("file-1", "label", True),
        ("file-1", "label", False),
    ]
