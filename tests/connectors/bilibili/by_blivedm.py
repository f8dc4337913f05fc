"""Our fake against somebody else's client: blivedm 1.1.7 (MIT). Run by hand, since its release on PyPI
(0.1.1) does not know open-live and its sources pin old libraries:

    python3 -m venv /tmp/blivedm && /tmp/blivedm/bin/pip install websockets httpx brotli \\
        'git+https://github.com/xfgryujk/blivedm@3bf17fe'
    cd tests && /tmp/blivedm/bin/python connectors/bilibili/by_blivedm.py

Ends with "accepted".
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import blivedm
import blivedm.clients.open_live as open_live
import fake_bilibili as fake

KINDS = (
    "danmaku", "gift", "buy_guard", "super_chat", "super_chat_delete", "like", "enter_room", "start_live",
    "end_live",
)  # fmt: skip


class Handler(blivedm.BaseHandler):
    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []


for kind in KINDS:

    def keep(self, client, message, kind=kind):
        self.heard.append((kind, message))

    setattr(Handler, f"_on_open_live_{kind}", keep)


def everything(command):
    """A message from a linked room with all fields: [cmd] promises six, but blivedm wants them all."""
    return command | {"cmd": "LIVE_OPEN_PLATFORM_DM_MIRROR"}


async def until(what, seconds=20.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "did not come"
        await asyncio.sleep(0.02)


async def main() -> None:
    server = fake.FakeBilibili(time.time)
    async with fake.served(server) as base:
        open_live.START_URL = base + "/v2/app/start"
        open_live.HEARTBEAT_URL = base + "/v2/app/heartbeat"
        open_live.END_URL = base + "/v2/app/end"
        client = blivedm.OpenLiveClient(
            fake.KEY_ID,
            fake.KEY_SECRET,
            fake.APP_ID,
            fake.CODE,
            heartbeat_interval=1,
            game_heartbeat_interval=1,
        )
        handler = Handler()
        client.set_handler(handler)
        client.start()
        await until(lambda: server.peers and server.peers[0].beats >= 2)
        now = time.time()
        told = [
            fake.danmaku("多少钱", "m1", now), everything(fake.danmaku("隔壁", "m2", now)),
            fake.gift("g1", now),
            fake.super_chat("看看这个", "s1", now), fake.super_chat_del([77], "s2"), fake.guard("u1", now),
            fake.like(now), fake.enter(now), fake.live(True, now), fake.live(False, now),
        ]  # fmt: skip
        for how in (fake.PLAIN, fake.ZLIB, fake.BROTLI):
            await server.push(told, how)
        await until(lambda: len(handler.heard) == 30)
        print({kind: sum(k == kind for k, _ in handler.heard) for kind in KINDS})
        server.cut_all()
        await until(lambda: len(server.dialled) >= 2 and server.peers and server.peers[0].game)
        await server.push([fake.danmaku("again", "m9", now)])
        await until(lambda: len(handler.heard) == 31)
        server.end_game("game-1")
        await until(lambda: "game-2" in server.games and server.peers and server.peers[0].game == "game-2")
        await client.stop_and_close()
        assert not server.games, "end was not called"
    assert server.complaints == [], server.complaints
    assert set(server.codes) <= {0, 7003}, server.codes  # a heartbeat may meet the ended game
    path, body, headers = server.asked[0]
    shown = {k: v for k, v in headers.items() if k.startswith("x-bili-") or k in ("accept", "content-type")}
    print("accepted by blivedm", blivedm.__version__, server.dialled, len(server.asked))
    print(json.dumps({"path": path, "body": body, "headers": sorted(shown)}))


asyncio.run(main())
