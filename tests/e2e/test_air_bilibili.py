"""A show on a Bilibili account and, at the same time, on an address with a tool's chat, by the command line
alone: log in, check, go on the air to a real RTMP server, questions from both chats, the answer back to the
one that takes answers, a line that breaks, an end in order.
"""

import json
import threading
import time
from contextlib import ExitStack, suppress

import fake_bilibili as fake
import pytest
from fakes.serving import beside
from office import log_in, sign_papers
from rigs.webhook import SECRET
from servers import free_port, nginx_rtmp, nginx_rtmp_missing, wait_for
from shows import SHOW, Castmate, entries, of_kind, so_far
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
LONG = 480.0  # seconds; on a quiet machine nothing here takes a tenth of it
PROOFS = ("ai_content_declaration", "agreement_on_label_duty")


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


def test_a_show_on_bilibili_and_on_an_address_with_a_tool_s_chat(home: Castmate, tmp_path) -> None:
    castmate, port = Castmate(tmp_path / "data", home.cache), free_port()
    server = fake.FakeBilibili(time.time)
    with beside(fake.served(server)) as (base, there), nginx_rtmp(tmp_path) as rtmp:

        async def cut() -> None:
            server.cut_all()

        key = "?streamname=s3cr3t-stream-key"
        said = log_in(castmate, "bilibili", fake.account(server=rtmp.url, stream_key=key, api_base=base))
        hook = {"address": f"{rtmp.url}/hook-s3cr3t-key", "secret": SECRET, "listen": f"127.0.0.1:{port}"}
        said += log_in(castmate, "webhook", hook)
        checked = castmate("connectors", "check")
        assert checked.returncode == 0, checked.stdout
        sign_papers(castmate, rules=("bilibili",), proofs=PROOFS)
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
            there(cut())
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
