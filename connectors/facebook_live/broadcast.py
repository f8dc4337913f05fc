"""A Page's live videos: made, looked at, ended.

Sources: developers.facebook.com/documentation/live-video-api/guides/streaming (status=LIVE_NOW goes live with
the first picture; the address is good for 24 hours, then for a broadcast of 8), /reference.md (settings),
/docs/graph-api/reference/page/live_videos (stop_on_delete_stream), /docs/graph-api/reference/live-video
(end_live_video, fields).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.account import Account
from connectors.base import Ingest, Secret, ShowInfo
from connectors.errors import Changed, NotLive
from connectors.facebook_live.endpoints import PLATFORM
from connectors.facebook_live.forms import LIVE, WAITING, Created, LiveVideo, read
from connectors.facebook_live.graph import Graph
from connectors.outside import Outside
from connectors.rtmp.hosts import host_of, is_loopback, limits_of

HOSTS = ("facebook.com",)  # a key goes nowhere else
FIRST_USE = timedelta(hours=24)
LONGEST = timedelta(hours=8)
SPARE = timedelta(minutes=30)  # with less left, a new broadcast is made instead of going on with this one
FIELDS = "status,live_views,secure_stream_url,video,ingest_streams{stream_health}"
MAX_TITLE = 255  # our own caution: no document names a figure
LIMITS = limits_of(PLATFORM)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`video`: the id of the live video. `post`: of its video, where comments are written."""

    video: str
    url: Secret
    began: datetime
    post: str = ""

    def fresh(self, now: datetime) -> bool:
        return now - self.began < LONGEST - SPARE


class Broadcasts:
    """As one Page. The account keeps which live video belongs to which show: a show that was restarted goes
    on in the same one.
    """

    def __init__(self, account: Account, outside: Outside, graph: Graph) -> None:
        self._account, self._outside, self._graph = account, outside, graph

    async def open(self, show: ShowInfo) -> Broadcast:
        """The one of this show that still runs, or a new one."""
        return await self._kept(show) or await self.make(show)

    async def make(self, show: ShowInfo) -> Broadcast:
        page, now = self._account.text("page_id"), self._outside.now()
        made = read(Created, await self._graph.post(
            f"/{page}/live_videos", status="LIVE_NOW", title=show.title[:MAX_TITLE],
            description=show.description or show.title, stop_on_delete_stream=False,
        ))  # fmt: skip
        self._account.keep(live_video=made.id, live_show=show.id, live_began=now.isoformat())
        post = (await self.look(made.id)).video
        return Broadcast(made.id, _address(made.secure_stream_url), now, post.id if post else "")

    async def _kept(self, show: ShowInfo) -> Broadcast | None:
        video, began = self._account.text("live_video"), _time(self._account.text("live_began"))
        if not video or began is None or self._account.text("live_show") != show.id:
            return None
        try:
            seen = await self.look(video)
        except NotLive:
            return None
        if seen.status not in (LIVE, *WAITING) or not seen.secure_stream_url:
            return None
        found = Broadcast(video, _address(seen.secure_stream_url), began, seen.video.id if seen.video else "")
        return found if found.fresh(self._outside.now()) else None

    async def look(self, video: str) -> LiveVideo:
        return read(LiveVideo, await self._graph.get(f"/{video}", fields=FIELDS))

    async def end(self, video: str) -> None:
        """Also where it has ended already."""
        try:
            await self._graph.post(f"/{video}", end_live_video=True)
        except NotLive:
            pass
        if self._account.text("live_video") == video:
            self._account.keep(live_video=None, live_show=None, live_began=None)


def ingest_of(broadcast: Broadcast) -> Ingest:
    url = broadcast.url
    scheme, host = url.reveal().partition("://")[0], host_of(url.reveal())
    return Ingest(scheme, url, f"{scheme}://{host}", LIMITS, broadcast.began + FIRST_USE)


def _address(url: str) -> Secret:
    """Raises Changed for one that is not encrypted or not Facebook's."""
    host, scheme = host_of(url), url.partition("://")[0].lower()
    ours = any(host == known or host.endswith("." + known) for known in HOSTS)
    if not (scheme == "rtmps" and ours) and not (scheme in ("rtmp", "rtmps") and is_loopback(host)):
        raise Changed("Facebook gives no encrypted address to send to.")
    return Secret(url)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


__all__ = ["FIRST_USE", "LIMITS", "Broadcast", "Broadcasts", "ingest_of"]
