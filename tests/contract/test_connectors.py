"""What every Connector keeps to. Each connector of the registry runs through all of it, by its rigs
(tests/rigs/NAME.py): a connector without one fails here.
"""

import asyncio
import inspect
import logging

import pytest
from rigs.base import Rig, all_rigs

from connectors.base import Cap, ChatState, CheckState, Event, EventKind, Gap, Ingest
from connectors.registry import listing
from products.errors import Refused

PATIENCE = 30.0  # seconds; nothing here takes long, but machines are busy
ALL = all_rigs()


@pytest.fixture(params=ALL, ids=[f"{name}-{make.__name__}" for name, make in ALL])
async def named_rig(request, tmp_path):
    name, make = request.param
    async with make(tmp_path) as rig:
        yield name, rig
        await asyncio.wait_for(rig.connector.close("the test is over"), PATIENCE)


@pytest.fixture
def rig(named_rig) -> Rig:
    return named_rig[1]


@pytest.fixture
def connector(rig):
    return rig.connector


def needed(rig: Rig, cap: Cap, *parts) -> bool:
    """Whether this rig can be asked; a connector that cannot do it is not."""
    return cap in rig.connector.caps and all(p is not None for p in parts)


class Reader:
    """Reads a connector's events as a show does."""

    def __init__(self, rig: Rig, cursor: str | None = None) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()
        self._task = asyncio.ensure_future(self._read(rig.connector.events(cursor)))

    async def _read(self, events) -> None:
        try:
            async for event in events:
                self.events.append(event)
                self._more.set()
        finally:
            self._more.set()

    async def until(self, found) -> Event:
        async with asyncio.timeout(PATIENCE):
            while True:
                self._more.clear()
                for event in self.events:
                    if found(event):
                        return event
                assert not self._task.done(), f"the chat ended: {self._task}"
                await self._more.wait()

    async def ended(self) -> list[Event]:
        await asyncio.wait_for(self._task, PATIENCE)
        return self.events


async def until(holds) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


async def listening(rig: Rig) -> Reader:
    """Opened, and its chat is heard."""
    await rig.connector.open(rig.show)
    reader = Reader(rig)
    if rig.connector.hearing().state is not ChatState.OFF or rig.cut is not None:
        await until(lambda: rig.connector.hearing().state is ChatState.OPEN)
    return reader


def said_as(id_: str):
    return lambda e: e.kind is EventKind.COMMENT and e.id == id_


def test_every_connector_of_ours_has_a_rig():
    assert {n for n, e in listing().entries.items() if e.ours} == {name for name, _ in ALL}
    assert listing().broken == {}


def test_it_names_its_platform_and_its_capabilities(named_rig):
    name, rig = named_rig
    entry = listing().entry(name)
    assert rig.connector.platform
    assert rig.connector.caps <= entry.caps


async def test_open_says_where_to_push_and_shows_no_key(rig, caplog):
    caplog.set_level(logging.DEBUG)
    ingest = await rig.connector.open(rig.show)
    assert isinstance(ingest, Ingest)
    assert ingest.kind in {"rtmp", "rtmps", "srt", "whip", "file", "room"}
    assert Cap.EGRESS in rig.connector.caps
    found = (
        repr(ingest),
        str(ingest),
        ingest.shown,
        repr(rig.connector),
        str(vars(rig.connector)),
        caplog.text,
    )
    for secret in rig.secrets:
        assert not [text for text in found if secret in text]


async def test_the_next_ingest_is_of_the_same_kind(rig):
    first = await rig.connector.open(rig.show)
    assert (await rig.connector.next_ingest(rig.show)).kind == first.kind


async def test_what_it_cannot_do_is_refused_with_its_name(connector):
    for cap, call in (
        (Cap.CHAT_OUT, connector.say("hello")),
        (Cap.PIN, connector.pin("mug")),
        (Cap.DISCLOSE, connector.disclose(True)),
        (Cap.METRICS, connector.metrics()),
    ):
        if cap in connector.caps:
            call.close()
            continue
        with pytest.raises(Refused, match=f"{connector.platform} cannot do {cap.value}"):
            await call


async def test_events_end_when_it_is_closed_and_close_may_be_called_again(rig):
    await rig.connector.open(rig.show)
    assert inspect.isasyncgen(rig.connector.events())
    reader = Reader(rig)
    await asyncio.sleep(0.01)
    assert not reader._task.done()
    await asyncio.wait_for(rig.connector.close("the show is over"), PATIENCE)
    await asyncio.wait_for(rig.connector.close("again"), PATIENCE)
    events = await reader.ended()
    ids = [(e.platform, e.id) for e in events]
    assert len(ids) == len(set(ids))
    assert all(e.at.tzinfo is not None and e.platform == rig.connector.platform for e in events)
    if Cap.CHAT_IN not in rig.connector.caps:
        assert not [e for e in events if e.kind is EventKind.COMMENT]


async def test_it_may_be_closed_without_having_been_opened(connector):
    await asyncio.wait_for(connector.close("never began"), PATIENCE)


async def test_a_comment_comes_once(rig):
    if not needed(rig, Cap.CHAT_IN, rig.write, rig.repeat):
        return
    reader = await listening(rig)
    await rig.write("1001", "Is it waterproof? 多少钱？")
    event = await reader.until(said_as("1001"))
    assert event.text == "Is it waterproof? 多少钱？"
    assert event.viewer
    assert event.at.tzinfo is not None
    await rig.repeat("1001")
    await rig.write("1002", "and blue?")
    await reader.until(said_as("1002"))
    assert [e.id for e in reader.events if e.kind is EventKind.COMMENT] == ["1001", "1002"]


async def test_what_comes_out_of_order_comes_all_the_same(rig):
    if not needed(rig, Cap.CHAT_IN, rig.write):
        return
    reader = await listening(rig)
    for id_ in ("1003", "1001", "1002"):
        await rig.write(id_, f"words {id_}")
        await reader.until(said_as(id_))
    assert [e.id for e in reader.events if e.kind is EventKind.COMMENT] == ["1003", "1001", "1002"]


async def test_what_is_no_message_does_not_end_the_chat(rig):
    if not needed(rig, Cap.CHAT_IN, rig.write, rig.garble):
        return
    reader = await listening(rig)
    await rig.garble()
    await rig.write("1001", "still there?")
    await reader.until(said_as("1001"))


async def test_after_a_cut_the_chat_comes_back_and_tells_the_gap(rig):
    if not needed(rig, Cap.CHAT_IN, rig.write, rig.cut):
        return
    reader = await listening(rig)
    await rig.write("1001", "before")
    await reader.until(said_as("1001"))
    await rig.cut()
    await until(lambda: rig.connector.hearing().state is not ChatState.OPEN)
    await until(lambda: rig.connector.hearing().state is ChatState.OPEN)
    await rig.write("1002", "after")
    await reader.until(said_as("1002"))
    gap = await reader.until(lambda e: e.kind is EventKind.GAP or bool(e.cursor))
    assert gap.cursor or (isinstance(gap.detail, Gap) and gap.detail.since <= gap.detail.until)
    hearing = rig.connector.hearing()
    assert hearing.reconnects >= 1
    assert hearing.received == (
        hearing.handed_on + hearing.duplicates + hearing.stale + hearing.dropped + hearing.waiting
    )


async def test_an_answer_is_written_and_a_long_one_in_pieces(named_rig):
    name, rig = named_rig
    if not needed(rig, Cap.CHAT_OUT, rig.posted):
        return
    await rig.connector.open(rig.show)
    assert (await rig.connector.say("Yes, it is.")).ok
    assert rig.posted() == ["Yes, it is."]
    limit = listing().entry(name).chat.max_chars
    if limit is not None:
        long = "It is waterproof to ten metres. " * (limit // 16)
        result = await rig.connector.say(long)
        assert result.ok
        assert result.parts == len(rig.posted()) - 1 >= 2
        assert all(0 < len(text) <= limit for text in rig.posted())
        assert " ".join(rig.posted()[1:]) == long.strip()


async def test_an_empty_answer_is_not_written(rig):
    if needed(rig, Cap.CHAT_OUT, rig.posted):
        await rig.connector.open(rig.show)
        assert not (await rig.connector.say("  ")).ok
        assert rig.posted() == []


async def test_a_pin_is_read_back(rig):
    if needed(rig, Cap.PIN, rig.pinned):
        await rig.connector.open(rig.show)
        assert (await rig.connector.pin("mug")).ok
        assert rig.pinned() == "mug"


async def test_the_ai_flag_is_set_and_read_back(rig):
    if needed(rig, Cap.DISCLOSE, rig.declared):
        await rig.connector.open(rig.show)
        evidence = await rig.connector.disclose(True)
        assert evidence.ok
        assert rig.declared() is True
        assert evidence.says


async def test_figures_are_of_now(rig):
    if needed(rig, Cap.METRICS):
        await rig.connector.open(rig.show)
        assert (await rig.connector.metrics()).at.tzinfo is not None


async def test_a_check_explains_itself_and_holds_no_secret(rig):
    for check in await asyncio.wait_for(rig.connector.check(), PATIENCE):
        assert check.says
        assert check.remedy or check.state is not CheckState.BAD
        assert not [s for s in rig.secrets if s in check.says + check.remedy]


def test_each_capability_is_asked_of_some_rig():
    """A rig that leaves a part out must not hide a capability from the suite."""
    parts = {Cap.CHAT_OUT: "posted", Cap.PIN: "pinned", Cap.DISCLOSE: "declared"}

    async def look(make, folder):
        async with make(folder) as rig:
            asked = {cap for cap, part in parts.items() if getattr(rig, part) is not None}
            caps = rig.connector.caps
            await rig.connector.close("looked at")
            return caps & parts.keys(), asked

    import tempfile
    from pathlib import Path

    for name, _ in ALL:
        claimed, asked = set(), set()
        for other, make in ALL:
            if other == name:
                with tempfile.TemporaryDirectory() as folder:
                    caps, parts_asked = asyncio.run(look(make, Path(folder)))
                    claimed |= caps
                    asked |= parts_asked
        assert claimed <= asked, name
