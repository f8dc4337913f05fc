"""The file channel: names, chat files with their times and their faults."""

import asyncio
from datetime import UTC, datetime

import pytest

from connectors.base import Cap, ShowInfo
from connectors.file.connector import FileConnector, read_chat
from products.errors import ContentError, SetupError

SHOW = ShowInfo("show-7", "Spring sale", "en", 720, 1280, 25)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def chat_file(tmp_path, text):
    path = tmp_path / "chat.txt"
    path.write_text(text, "utf-8")
    return path


def test_a_chat_file_is_read_in_order_of_time(tmp_path):
    said = read_chat(
        chat_file(tmp_path, "# try\n\n0:30 Mei: How much?\n0:05 李雷：多少钱？\n1:00 Bo: a: b\n")
    )
    assert [(s.after, s.viewer, s.text) for s in said] == [
        (5.0, "李雷", "多少钱？"),
        (30.0, "Mei", "How much?"),
        (60.0, "Bo", "a: b"),
    ]


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ContentError, match=r"chat\.txt, line 2: 'hello'.*viewer: text"):
        read_chat(chat_file(tmp_path, "Mei: hi\nhello\n"))


def test_a_chat_file_that_is_not_there_is_the_operator_s(tmp_path):
    with pytest.raises(SetupError, match="cannot be read"):
        FileConnector(tmp_path / "a.flv", tmp_path / "no.txt", now=lambda: NOW)


async def test_lines_come_when_they_are_due(tmp_path):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    chat = chat_file(tmp_path, "0:05 Mei: one\n0:05 Bo: two\n0:12 Mei: three\n")
    connector = FileConnector(tmp_path / "a.flv", chat, now=lambda: NOW, sleep=sleep)
    assert Cap.CHAT_IN in connector.caps
    events = connector.events()
    got = [await anext(events) for _ in range(3)]
    assert [(e.id, e.viewer, e.text) for e in got] == [
        ("1", "Mei", "one"),
        ("2", "Bo", "two"),
        ("3", "Mei", "three"),
    ]
    assert slept == [5.0, 7.0]
    await connector.close("done")
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_after_a_restart_lines_go_on_behind_the_cursor(tmp_path):
    async def sleep(seconds):
        return None

    chat = chat_file(tmp_path, "Mei: one\nBo: two\nMei: three\n")
    connector = FileConnector(tmp_path / "a.flv", chat, now=lambda: NOW, sleep=sleep)
    assert (await anext(connector.events(cursor="2"))).text == "three"


async def test_closing_ends_a_long_wait(tmp_path):
    chat = chat_file(tmp_path, "90:00 Mei: late\n")
    connector = FileConnector(tmp_path / "a.flv", chat, now=lambda: NOW)
    reading = asyncio.ensure_future(anext(connector.events(), None))
    await asyncio.sleep(0)
    await connector.close("done")
    assert await asyncio.wait_for(reading, 5) is None


async def test_a_show_is_not_written_over(tmp_path):
    (tmp_path / "a.flv").write_bytes(b"x")
    with pytest.raises(SetupError, match="exists already"):
        await FileConnector(tmp_path / "a.flv", now=lambda: NOW).open(SHOW)


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(SetupError, match=r"\.flv or \.mp4"):
        FileConnector(tmp_path / "a.mkv", now=lambda: NOW)
