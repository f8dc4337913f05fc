"""What a platform says of a show goes into the ledger: once, when it is new, and however it says it."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.show import platform_notes
from bot.show.platform_notes import LOOK_S, PlatformNotes, wanted_of
from connectors.base import BareConnector, Cap, ChatState, Evidence, Hearing, Metrics
from products.errors import RemoteError

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Platform(BareConnector):
    platform = "sample"
    caps = frozenset({Cap.DISCLOSE, Cap.METRICS})

    def __init__(self):
        super().__init__()
        self.figures = Metrics(NOW, True, 3, None, True, "good")
        self.asked: list[bool] = []

    async def disclose(self, synthetic):
        self.asked.append(synthetic)
        return Evidence(synthetic, NOW, "The flag shows.", "flag=true")

    async def metrics(self):
        if isinstance(self.figures, Exception):
            raise self.figures
        if self.figures is None:
            await asyncio.Event().wait()
        return self.figures


@pytest.fixture
def told():
    return []


@pytest.fixture
def notes(told):
    return PlatformNotes(lambda kind, data: told.append((kind, data)))


async def look(notes, *connectors):
    for _ in range(LOOK_S):
        for name, connector in connectors:
            await notes.look(name, connector)


async def test_the_flag_and_what_was_read_back_are_noted(notes, told):
    platform = Platform()
    await notes.declare("sample-1", platform, True)
    assert platform.asked == [True]
    ((kind, data),) = told
    assert kind == "channel.disclosed"
    assert (data["ok"], data["synthetic"], data["read_back"]) == (True, True, "flag=true")
    await notes.declare("sample-1", platform, False)
    assert told[-1][1]["ok"] is False


async def test_a_platform_without_flag_and_figures_is_not_asked(notes, told):
    bare = BareConnector()
    await notes.declare("bare-1", bare, True)
    await look(notes, ("bare-1", bare))
    assert told == []


async def test_figures_are_noted_when_they_say_something_new(notes, told):
    one, other = Platform(), Platform()
    for _ in range(3):
        await look(notes, ("a", one), ("b", other))
    assert [d["channel"] for _, d in told] == ["a", "b"]
    one.figures = Metrics(NOW, True, 9, None, True, "good")
    await look(notes, ("a", one))
    assert len(told) == 2  # how many watch is no news
    one.figures = Metrics(NOW, True, 9, None, False, "Low bitrate.")
    await look(notes, ("a", one))
    assert (told[-1][1]["healthy"], told[-1][1]["says"]) == (False, "Low bitrate.")


async def test_a_platform_that_fails_or_is_silent_is_noted_and_harms_nobody(notes, told, monkeypatch):
    monkeypatch.setattr(platform_notes, "PATIENCE_S", 0.01)
    platform = Platform()
    platform.figures = RemoteError("It is down.", remedy="Wait.")
    await look(notes, ("a", platform))
    assert told[-1][1] == {
        "channel": "a",
        "live": None,
        "healthy": None,
        "viewers": None,
        "says": "It is down. Wait.",
    }
    platform.figures = None
    await look(notes, ("a", platform))
    assert told[-1][1]["says"] == "The platform did not answer in time."


def test_the_desk_is_told_what_a_person_must_do_and_no_more():
    class Heard(BareConnector):
        def __init__(self, state, why):
            super().__init__()
            self.heard = Hearing(state, why)

        def hearing(self):
            return self.heard

    channels = [
        ("douyin-1", Heard(ChatState.LOST, "The console logged this account out. Log in.")),
        ("twitch-2", Heard(ChatState.WAITING, "a cut line")),
        ("room", BareConnector()),
    ]
    assert wanted_of(channels) == ("douyin-1: The console logged this account out. Log in.",)
