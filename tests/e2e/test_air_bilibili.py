"""A show on a Bilibili account and, at the same time, on an address with a tool's chat, by the command line
alone: log in, check, go on the air to a real RTMP server, questions from both chats, the answer back to the
one that takes answers, a line that breaks, an end in order.
"""

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import fake_bilibili as fake
import pytest
from rigs.webhook import SECRET
from servers import free_port, nginx_rtmp, nginx_rtmp_missing, wait_for
from shows import PROGRAM, ROOT, SHOW, Castmate, entries, of_kind
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
LONG = 480.0  # seconds; on a quiet machine nothing here takes a tenth of it
WORDS = "a passphrase for the test"
BY = ("--by", "Wei Lin", "--passphrase", WORDS)


@contextmanager
def bilibili() -> Iterator[tuple[fake.FakeBilibili, str, asyncio.AbstractEventLoop]]:
    """The fake on real sockets, in a thread of its own; the API's address; its loop."""
    server, loop, up = fake.FakeBilibili(time.time), asyncio.new_event_loop(), threading.Event()
    stop, base = asyncio.Event(), []

    async def serve() -> None:
        async with fake.served(server) as address:
            base.append(address)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(30)
    try:
        yield server, base[0], loop
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


class Tool:
    """A shop's tool on the webhook's socket: confirms every reply."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self.replies: list[dict[str, str]] = []
        self._url, self._stack = f"ws://127.0.0.1:{port}/v1/chat", stack
        self._thread = threading.Thread(target=self._listen)

    def comes(self) -> bool:
        """Whether the show is there to be connected to; it is from then on."""
        said = {"Authorization": f"Bearer {SECRET}"}
        try:
            self._socket = self._stack.enter_context(connect(self._url, additional_headers=said))
        except OSError:
            return False
        self._thread.start()
        self._stack.callback(self._thread.join, 30)
        return True

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            for text in self._socket:
                message = json.loads(text)
                if message["type"] == "reply":
                    self.replies.append(message)
                    self._socket.send(json.dumps({"type": "ack", "id": message["id"]}))

    def ask(self, id_: str, text: str) -> None:
        self._socket.send(json.dumps({"id": id_, "viewer": {"name": "Mei", "id": "u-1"}, "text": text}))


def log_in(castmate: Castmate, name: str, fields: dict[str, str]) -> str:
    pairs = [word for pair in fields.items() for word in ("--set", "=".join(pair))]
    done = subprocess.run(
        [*PROGRAM, "connectors", "login", name, "--account", "shop", *pairs],
        cwd=ROOT, env=castmate.environment, input="\n" * 9, text=True, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def papers(castmate: Castmate, folder: Path) -> None:
    """Compliance staff have read Bilibili's current rules; what those ask for is on file."""
    capture = folder / "paper.txt"
    capture.write_text("as it stood")
    read = ("--address", "https://legal.example/rules", "--text-date", "2026-11-20", "--capture", capture)
    commands = (
        ("key", "Wei Lin", "--passphrase", WORDS),
        ("confirm", "bilibili", *read, "--adds", "nothing new", *BY),
        ("prove", "ai_content_declaration", "--document", capture, *BY),
        ("prove", "agreement_on_label_duty", "--document", capture, *BY),
    )
    for command in commands:
        done = castmate("compliance", *command)
        assert done.returncode == 0, done.stdout


def so_far(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The data of the entries of one kind in a ledger that is being written; half a line is not read."""
    whole = (folder / "ledger.jsonl").read_text(encoding="utf-8").rpartition("\n")[0]
    return of_kind([json.loads(line)["entry"] for line in whole.splitlines()], kind)


def test_a_show_on_bilibili_and_on_an_address_with_a_tool_s_chat(home: Castmate, tmp_path) -> None:
    castmate, port = Castmate(tmp_path / "data", home.cache), free_port()
    with bilibili() as (server, base, loop), nginx_rtmp(tmp_path) as rtmp:

        def there(doing) -> None:
            asyncio.run_coroutine_threadsafe(doing, loop).result(30)

        key = "?streamname=s3cr3t-stream-key"
        said = log_in(castmate, "bilibili", fake.account(server=rtmp.url, stream_key=key, api_base=base))
        hook = {"address": f"{rtmp.url}/hook-s3cr3t-key", "secret": SECRET, "listen": f"127.0.0.1:{port}"}
        said += log_in(castmate, "webhook", hook)
        checked = castmate("connectors", "check")
        assert checked.returncode == 0, checked.stdout
        papers(castmate, tmp_path)
        to = ("--to", "bilibili:shop", "--to", "webhook:shop")
        with (
            castmate.running("air", SHOW, "--minutes", "30", "--seed", "7", *to) as process,
            ExitStack() as stack,
        ):

            def running() -> bool:
                assert process.child.poll() is None, process.output
                return True

            tool = Tool(port, stack)
            wait_for(lambda: running() and tool.comes(), LONG)
            wait_for(lambda: running() and any(p.game for p in server.peers), LONG)
            there(server.push([fake.danmaku("How much are the sneakers?", "q-1", time.time())]))
            tool.ask("q-2", "How much is the mug?")
            loop.call_soon_threadsafe(server.cut_all)
            (ledger,) = castmate.shows()
            wait_for(lambda: running() and so_far(ledger, "channel.chat_gap"), LONG)
            wait_for(lambda: running() and tool.replies, LONG)
            wait_for(lambda: running() and len(so_far(ledger, "chat.out")) >= 2, LONG)
            assert len(rtmp.recordings()) == 2
            process.child.terminate()
            process.child.wait(120)
        assert process.child.returncode == 0, process.output
        assert not server.games, "the game was not ended"
        assert server.complaints == []
    out = {n["to"]: n for n in of_kind(entries(ledger), "chat.out")}
    assert (out["bilibili:q-1"]["ok"], "$" in out["bilibili:q-1"]["text"]) == (False, True)
    assert "bilibili cannot do chat_out" in out["bilibili:q-1"]["why"]
    assert out["rtmp:q-2"]["ok"] is True
    assert tool.replies[0]["reply_to"] == "q-2"
    assert of_kind(entries(ledger), "show.ended")[0]["air"] == "ended"
    kept = b"".join(p.read_bytes() for p in castmate.data.rglob("*") if p.is_file())
    for secret in (fake.KEY_SECRET, fake.CODE, SECRET, "s3cr3t"):
        assert secret.encode() not in kept
        assert secret not in process.output + said
