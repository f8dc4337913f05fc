"""A process of its own that reads a TikTok LIVE's chat with TikTokLive and writes a line of JSON for each
event.

TikTokLive (github.com/isaackogan/TikTokLive) is no part of Castmate: it is under a modified AGPL-3.0,
unofficial, and installed by the operator who wants it. It is imported here and nowhere else, in a process
beside the show: its troubles stay on this side of a pipe. What it does not get from us: a proxy, a session, a
captcha's solution, a second try after TikTok said no.

stdin: one line of JSON, {"unique_id", "sign_key", "hosts"}; when it closes, the process ends.
stdout: lines of JSON, see connectors/tiktok_live/lines.py.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, TextIO

BEAT_S = 10.0
ENDINGS = {  # names of TikTokLive's errors (client/errors.py of 7.0.1), and what they mean here
    "UserOfflineError": "offline",
    "UserNotFoundError": "account",
    "AgeRestrictedError": "account",
    "SignatureRateLimitError": "limited",
    "WebcastBlockedError": "blocked",
    "WebcastBlocked200Error": "blocked",
    "InitialCursorMissingError": "blocked",
    "WebsocketURLMissingError": "blocked",
    "FailedParseRoomIdError": "blocked",
    "PremiumEndpointError": "blocked",
}
DETECTED = frozenset({"EMPTY_PAYLOAD", "EMPTY_COOKIES", "PREMIUM_ENDPOINT"})  # reasons of SignAPIError


def told(event: Any) -> dict[str, Any] | None:
    """An event of TikTokLive as our line; None for what no show needs. A gift that can be given in a row is
    told once the row has ended.
    """
    name = type(event).__name__
    if name == "CommentEvent":
        return _who(event, "comment") | {"text": str(event.comment)}
    if name == "GiftEvent":
        if getattr(event, "streaking", False):
            return None
        gift = getattr(event, "gift", None)
        count = getattr(event, "repeat_count", 1) or 1
        coins = (getattr(gift, "diamond_count", 0) or 0) * count
        return _who(event, "gift") | {"gift": str(getattr(gift, "name", "")), "count": count, "coins": coins}
    if name == "LikeEvent":
        return _who(event, "like") | {"count": getattr(event, "count", 1)}
    if name == "FollowEvent":
        return _who(event, "follow")
    if name == "JoinEvent":
        return _who(event, "enter")
    if name == "RoomUserSeqEvent":
        return _who(event, "viewers") | {"count": getattr(event, "total", 0)}
    return None


def _who(event: Any, kind: str) -> dict[str, Any]:
    common, user = getattr(event, "common", None), getattr(event, "user", None)
    return {
        "is": kind,
        "id": str(getattr(common, "msg_id", "") or ""),
        "at": getattr(common, "create_time", 0) or 0,
        "viewer": str(getattr(user, "nickname", "") or ""),
        "viewer_id": str(getattr(user, "id", "") or ""),
    }


def ending(error: BaseException) -> dict[str, Any]:
    """The last line, for what TikTokLive raised. `wait`: seconds that the signing service asks for."""
    kinds = [ENDINGS[k.__name__] for k in type(error).__mro__ if k.__name__ in ENDINGS]
    why = kinds[0] if kinds else "lost"
    reason = getattr(getattr(error, "reason", None), "name", "")
    if reason in DETECTED:
        why = "blocked"
    line: dict[str, Any] = {"is": "over", "why": why, "says": f"{type(error).__name__} {reason}".strip()}
    response = getattr(error, "response", None)
    wait = getattr(response, "headers", {}).get("Retry-After", "") if response is not None else ""
    return line | ({"wait": int(wait)} if why == "limited" and str(wait).isdecimal() else {})


class Out:
    """Lines to stdout, whole and at once. `frames`: what came since the last beat."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self.frames = stream, 0

    def line(self, **data: Any) -> None:
        self._stream.write(json.dumps(data, ensure_ascii=True) + "\n")
        self._stream.flush()


async def read(config: Mapping[str, Any], out: Out) -> None:
    """Until the live ends, the line is lost or TikTok says no; then the last line is written."""
    try:
        client, events = _client(config)
    except ImportError:
        out.line(**{"is": "over", "why": "missing", "says": "TikTokLive is not installed"})
        return
    ended: list[dict[str, Any]] = []

    async def heard(event: Any) -> None:
        if (line := told(event)) is not None:
            out.line(**line)

    async def counted(event: Any) -> None:
        out.frames += 1

    async def opened(event: Any) -> None:
        out.line(**{"is": "open"})

    async def over(event: Any) -> None:
        ended.append({"is": "over", "why": "ended", "says": "the live has ended"})

    for name in ("CommentEvent", "GiftEvent", "LikeEvent", "FollowEvent", "JoinEvent", "RoomUserSeqEvent"):
        client.add_listener(getattr(events, name), heard)
    client.add_listener(events.WebsocketResponseEvent, counted)
    client.add_listener(events.ConnectEvent, opened)
    client.add_listener(events.LiveEndEvent, over)
    beating = asyncio.ensure_future(_beat(out))
    try:
        task = await client.start()
        await task
        out.line(**(ended[0] if ended else {"is": "over", "why": "lost", "says": "the line was closed"}))
    except Exception as error:  # noqa: BLE001  another's library: whatever it raises is told and ends this
        out.line(**ending(error))
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(out: Out) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        out.line(**{"is": "alive", "frames": out.frames})
        out.frames = 0


def _client(config: Mapping[str, Any]) -> tuple[Any, Any]:
    """TikTokLive's client and its events. Raises ImportError where it is not there."""
    from TikTokLive import TikTokLiveClient, events
    from TikTokLive.client.web.web_settings import WebDefaults

    for name, url in config.get("hosts", {}).items():  # a test's own server
        setattr(WebDefaults, f"tiktok_{name}_url", url)
    WebDefaults.tiktok_sign_api_key = config.get("sign_key") or None
    client = TikTokLiveClient(unique_id=str(config.get("unique_id", "")))
    # 7.0.1 asks the signing service without looking at its certificate: the key would go to anybody.
    client.web.signer.sdk_client._verify_ssl = True
    return client, events


def main() -> None:
    """Ends with its parent: a process whose stdin has closed belongs to nobody."""
    config = json.loads(sys.stdin.readline() or "{}")
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    asyncio.run(read(config, Out(sys.stdout)))
    os._exit(0)  # its threads and sockets are of no more use


def _leave_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
