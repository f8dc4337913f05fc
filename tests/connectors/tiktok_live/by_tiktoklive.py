"""TikTokLive itself on the TikTok of tests/fake_tiktok.py, and our reader process on it. By hand, where
TikTokLive 7.0.1 is installed (it is under a modified AGPL-3.0: the tests that run everywhere do without):

    python tests/connectors/tiktok_live/by_tiktoklive.py
"""

import asyncio
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fake_tiktok import FakeTikTok, until  # noqa: E402

from connectors.tiktok_live.reading import LONGEST_LINE, Process  # noqa: E402


async def library(fake: FakeTikTok) -> None:
    """TikTokLive takes it for TikTok."""
    from TikTokLive import TikTokLiveClient
    from TikTokLive.client.web.web_settings import WebDefaults
    from TikTokLive.events import CommentEvent, GiftEvent

    for name, url in fake.hosts.items():
        setattr(WebDefaults, f"tiktok_{name}_url", url)
    client, heard = TikTokLiveClient("@lumen"), []

    async def comment(event: CommentEvent) -> None:
        heard.append((event.user.nickname, event.comment))

    async def gift(event: GiftEvent) -> None:
        heard.append((event.gift.name, event.repeat_count, event.streaking))

    client.add_listener(CommentEvent, comment)
    client.add_listener(GiftEvent, gift)
    task = await client.start()
    await until(lambda: fake.sockets)
    await fake.comment("多少钱？")
    await fake.gift("Rose", 2, ended=False)
    await fake.gift("Rose", 5)
    await until(lambda: len(heard) == 3)
    assert heard == [("Mei", "多少钱？"), ("Rose", 2, True), ("Rose", 5, False)], heard
    await until(lambda: {"im_enter_room", "ack", "hb"} <= set(fake.got))
    await client.disconnect()
    await asyncio.gather(task, return_exceptions=True)


async def reader(fake: FakeTikTok) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "connectors.tiktok_live.reader", cwd=ROOT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(
        json.dumps({"unique_id": "lumen", "sign_key": "", "hosts": fake.hosts}).encode() + b"\n"
    )
    return Process(process)


async def line(process: Process) -> dict:
    while True:
        told = json.loads(await asyncio.wait_for(process.line(), 30))
        if told["is"] != "alive" and told.get("id") != "":  # TikTokLive makes an empty comment of garbage
            return told


async def ours(fake: FakeTikTok) -> None:
    """Our reader tells what it hears, passes over what cannot be read, and ends with the line."""
    before = len(fake.sockets)
    process = await reader(fake)
    await until(lambda: len(fake.sockets) > before)
    assert (await line(process))["is"] == "open"
    await fake.garble()
    await fake.comment("Is it waterproof?")
    await fake.gift("Rose", 2, ended=False)
    await fake.gift("Rose", 5)
    await fake.like(15)
    await fake.viewers(42)
    told = [await line(process) for _ in range(4)]
    assert [t["is"] for t in told] == ["comment", "gift", "like", "viewers"], told
    assert (told[0]["text"], told[0]["viewer"]) == ("Is it waterproof?", "Mei")
    assert (told[1]["gift"], told[1]["count"], told[1]["coins"]) == ("Rose", 5, 10)
    assert (told[2]["count"], told[3]["count"]) == (15, 42)
    assert len({t["id"] for t in told}) == 4
    await fake.sockets[-1].close()
    assert (await line(process))["why"] == "lost"
    await process.stop()


async def refused(fake: FakeTikTok) -> None:
    for refuse, why in (("detected", "blocked"), ("offline", "offline"), ("limited", "limited")):
        fake.refuse = refuse
        process = await reader(fake)
        told = await line(process)
        assert (told["is"], told["why"]) == ("over", why), told
        if refuse == "limited":
            assert told["wait"] == 77, told
        await process.stop()
    fake.refuse = ""


async def main() -> None:
    async with FakeTikTok() as fake:
        await library(fake)
        print("TikTokLive takes the fake for TikTok")
        await ours(fake)
        print("our reader tells what comes")
        await refused(fake)
        print("and stops where it is refused")


if __name__ == "__main__":
    asyncio.run(main())
