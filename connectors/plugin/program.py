"""A connector of another package, at work in its own process: does what the show asks and tells what comes.

stdin: the first line says what it is (products/confined/launch.py), then requests; when it closes, the
process ends. stdout: lines of connectors/plugin/wire.py. The plug-in's code is imported in the closed cell.
"""

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import connectors.calls
import connectors.canary
import connectors.feed
import connectors.pieces
import connectors.server_events
import connectors.sockets
import products
from connectors.account import Account
from connectors.base import Connector, Event, Hearing
from connectors.outside import Outside
from connectors.plugin.wire import LONGEST_LINE, Malformed, error_line, line, parsed, plain, show_of
from connectors.registry import Entry
from products.confined.inside import begin, close_the_door, plugin_object

BEAT_S, LOOK_S = 2.0, 0.5
AT_ONCE = 16
_ROOT = Path(products.__file__).resolve().parents[1]


class Out:
    """Whole lines, one at a time. A show that does not read holds the plug-in up, and nobody else."""

    def __init__(self, to: int) -> None:
        self._to, self._lock = to, threading.Lock()

    def tell(self, **message: Any) -> None:
        data = line(message)
        with self._lock:
            while data:
                data = data[os.write(self._to, data) :]


class Time:
    """The show's time, as it last said it, and what has passed since."""

    def __init__(self) -> None:
        self._said: datetime | None = None
        self._at = 0.0

    def said(self, text: Any) -> None:
        self._said, self._at = datetime.fromisoformat(str(text)), time.monotonic()

    def now(self) -> datetime:
        assert self._said is not None
        return self._said + timedelta(seconds=time.monotonic() - self._at)


class PipeKeeper:
    """Implements connectors.account.Keeper over what the show handed in; changes are told to the show."""

    def __init__(self, fields: Mapping[str, str], out: Out) -> None:
        self._fields, self._out = dict(fields), out

    def read(self, platform: str, name: str) -> Mapping[str, str]:
        return dict(self._fields)

    def write(self, platform: str, name: str, changed: Mapping[str, str | None]) -> Mapping[str, str]:
        both = {**self._fields, **changed}
        self._fields = {k: v for k, v in both.items() if v is not None}
        self._out.tell(keep=dict(changed))
        return dict(self._fields)

    def names(self) -> tuple[tuple[str, str], ...]:
        return ()

    def forget(self, platform: str, name: str) -> bool:
        return False


class Work:
    """The connector and what the show wants of it."""

    def __init__(self, connector: Connector, out: Out, clock: Time) -> None:
        self._connector, self._out, self._clock = connector, out, clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearing = Hearing()

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until stdin closes."""
        self._begin(self._beat())
        while raw := await reader.readline():
            asked = parsed(raw)
            self._clock.said(asked["now"])
            if asked["do"] == "events":
                self._begin(self._events(asked.get("cursor")))
            elif len(self._tasks) < AT_ONCE:
                self._begin(self._answer(asked))
            else:
                self._out.tell(
                    re=asked["id"], error={"kind": "transient", "message": "too much is asked at once"}
                )

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Mapping[str, Any]) -> None:
        try:
            self._out.tell(re=asked["id"], ok=await self._do(asked))
        except Exception as error:  # noqa: BLE001  foreign code: whatever it raises is told
            self._out.tell(re=asked["id"], error=error_line(error))

    async def _do(self, asked: Mapping[str, Any]) -> Any:
        it = self._connector
        match asked["do"]:
            case "open" | "next_ingest" as what:
                show = show_of(asked["show"])
                found = await (it.open(show) if what == "open" else it.next_ingest(show))
                playback = "" if found.playback is None else found.playback.reveal()
                expires = None if found.expires is None else found.expires.isoformat()
                return {
                    "kind": found.kind, "url": found.url.reveal(), "playback": playback, "codec": found.codec,
                    "expires": expires, "single_use": found.single_use,
                }  # fmt: skip
            case "say":
                return plain(await it.say(asked["text"], asked.get("reply_to")))
            case "pin":
                return plain(await it.pin(asked["product"]))
            case "disclose":
                return plain(await it.disclose(bool(asked["synthetic"])))
            case "metrics":
                return plain(await it.metrics())
            case "check":
                return [plain(check) for check in await it.check()]
            case "close":
                await it.close(str(asked.get("reason", "")))
                return None
        raise Malformed(f"nobody here can {asked['do']}")

    async def _events(self, cursor: str | None) -> None:
        try:
            async for event in self._connector.events(cursor):
                self._tell(event)
            self._out.tell(over={})
        except Exception as error:  # noqa: BLE001  foreign code: whatever it raises is told
            self._out.tell(over=error_line(error))

    def _tell(self, event: Event) -> None:
        told = plain(event)
        told["detail"] = None if event.detail is None else plain(event.detail)
        self._out.tell(event=told)

    async def _beat(self) -> None:
        number = 0
        while True:
            self._look()
            if number % round(BEAT_S / LOOK_S) == 0:
                self._out.tell(beat=number)
            number += 1
            await asyncio.sleep(LOOK_S)

    def _look(self) -> None:
        found = self._connector.hearing()
        if (found.state, found.why) != (self._hearing.state, self._hearing.why):
            self._hearing = found
            self._out.tell(hearing={"state": str(found.state), "why": found.why[:500]})


def main() -> None:
    """Ends with its show: a process whose stdin has closed belongs to nobody."""
    told, to = begin()
    out, clock = Out(to), Time()
    clock.said(told["now"])
    try:
        close_the_door(told, _ROOT)
        found = plugin_object(told)
        make = found.make if isinstance(found, Entry) else found
        account = Account(told["name"], told["account"], PipeKeeper(told["fields"], out))
        outside = Outside(now=clock.now, time=time.monotonic, dial=connectors.sockets.dial, rng=Random())
        asyncio.run(_work(make, account, outside, out, clock))
    except BaseException as error:  # noqa: BLE001  the last words of a process that ends
        out.tell(broken=f"{type(error).__name__}: {error}"[:500])
    os._exit(0)  # threads and sockets of a plug-in are of no more use


async def _work(make: Any, account: Account, outside: Outside, out: Out, clock: Time) -> None:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb", 0))
    work = Work(make(account, outside), out, clock)
    out.tell(ready=True)
    await work.run(reader)
