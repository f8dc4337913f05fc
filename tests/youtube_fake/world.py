"""What this YouTube knows: broadcasts, streams, videos, chats, logins; and the faults that it shall have."""

import base64
import itertools
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from youtube_fake.sources import COSTS

CHANNEL = "UCshop000000000000000001"
CLIENT_ID, CLIENT_SECRET = "client-1.apps.googleusercontent.com", "GOCSPX-secret_of_the_client"
HISTORY = 75  # messages of the past that a first call gets: no document names a number


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Fault:
    """An answer in place of the right one. `reason` None: a body that is no JSON."""

    status: int
    reason: str | None = ""
    headers: dict = field(default_factory=dict)
    message: str = "no"
    done: bool = False  # the call is carried out before the fault is told
    cut: bool = False  # no answer at all: the connection breaks
    body: bytes | None = None  # this body, whatever the status


@dataclass
class Room:
    """One live chat. `index` of a message is what a page token holds."""

    id: str
    video: str
    messages: list[dict] = field(default_factory=list)
    open: bool = True


class World:
    """`now`: its clock. All that it was asked stands in `calls`; units are counted as Google does."""

    def __init__(self, now, *, ingest="rtmp://a.rtmp.youtube.com/live2", rtmps="", budget=10_000):
        self.now, self.ingest, self.rtmps, self.budget = now, ingest, rtmps, budget
        self.skew = timedelta()
        self.broadcasts, self.streams, self.videos, self.rooms = {}, {}, {}, {}
        self.calls, self.bodies, self.spent, self.by_day = Counter(), [], 0, Counter()
        self.faults = defaultdict(deque)  # by method; "*" for any
        self.access, self.refresh = {"ya29.first"}, {"1//refresh"}
        self.codes, self.devices = {}, {}
        self.polling_ms, self.flag_sticks, self.pushed = 1000, True, lambda key: False
        self.viewers, self.health, self.issues = None, "good", []
        self.bearers, self.log = [], []
        self.stream_plan = deque()  # what the next streams do instead of going on (grpc_chat.py)
        self.stream_tokens = []
        self.deaf = False
        self.slow_s = 0.0  # so long after a message stands in the chat its writer is told
        self.cuts, self.garbage = 0, []  # how often all streams were cut; bytes that all of them send next
        self._ids = itertools.count(1)
        self.moved = []  # those who wait for a new message

    @property
    def time(self) -> datetime:
        return self.now() + self.skew

    def id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):04d}"

    # ---- units and faults

    def spend(self, method: str) -> bool:
        """Whether the day's units allow it."""
        self.calls[method] += 1
        self.log.append(method)
        day = (self.time - timedelta(hours=8)).date()  # Pacific time, in winter
        self.by_day[day] += COSTS[method]
        self.spent += COSTS[method]
        return self.by_day[day] <= self.budget

    def fault(self, method: str) -> Fault | None:
        for name in (method, "*"):
            if self.faults[name]:
                return self.faults[name].popleft()
        return None

    # ---- what viewers and YouTube do

    def room(self) -> Room:
        return next(r for r in reversed(self.rooms.values()) if r.open)

    def write(
        self, text, *, id=None, name="Mei", channel="UCviewer", owner=False, at=None, room=None, **extra
    ):
        """A viewer writes. `extra`: snippet fields in place of a text message's."""
        room = room or self.room()
        snippet = {
            "type": "textMessageEvent",
            "liveChatId": room.id,
            "authorChannelId": channel,
            "publishedAt": stamp(at or self.time),
            "hasDisplayContent": True,
            "displayMessage": text,
            "textMessageDetails": {"messageText": text},
        }
        if extra:
            del snippet["textMessageDetails"]
            snippet |= extra
        message = {
            "kind": "youtube#liveChatMessage",
            "etag": "etag",
            "id": id or self.id("LCC."),
            "snippet": snippet,
            "authorDetails": {
                "channelId": channel,
                "channelUrl": f"http://www.youtube.com/channel/{channel}",
                "displayName": name,
                "profileImageUrl": "https://yt3.ggpht.com/photo.jpg",
                "isVerified": False,
                "isChatOwner": owner,
                "isChatSponsor": False,
                "isChatModerator": False,
            },
        }
        self.put(room, message)
        return message

    def put(self, room: Room, message: dict) -> None:
        room.messages.append(message)
        self.wake()

    def repeat(self, id_: str) -> None:
        room = self.room()
        self.put(room, next(m for m in room.messages if m["id"] == id_))

    def end_chat(self, room=None) -> None:
        room = room or self.room()
        self.write("", room=room, type="chatEndedEvent")
        room.open = False
        self.wake()

    def wake(self) -> None:
        for event in self.moved:
            event.set()

    def cut_streams(self) -> None:
        self.cuts += 1
        self.wake()

    # ---- pages of chat

    def token(self, room: Room, index: int) -> str:
        return base64.urlsafe_b64encode(f"{room.id}|{index}".encode()).decode()

    def index(self, room: Room, token: str) -> int | None:
        """None: a token that this chat never gave."""
        try:
            chat, _, index = base64.urlsafe_b64decode(token.encode()).decode().partition("|")
            return int(index) if chat == room.id and 0 <= int(index) <= len(room.messages) else None
        except ValueError:
            return None

    def page(self, room: Room, token: str, most: int) -> tuple[list[dict], str] | None:
        start = self.index(room, token) if token else max(0, len(room.messages) - HISTORY)
        if start is None:
            return None
        items = room.messages[start : start + most]
        return items, self.token(room, start + len(items))

    # ---- states that follow from others

    def look(self) -> None:
        """Moves on what moves by itself: a stream that gets a picture, a broadcast that was starting."""
        for stream in self.streams.values():
            key = stream["cdn"]["ingestionInfo"]["streamName"]
            pushed = self.pushed(key)
            was = stream["status"]["streamStatus"]
            stream["status"]["streamStatus"] = "active" if pushed else "inactive" if was == "active" else was
            stream["status"]["healthStatus"] = {
                "status": self.health if pushed else "noData",
                "lastUpdateTimeSeconds": str(int(self.time.timestamp())),
                "configurationIssues": self.issues,
            }
        for broadcast in self.broadcasts.values():
            if broadcast["status"]["lifeCycleStatus"] == "liveStarting":
                broadcast["status"]["lifeCycleStatus"] = "live"
                broadcast["snippet"]["actualStartTime"] = stamp(self.time)

    def complete(self, id_: str) -> None:
        broadcast = self.broadcasts[id_]
        broadcast["status"]["lifeCycleStatus"] = "complete"
        broadcast["snippet"]["actualEndTime"] = stamp(self.time)
        for room in self.rooms.values():
            if room.video == id_ and room.open:
                self.end_chat(room)
