"""A broadcast on YouTube: made, bound to a stream, marked as synthetic, put live, ended.

Life of a broadcast: developers.google.com/youtube/v3/live/life-of-a-broadcast; each call's page under
developers.google.com/youtube/v3/live/docs (liveBroadcasts, liveStreams) and .../v3/docs/videos.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Evidence, Ingest, Secret, ShowInfo
from connectors.errors import Changed
from connectors.youtube.limits import LIMITS
from connectors.youtube.rest import Refusal, Rest
from connectors.youtube.wire import Broadcast, Channel, Stream, Video, VideoStatus, read, read_items

TITLE_CHARS, DESCRIPTION_CHARS = 100, 5000  # liveBroadcasts.insert: invalidTitle, invalidDescription
STREAM_TITLE_CHARS = 128  # liveStreams.insert: invalidTitle
SOON = timedelta(seconds=10)  # a start must lie in the future
OVER = frozenset({"complete", "revoked"})
ON = frozenset({"live", "liveStarting"})
PARTS = "id,snippet,status,contentDetails"


@dataclass(frozen=True, slots=True)
class Opened:
    """A broadcast and the stream that it is bound to. `video`: the broadcast's id, too."""

    broadcast: Broadcast
    stream: Stream

    @property
    def video(self) -> str:
        return self.broadcast.id

    @property
    def chat(self) -> str:
        return self.broadcast.snippet.live_chat_id


class Broadcasts:
    """The calls about one show's broadcast. Raises what Rest.call raises, and Changed."""

    def __init__(self, rest: Rest, privacy: str = "public") -> None:
        self._rest, self._privacy = rest, privacy

    async def channel(self) -> str:
        """The id of the account's channel; "" where it has none."""
        found = read_items(
            Channel, await self._rest.get("channels.list", "/channels", part="id", mine="true")
        )
        return found[0].id if found else ""

    async def open(self, show: ShowInfo) -> Opened:
        """The show's broadcast, bound to a stream of its own: what a former try left, or a new one."""
        broadcast = await self._left(show) or await self._insert(show)
        if not broadcast.content_details.bound_stream_id:
            stream = await self._insert_stream(show)
            broadcast = await self._bind(broadcast, stream)
        else:
            stream = await self.stream(broadcast.content_details.bound_stream_id)
        return Opened(broadcast, stream)

    async def renew(self, show: ShowInfo, opened: Opened) -> Opened:
        """The same while it is not over; then a new broadcast, on the same stream."""
        now = await self.broadcast(opened.video)
        if now is not None and now.status.life_cycle_status not in OVER:
            return Opened(now, opened.stream)
        return Opened(await self._bind(await self._insert(show), opened.stream), opened.stream)

    async def _left(self, show: ShowInfo) -> Broadcast | None:
        """A broadcast of this very show that is not over: this process began again, or an answer was lost."""
        for status in ("active", "upcoming"):
            body = await self._rest.get(
                "liveBroadcasts.list", "/liveBroadcasts", part=PARTS, broadcastStatus=status, maxResults="50"
            )
            for broadcast in read_items(Broadcast, body):
                ours = broadcast.snippet.description.rstrip().endswith(mark(show))
                if ours and broadcast.status.life_cycle_status not in OVER:
                    return broadcast
        return None

    async def _insert(self, show: ShowInfo) -> Broadcast:
        start = self._rest.outside.now() + self._rest.skew + SOON
        room = DESCRIPTION_CHARS - len(mark(show)) - 2
        about = _clean(show.description)[:room]
        body = {
            "snippet": {
                "title": _clean(show.title)[:TITLE_CHARS] or show.id[:TITLE_CHARS],
                "description": f"{about}\n\n{mark(show)}".lstrip(),
                "scheduledStartTime": start.isoformat(timespec="seconds").replace("+00:00", "Z"),
            },
            "status": {"privacyStatus": self._privacy, "selfDeclaredMadeForKids": False},
            "contentDetails": {
                "enableAutoStart": False,  # not before the AI flag was read back
                "enableAutoStop": False,  # a short gap is no end
                "enableDvr": True,
                "recordFromStart": True,
                "latencyPreference": "low",
                "monitorStream": {"enableMonitorStream": False},
            },
        }
        made = await self._post("liveBroadcasts.insert", "/liveBroadcasts", {"part": PARTS}, body)
        return read(Broadcast, made)

    async def _insert_stream(self, show: ShowInfo) -> Stream:
        body = {
            "snippet": {"title": f"Castmate {_clean(show.id)}"[:STREAM_TITLE_CHARS]},
            "cdn": {"ingestionType": "rtmp", "resolution": "variable", "frameRate": "variable"},
            "contentDetails": {"isReusable": True},
        }
        parts = {"part": "id,snippet,cdn,status,contentDetails"}
        return read(Stream, await self._post("liveStreams.insert", "/liveStreams", parts, body))

    async def _bind(self, broadcast: Broadcast, stream: Stream) -> Broadcast:
        params = {"id": broadcast.id, "streamId": stream.id, "part": PARTS}
        bound = await self._rest.call(
            "POST", "liveBroadcasts.bind", "/liveBroadcasts/bind", params, None, twice=True
        )
        return read(Broadcast, bound)

    async def _post(self, method: str, path: str, params: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        return await self._rest.call("POST", method, path, params, body, twice=False)

    # ---- its state

    async def broadcast(self, id_: str) -> Broadcast | None:
        """None: it was deleted."""
        found = await self._rest.get("liveBroadcasts.list", "/liveBroadcasts", part=PARTS, id=id_)
        return next(iter(read_items(Broadcast, found)), None)

    async def stream(self, id_: str) -> Stream:
        """With its state and health. Raises Changed when it is not there."""
        found = await self._rest.get("liveStreams.list", "/liveStreams", part="id,snippet,cdn,status", id=id_)
        for stream in read_items(Stream, found):
            return stream
        raise Changed("YouTube does not know the stream any more.", remedy="Open the channel anew.")

    async def video(self, id_: str) -> Video:
        """With its status, viewers and chat. Raises Changed when it is not there."""
        found = await self._rest.get("videos.list", "/videos", part="id,status,liveStreamingDetails", id=id_)
        for video in read_items(Video, found):
            return video
        raise Changed("YouTube does not know the video any more.", remedy="Open the channel anew.")

    async def go(self, id_: str, to: str) -> str:
        """Moves the broadcast to `testing`, `live` or `complete`; its state afterwards. A stream that is not
        active yet, or a move under way already, is no error: the state tells.
        """
        params = {"broadcastStatus": to, "id": id_, "part": "id,status"}
        try:
            body = await self._rest.call(
                "POST", "liveBroadcasts.transition", "/liveBroadcasts/transition", params, None, twice=True
            )
            return read(Broadcast, body).status.life_cycle_status
        except Refusal as refusal:
            if refusal.reason not in ("redundantTransition", "errorStreamInactive", "invalidTransition"):
                raise
            now = await self.broadcast(id_)
            return "" if now is None else now.status.life_cycle_status

    # ---- the AI flag

    async def disclose(self, id_: str, synthetic: bool, now: datetime) -> Evidence:
        """Sets status.containsSyntheticMedia on the broadcast's video and reads it back by a call of its own.

        videos.update deletes what it is not given: the video's other settings are read first and sent along.
        """
        before = await self.video(id_)
        if before.status.contains_synthetic_media is not synthetic:
            status = before.status.model_dump(by_alias=True, exclude_none=True)
            body = {"id": id_, "status": {**status, "containsSyntheticMedia": synthetic}}
            await self._rest.call("PUT", "videos.update", "/videos", {"part": "status"}, body, twice=True)
        after = (await self.video(id_)).status
        told = after.contains_synthetic_media
        ok = (told or False) is synthetic and _rest_of(after) == _rest_of(before.status)
        return Evidence(ok, now, _says(told, synthetic, ok), f"status.containsSyntheticMedia={_json(told)}")


def mark(show: ShowInfo) -> str:
    """What tells a show's broadcast among others: the last line of its description."""
    return f"[castmate {_clean(show.id)[:64]}]"


def ingest_of(opened: Opened) -> Ingest:
    """Where to push; by TLS where YouTube offers it. Raises Changed when it offers nothing."""
    info = opened.stream.cdn.ingestion_info
    address = info.rtmps_ingestion_address or info.ingestion_address
    scheme, found, host = address.partition("://")
    if scheme not in ("rtmp", "rtmps") or not found or not info.stream_name:
        raise Changed("YouTube named no address to send to.", remedy="Open the channel anew.")
    shown = f"{scheme}://{host.partition('/')[0]}"
    return Ingest(scheme, Secret(f"{address.rstrip('/')}/{info.stream_name}"), shown, LIMITS)


def _rest_of(status: VideoStatus) -> VideoStatus:
    return status.model_copy(update={"contains_synthetic_media": None})


def _says(told: bool | None, synthetic: bool, ok: bool) -> str:
    if ok:
        return "YouTube shows this video as altered or synthetic." if synthetic else "No AI flag is set."
    if told is None and synthetic:
        return "YouTube does not show the AI flag: set it in YouTube Studio and keep a picture of it."
    if (told or False) is not synthetic:
        return "YouTube shows the AI flag the other way round: set it in YouTube Studio."
    return "YouTube changed other settings of the video with the AI flag: look at them in YouTube Studio."


def _json(value: bool | None) -> str:
    return {None: "absent", True: "true", False: "false"}[value]


def _clean(text: str) -> str:
    """YouTube takes no angle brackets in titles and descriptions."""
    return text.replace("<", "‹").replace(">", "›").strip()
