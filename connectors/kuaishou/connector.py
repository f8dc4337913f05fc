"""Kuaishou as a channel: the address of a room from the open platform, its state, its end. The open platform
documents no comments, gifts or goods of a room: those are in the seller's console.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.account import Account
from connectors.base import (
    BareConnector,
    Cap,
    Check,
    CheckState,
    Ingest,
    Metrics,
    Secret,
    ShowInfo,
)
from connectors.errors import Changed, NotLive
from connectors.kuaishou.api import Kuaishou
from connectors.outside import Outside
from connectors.rtmp.hosts import host_of, is_loopback, limits_of
from products.errors import CastmateError, RemoteError, SetupError

PLATFORM = "kuaishou"
CAPS = frozenset({Cap.EGRESS, Cap.METRICS})
HOSTS = ("yximgs.com", "kuaishou.com")  # README 6.1's sample; a key goes nowhere else
MAX_TITLE = 13  # characters of the title
LARGEST_COVER = 2 << 20
COVERS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
GOOD_FOR = timedelta(days=2)
LIMITS = replace(limits_of(PLATFORM), single_use_key=True)
CLOSE_S = 2.5
ENDED, LIVING = "LIVE_END", "LIVING"


class KuaishouConnector(BareConnector):
    """Implements connectors.base.Connector for one account. Its fields, beside those of api.Kuaishou: cover
    (a picture on this machine) and shop ("no" for a live without a shopping cart).
    """

    platform = PLATFORM
    caps = CAPS

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._api = Kuaishou(account, outside)
        self._ingest: Ingest | None = None
        self._stream = ""
        self._ended = False

    def __repr__(self) -> str:
        return f"KuaishouConnector({self._account!r})"

    async def open(self, show: ShowInfo) -> Ingest:
        """Raises SetupError for a cover that cannot be sent; else what the calls raise."""
        if self._ingest is None:
            self._ingest = await self._address(show)
        return self._ingest

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same address while Kuaishou keeps the room or waits for its first picture; a room that is over
        is followed by a new one, with a new address: it must be announced again.
        """
        if self._ingest is not None and not self._spent(self._ingest, self._outside.now()):
            try:
                if (await self._state())[0] != ENDED:
                    return self._ingest
            except NotLive:
                pass
        self._ingest = None
        return await self.open(show)

    def _spent(self, ingest: Ingest, now: datetime) -> bool:
        return ingest.expires is not None and ingest.expires <= now

    async def _address(self, show: ShowInfo) -> Ingest:
        cover = read_cover(self._account.text("cover"))
        shop = "false" if self._account.text("shop").lower() in ("no", "false", "0") else "true"
        now = self._outside.now()
        content = await self._api.post(
            "pushUrls", cover, caption=show.title[:MAX_TITLE], shopLive=shop, deviceName="Castmate"
        )
        url, name = _text(content, "pushUrl"), _text(content, "liveStreamName")
        kind, host = url.partition("://")[0].lower(), host_of(url)
        ours = any(host == known or host.endswith("." + known) for known in HOSTS) or is_loopback(host)
        if kind not in ("rtmp", "rtmps") or not ours:
            raise Changed("Kuaishou gives no address of its own to send to.")
        self._stream = name
        return Ingest(kind, Secret(url), f"{kind}://{host}", LIMITS, now + GOOD_FOR, single_use=True)

    async def _state(self) -> tuple[str, str]:
        """LIVING, LIVE_NOT_START or LIVE_END, and why."""
        if not self._stream:
            raise NotLive("No room is open on Kuaishou.")
        content = await self._api.get(f"status/{self._stream}")
        return _text(content, "status", ""), _text(content, "statusMsg", "")[:200]

    async def metrics(self) -> Metrics:
        state, why = await self._state()
        says = f"Kuaishou says {state or 'nothing of the room'}" + (f": {why}." if why else ".")
        return Metrics(self._outside.now(), state == LIVING, says=says)

    async def check(self) -> tuple[Check, ...]:
        """Asks for the state of a stream that is not there: refused for its name only if the rest is good."""
        found = [await self._login()]
        try:
            read_cover(self._account.text("cover"))
            found.append(Check("cover", CheckState.OK, "There is a cover picture."))
        except SetupError as error:
            found.append(Check("cover", CheckState.BAD, error.message, error.remedy))
        found.append(
            Check(
                "face", CheckState.BY_HAND, "Kuaishou may want to see the host's face before a room opens.",
                "Do it in the Kuaishou app shortly before the show.",
            )
        )  # fmt: skip
        return tuple(found)

    async def _login(self) -> Check:
        try:
            await self._api.get("status/castmate-check")
        except NotLive:
            pass
        except (RemoteError, SetupError) as error:
            if "400009" not in error.message:
                remedy = error.remedy or "Try again later."
                return Check("open platform", CheckState.BAD, error.message, remedy)
        return Check("open platform", CheckState.OK, "The app and the login are taken.")

    async def close(self, reason: str) -> None:
        """Ends the room; without a stream it ends by itself within two minutes."""
        await super().close(reason)
        if self._ended:
            return
        self._ended = True
        try:
            if self._stream:
                async with asyncio.timeout(CLOSE_S):
                    await self._api.post("stopPush", liveStreamName=self._stream)
        except (CastmateError, TimeoutError):
            pass
        finally:
            await self._api.aclose()


def read_cover(path: str) -> tuple[str, bytes, str]:
    """(name, content, media type). Raises SetupError, which says what is wrong with it."""
    how = "castmate connectors login kuaishou --set cover=PATH"
    remedy = f"Give a .jpg or .png of at most 2 MB, best 720x1280: {how}"
    if not path:
        raise SetupError("Kuaishou wants a cover picture.", remedy=remedy)
    file = Path(path)
    kind = COVERS.get(file.suffix.lower())
    if kind is None:
        raise SetupError(f"The cover picture {file.name} is no .jpg or .png.", remedy=remedy)
    try:
        if file.stat().st_size > LARGEST_COVER:
            raise SetupError(f"The cover picture {file.name} is larger than 2 MB.", remedy=remedy)
        content = file.read_bytes()
    except OSError as error:
        raise SetupError(
            f"The cover picture {file.name} cannot be read ({error.strerror}).", remedy=remedy
        ) from None
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise SetupError(f"{file.name} is no picture.", remedy=remedy)
    return file.name, content, kind


def _text(content: Any, name: str, default: str | None = None) -> str:
    """Raises Changed where it is missing and has no default."""
    value = content.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Changed(f"Kuaishou's answer has no {name}.")
    return value
