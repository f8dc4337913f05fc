"""What every Connector keeps to. Add a maker here and the whole suite runs over it."""

import asyncio
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import Cap, EventKind, Ingest, SayResult, Secret, ShowInfo
from connectors.file.connector import FileConnector
from connectors.room.connector import RoomConnector
from connectors.rtmp.connector import RtmpConnector
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector
from products.errors import Refused

SHOW = ShowInfo("show-7", "Spring sale", "en", 720, 1280, 25)
KEY = "live_SECRET-key_42"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def rtmp(tmp_path):
    return RtmpConnector(Secret(f"rtmp://127.0.0.1:1935/live/{KEY}"))


def rtmps_known(tmp_path):
    return RtmpConnector(Secret(f"rtmps://a.rtmps.youtube.com:443/live2/{KEY}"))


def srt(tmp_path):
    return SrtConnector(Secret(f"srt://127.0.0.1:9000?streamid={KEY}"))


def whip(tmp_path):
    return WhipConnector(Secret(f"whip+http://127.0.0.1:8080/whip/live#{KEY}"))


def file(tmp_path):
    return FileConnector(tmp_path / "show.flv", now=lambda: NOW)


def file_with_chat(tmp_path):
    chat = tmp_path / "chat.txt"
    chat.write_text("Mei: is it waterproof?\nLi: 多少钱？\n", "utf-8")
    return FileConnector(tmp_path / "show.mp4", chat, now=lambda: NOW)


def room(tmp_path):
    async def post(text, reply_to):
        return SayResult(ok=True, id="1")

    return RoomConnector(post, asyncio.Queue(10))


MAKERS = [rtmp, rtmps_known, srt, whip, file, file_with_chat, room]


@pytest.fixture(params=MAKERS, ids=lambda m: m.__name__)
def connector(request, tmp_path: Path):
    return request.param(tmp_path)


def test_it_names_its_platform_and_its_capabilities(connector):
    assert connector.platform
    assert connector.caps <= frozenset(Cap)


async def test_open_says_where_to_push_and_shows_no_key(connector):
    ingest = await connector.open(SHOW)
    assert isinstance(ingest, Ingest)
    assert ingest.kind in {"rtmp", "rtmps", "srt", "whip", "file", "room"}
    assert Cap.EGRESS in connector.caps
    for text in (repr(ingest), str(ingest), ingest.shown, repr(connector), str(vars(connector))):
        assert KEY not in text


async def test_the_next_ingest_is_of_the_same_kind(connector):
    assert (await connector.next_ingest(SHOW)).kind == (await connector.open(SHOW)).kind


async def test_what_it_cannot_do_is_refused_with_its_name(connector):
    for cap, call in ((Cap.CHAT_OUT, connector.say("hello")), (Cap.PIN, connector.pin("mug"))):
        if cap in connector.caps:
            call.close()
            continue
        with pytest.raises(Refused, match=f"{connector.platform} cannot do {cap.value}"):
            await call


async def test_events_end_when_it_is_closed_and_close_may_be_called_again(connector):
    await connector.open(SHOW)
    assert inspect.isasyncgen(connector.events())

    async def read():
        return [event async for event in connector.events()]

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0.01)
    assert not reading.done()
    await connector.close("the show is over")
    await connector.close("again")
    events = await asyncio.wait_for(reading, 5)
    ids = [(e.platform, e.id) for e in events]
    assert len(ids) == len(set(ids))
    assert all(e.at.tzinfo is not None and e.platform == connector.platform for e in events)
    if Cap.CHAT_IN not in connector.caps:
        assert not [e for e in events if e.kind is EventKind.COMMENT]
