"""castmate air: whose rules apply is decided by the address, never by a wish."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from bot.commands import air
from bot.commands.air import platform_for
from bot.show.session import Air, Session
from products.errors import Refused, SetupError

YOUTUBE = "rtmp://a.rtmp.youtube.com/live2/key"
TWITCH = "rtmp://live.twitch.tv/app/key"
HERE = "rtmp://127.0.0.1:1935/live/key"


@pytest.mark.parametrize(
    ("named", "addresses", "found"),
    [
        (None, [], None),
        ("douyin", [], "douyin"),
        (None, ["show.mp4"], None),
        ("youtube", ["show.mp4"], "youtube"),
        (None, [YOUTUBE], "youtube"),
        ("youtube", [YOUTUBE, "show.flv"], "youtube"),
        (None, ["RTMP://A.RTMP.YOUTUBE.COM/live2/key"], "youtube"),
        (None, [YOUTUBE.replace("rtmp:", "rtmps:")], "youtube"),
        (None, [HERE], "rtmp"),
        (None, ["rtmp://localhost/live/k", "rtmp://[::1]/live/k"], "rtmp"),
        (None, [YOUTUBE, TWITCH], "youtube"),
        ("twitch", [YOUTUBE, TWITCH], "twitch"),
        (None, ["twitch:main"], "twitch"),
        ("twitch", ["twitch:main", HERE], "twitch"),
        (None, [YOUTUBE, HERE], "youtube"),
    ],
)
def test_the_platform_of_an_order(named: str | None, addresses: list[str], found: str | None) -> None:
    assert platform_for(named, addresses) == found


@pytest.mark.parametrize(
    ("named", "addresses", "words"),
    [
        ("twitch", [YOUTUBE], "belongs to youtube, not to twitch"),
        ("douyin", [YOUTUBE, TWITCH], "belongs to youtube, not to douyin"),
        ("youtube", ["twitch:main"], "belongs to twitch, not to youtube"),
        (None, ["rtmp://stream.example.net/live"], r"Nobody knows whose rules apply at stream.example.net"),
        ("room", ["rtmp://stream.example.net/live"], "stream.example.net"),
        ("youtube", ["rtmp://localhost.example.net/live"], "localhost.example.net"),
        (None, ["rtmp:///live"], "Nobody knows"),
    ],
)
def test_an_address_that_does_not_fit_is_refused(named: str | None, addresses: list[str], words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        platform_for(named, addresses)
    assert caught.value.remedy and "key" not in str(caught.value).replace("Nobody knows", "")


def test_a_platform_may_be_tried_against_a_server_on_this_machine() -> None:
    assert platform_for("rtmp", [HERE]) == "rtmp"


@pytest.mark.parametrize("named", [None, "youtube"])
def test_an_address_of_nobodys_is_refused_beside_a_known_platform_too(named: str | None) -> None:
    with pytest.raises(Refused, match=r"stream\.example\.net"):
        platform_for(named, [YOUTUBE, "rtmp://stream.example.net/live"])


async def test_the_terminal_says_why_a_show_holds_and_when_it_goes_on(monkeypatch, capsys) -> None:
    monkeypatch.setattr(air, "TELL_S", 0)
    monkeypatch.setattr(air.console, "_file", sys.stdout)
    run = SimpleNamespace(session=Session())
    telling = asyncio.ensure_future(air.tell_holds(run))

    async def become(state: Air, *reasons: str) -> str:
        run.session = Session(air=state, reasons=reasons)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return capsys.readouterr().out.strip()

    assert await become(Air.LIVE) == ""
    assert await become(Air.HOLD, "[1] The disk is full.") == "The show holds. [1] The disk is full."
    assert await become(Air.HOLD, "[1] The disk is full.") == "", "once"
    assert await become(Air.LIVE) == "The show goes on."
    assert await become(Air.HOLD) == "The show holds. The operator asked for it."
    assert await become(Air.ENDING) == ""
    telling.cancel()


@pytest.mark.parametrize("link", [None, "ws://127.0.0.1:8000/link/evening", "wss://h/link/evening"])
def test_a_link_that_names_this_show_is_taken(link: str | None) -> None:
    air.refuse_other_link(link, "evening")


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("ws://127.0.0.1:8000/link/mornin", "for the show mornin, and this show's name is evening"),
        ("ws://127.0.0.1:8000/link/", "without a name"),
        ("ws://127.0.0.1:8000/link/evening/", "for the show evening/,"),
        ("http://127.0.0.1:8000/link/evening", "no address of a console"),
        ("ws://127.0.0.1:8000/evening", "no address of a console"),
        ("evening", "no address of a console"),
        ("ws://[::1/link/evening", "no address of a console"),
    ],
)
def test_a_link_that_the_console_would_refuse_is_told_before_the_show_begins(link: str, says: str) -> None:
    with pytest.raises(SetupError, match=says) as caught:
        air.refuse_other_link(link, "evening")
    assert caught.value.remedy.startswith("Use --link ws://")
    assert caught.value.remedy.endswith("/link/evening.")


async def test_the_terminal_says_why_the_console_does_not_take_the_show(monkeypatch, capsys) -> None:
    monkeypatch.setattr(air, "TELL_S", 0)
    monkeypatch.setattr(air.console, "_file", sys.stdout)
    monkeypatch.setattr(air.console, "_width", 200)
    link = SimpleNamespace(trouble="")
    telling = asyncio.ensure_future(air.tell_link(link))

    async def become(trouble: str) -> str:
        link.trouble = trouble
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return capsys.readouterr().out.strip()

    assert await become("") == ""
    assert await become("It is full.") == "The console does not have this show. It is full."
    assert await become("It is full.") == "", "once"
    assert await become("") == "The console has this show."
    telling.cancel()


async def test_what_broke_a_show_comes_out_by_itself() -> None:
    async def live() -> None:
        async with asyncio.TaskGroup():
            raise SetupError("no voice")

    (error,) = await air._live(SimpleNamespace(live=live, session=Session(), troubles={}))
    assert isinstance(error, SetupError)


async def test_the_terminal_says_which_channel_has_trouble_and_when_it_is_over(monkeypatch, capsys) -> None:
    monkeypatch.setattr(air, "TELL_S", 0)
    monkeypatch.setattr(air.console, "_file", sys.stdout)
    run = SimpleNamespace(troubles={})
    telling = asyncio.ensure_future(air.tell_troubles(run))

    async def become(**troubles: str) -> str:
        run.troubles = troubles
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return capsys.readouterr().out.strip()

    assert await become() == ""
    assert await become(rtmp="refused [5]") == "rtmp does not get the picture. refused [5]"
    assert await become(rtmp="refused [5]") == "", "once"
    assert await become() == "rtmp gets the picture again."
    telling.cancel()
