"""A hostile plug-in (tests/plugins/hostile_sample) in its cell: what it tries fails, and is the trouble
of its channel alone.
"""

import asyncio
import json
import os
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from bot.clock import SystemClock
from bot.outside import real_outside
from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, CheckState, EventKind, ShowInfo
from connectors.errors import Blocked, Changed, RateLimited
from connectors.plugin import connector as connector_module
from connectors.plugin import process
from connectors.registry import entry_of_plugin
from products.confined import cell
from products.confined.found import plugin_of
from products.errors import Refused

PATIENCE = 90.0
SHOW = ShowInfo("show", "A show", "en", 720, 1280, 25)
PLUGINS = Path(__file__).parents[2] / "plugins"
WHOLE = cell.lacking() == ()  # else it is told, which test_what_a_kernel_cannot_hold_back_is_told shows


class Leave:
    """Everybody agreed."""

    def __init__(self, home):
        self.home = home

    def leave(self, plugin):
        return self.home


@pytest.fixture
def plugin(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGINS))
    return plugin_of("sample", "hostile_sample.entry:make")


@pytest.fixture
def keeper():
    other = {"token": "OTHER-ACCOUNT-SECRET"}
    return MemoryKeeper({("sample", "other"): other, ("youtube", "main"): {"token": "YOUTUBE-SECRET"}})


@pytest.fixture
def opened(plugin, keeper, tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    @asynccontextmanager
    async def make(mode, plugin=plugin, **more):
        fields = {"mode": mode, "token": "ITS-OWN", "rules": "room", **more}
        keeper.accounts["sample", "main"] = fields
        quick = asyncio.sleep  # the waits between two lives are not what is looked at here

        async def sleep(seconds):
            await quick(min(seconds, 0.05))

        outside = replace(real_outside(SystemClock()), plugins=Leave(home), sleep=sleep)
        made = entry_of_plugin(plugin).make(Account("sample", "main", keeper), outside)
        try:
            yield made
        finally:
            async with asyncio.timeout(PATIENCE):
                await made.close("the test is over")

    make.home = home
    return make


async def heard(connector, enough):
    """The events until `enough` says so."""
    found = []
    async with asyncio.timeout(PATIENCE):
        async for event in connector.events():
            found.append(event)
            if enough(found):
                return found
    raise AssertionError(f"the chat ended: {found}")


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


async def test_what_it_tries_is_held_back(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_LLM_KEY", "IN-OUR-ENVIRONMENT")
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True)
    (keys / "ledger.pem").write_text("LEDGER-KEY")
    sealed = tmp_path / "data" / "accounts" / "youtube.main.sealed"
    sealed.parent.mkdir()
    sealed.write_text("SEALED")
    with socket.create_server(("127.0.0.1", 0)) as server:
        targets = {
            "read": {
                "ledger key": str(keys / "ledger.pem"),
                "other account": str(sealed),
                "passwords": "/etc/passwd",
            },
            "write": {"outside": str(tmp_path / "outside"), "over the key": str(keys / "ledger.pem")},
            "chmod": str(keys / "ledger.pem"),
            "port": server.getsockname()[1],
        }
        async with opened("tries", **{"item.targets": json.dumps(targets)}) as connector:
            events = await heard(connector, lambda found: any("its own folder" in e.text for e in found))
            checks = await connector.check()
    told = dict(e.text.partition("=")[::2] for e in events)
    assert "CASTMATE" not in told["environment"]
    assert "IN-OUR-ENVIRONMENT" not in str(told)
    assert set(told["other fields"].split(",")) == {"item.targets", "mode", "token"}, (
        "not `rules`, not another's"
    )
    assert told["its own folder"] == "GOT 1"
    assert told["a thread"] == "GOT None"
    assert (opened.home / "note").read_bytes() == b"x"
    assert any(c.state is CheckState.BAD and "elsewhere.example:443" in c.says for c in checks)
    for secret in ("OTHER-ACCOUNT-SECRET", "YOUTUBE-SECRET"):
        assert secret not in str(told)
    if WHOLE:
        assert "LEDGER-KEY" not in str(told)
        assert "SEALED" not in str(told)
        assert not (tmp_path / "outside").exists()
        held = {
            k: v
            for k, v in told.items()
            if k not in ("environment", "other fields", "its own folder", "a thread")
        }
        assert {k: v for k, v in held.items() if not v.startswith("held back: ")} == {}
        assert len(held) == 17
        assert (keys / "ledger.pem").read_text() == "LEDGER-KEY"


def test_what_a_kernel_cannot_hold_back_is_told(monkeypatch):
    from products.confined import landlock, seccomp

    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert any("no Landlock" in says for says in cell.lacking())
    monkeypatch.setattr(landlock, "abi", lambda: 2)
    assert any("which servers" in says for says in cell.lacking())
    assert not any("which servers" in says for says in cell.lacking(network=False))
    monkeypatch.setattr(landlock, "abi", lambda: 7)
    assert landlock.lacking(7) == ()
    monkeypatch.setattr(seccomp, "offered", lambda: True)
    assert seccomp.lacking("x86_64") == () != seccomp.lacking("riscv64")
    monkeypatch.setattr(seccomp, "offered", lambda: False)
    assert seccomp.lacking("x86_64") != ()


async def test_it_reaches_the_hosts_that_it_declared(opened, plugin):
    """By the ways that every connector has: a WebSocket, and HTTP with TLS."""

    async def answer(wire):
        await wire.send(f"heard {await wire.recv()}")

    async def first_bytes(reader, writer):
        came.append(await reader.read(1))
        writer.close()

    came = []
    async with serve(answer, "127.0.0.1", 0) as server:
        with_tls = await asyncio.start_server(first_bytes, "127.0.0.1", 0)
        port, tls = (s.sockets[0].getsockname()[1] for s in (server, with_tls))
        hosts = (f"127.0.0.1:{port}", f"127.0.0.1:{tls}")
        named = replace(plugin, declared=plugin.declared.model_copy(update={"hosts": hosts}))
        async with opened("talks", named, **{"item.port": str(port), "item.tls": str(tls)}) as connector:
            found = await heard(connector, lambda found: len(found) == 2)
        with_tls.close()
    assert found[0].text == "heard hello"
    assert came == [b"\x16"], "a greeting of TLS (RFC 8446, 5.1)"


async def test_its_death_is_a_gap_and_after_some_it_stays_away(opened, monkeypatch):
    monkeypatch.setattr(connector_module, "OFTEN", 3)
    async with opened("dies") as connector:
        found = []
        with pytest.raises(Blocked, match="stopped: it ended 3 times"):
            async with asyncio.timeout(PATIENCE):
                async for event in connector.events():
                    found.append(event)
        kinds = [e.kind for e in found]
        assert kinds.count(EventKind.GAP) == 2
        assert kinds.count(EventKind.COMMENT) == 1, "the same event again is not handed on"
        assert connector.hearing().state is ChatState.LOST
        with pytest.raises(Blocked):
            await connector.say("hello")


async def test_its_silence_ends_it(opened, monkeypatch):
    monkeypatch.setattr(process, "SILENT_S", 1.5)
    async with opened("hangs") as connector:
        found = await heard(connector, lambda found: any(e.kind is EventKind.GAP for e in found))
        assert "said nothing" in found[-1].detail.why


async def test_a_flood_is_read_no_faster_than_allowed_and_then_ended(opened, monkeypatch):
    monkeypatch.setattr(process, "FLOOD_S", 0.3)
    async with opened("floods") as connector:
        await heard(
            connector, lambda found: any(e.kind is EventKind.GAP and "floods" in e.detail.why for e in found)
        )
        assert connector.hearing().waiting <= 2001


async def test_what_nobody_can_read_is_counted_and_passed_over(opened):
    async with opened("nonsense") as connector:
        found = await heard(connector, lambda found: any(e.text == "still there" for e in found))
        assert [e.text for e in found] == ["still there"]
        assert connector._life.malformed >= 4


async def test_it_speaks_under_its_own_name_and_of_now_and_orders_nothing(opened):
    async with opened("orders") as connector:
        (event,) = await heard(connector, lambda found: bool(found))
        assert (event.kind, event.platform, event.text) == (EventKind.COMMENT, "sample", "from tomorrow")
        assert abs((event.at - datetime.now(UTC)).total_seconds()) < PATIENCE


async def test_it_changes_of_its_account_what_it_declared(opened, keeper):
    async with opened("keeps") as connector:
        await heard(connector, lambda found: bool(found))
        assert keeper.accounts["sample", "main"]["token"] == "fresh"
        assert keeper.accounts["sample", "main"]["rules"] == "room"
        assert connector._life.malformed == 1


async def test_its_answers_are_read_strictly_and_its_errors_are_of_the_contract(opened, monkeypatch):
    async with opened("well") as connector:
        assert (await connector.say("hello")).id == "said hello"
        assert not (await connector.say(" ")).ok
        with pytest.raises(RateLimited) as limited:
            await connector.say("limited")
        assert limited.value.retry_after == 7.0
        with pytest.raises(Blocked, match="the platform says no"):
            await connector.say("no")
        with pytest.raises(Changed):
            await connector.say("wrong")
        figures = await connector.metrics()
        assert figures.viewers == 7
        assert abs((figures.at - datetime.now(UTC)).total_seconds()) < PATIENCE
        with pytest.raises(Refused, match="cannot do pin"):
            await connector.pin("mug")
        ingest = await connector.open(SHOW)
        assert ingest.url.reveal() == "rtmp://ingest.sample.example/app/ITS-OWN"
        assert ingest.shown == "rtmp://ingest.sample.example"
        pid = connector.pid
    assert connector.pid is None
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        raise AssertionError("its process is still there")


async def test_a_stream_goes_nowhere_that_was_not_declared(opened):
    async with opened("well") as connector:
        for title, error in (("elsewhere", Refused), ("loopback", Refused), ("file", Changed)):
            with pytest.raises(error):
                await connector.open(replace(SHOW, title=title))


async def test_without_leave_nothing_of_it_runs(plugin, keeper):
    keeper.accounts["sample", "main"] = {"mode": "well", "token": "x"}
    make = entry_of_plugin(plugin).make
    with pytest.raises(Refused, match="agreed"):
        make(Account("sample", "main", keeper), real_outside(SystemClock()))
    assert "hostile_sample" not in __import__("sys").modules, "its code is never imported here"
