"""The chat of a channel over EventSub: one WebSocket, subscribed anew after each loss, moved when Twitch
asks.

Source: dev.twitch.tv/docs/eventsub/handling-websocket-events. Nothing is ever sent on this socket (close code
4001).
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.base import ChatState
from connectors.canary import Canary, Ear
from connectors.errors import AuthNeeded, Blocked, Changed, Transient
from connectors.feed import Feed
from connectors.outside import Outside, Wire
from connectors.sockets import After, Again, Handled, Move
from connectors.twitch.helix import Helix
from connectors.twitch.wire import CHAT, FOLLOW, GIFT_SUB, Frame, SessionInfo, events_of, read_frame
from products.errors import CastmateError, RemoteError

KEEPALIVE_S = 10  # what we ask for; Twitch takes 10 to 600
MARGIN_S = 5.0
STEADY_S = 60.0  # a connection that held so long was a good one
LOOK_S = 5.0  # how often the canary is looked at
PROBE_S = 10.0  # Twitch gets so long to say what it knows of our subscription
DEAF = "Twitch answers, but the chat does not come."
SKEW = timedelta(seconds=5)  # a difference of clocks that is worth correcting


class ChatSession:
    """Implements connectors.sockets.Session. `user`: who reads and writes; `broadcaster`: whose channel it
    is.

    notes      what could not be had beside the chat (follows, gifts), in plain words
    malformed  messages that could not be read; they are passed over and counted
    """

    beat_s: float | None = LOOK_S

    def __init__(
        self, helix: Helix, feed: Feed, outside: Outside, url: str, user: str, broadcaster: str
    ) -> None:
        self._helix, self._feed, self._outside, self._url = helix, feed, outside, url
        self._user, self._broadcaster = user, broadcaster
        self.quiet_s = KEEPALIVE_S + MARGIN_S
        self._canary = self._fresh_canary()
        self._heard: datetime | None = None  # when anything came last
        self._proven: datetime | None = None  # when it was certain that it hears
        self._since: datetime | None = None  # while lost: since when
        self._opened_at = 0.0
        self._moving = False
        self._skew = timedelta(0)
        self._subscription = ""
        self._echoes = False  # whether what we write comes back to us, as seen
        self._unsure = ""  # why Twitch could not be asked about the subscription
        self.notes: list[str] = []
        self.malformed = 0

    async def address(self, tries: int) -> tuple[str, Mapping[str, str]]:
        return f"{self._url}?keepalive_timeout_seconds={KEEPALIVE_S}", {}

    async def opened(self, wire: Wire) -> None:
        self._moving, self._subscription, self._unsure = False, "", ""
        self.quiet_s = KEEPALIVE_S + MARGIN_S
        self._canary = self._fresh_canary()
        self._opened_at = self._outside.time()

    async def frame(self, data: str | bytes, wire: Wire) -> After:
        self._canary.frame(self._outside.time())
        self._heard = self._outside.now()
        try:
            frame = read_frame(data)
            return await self._take(frame)
        except Changed:
            self.malformed += 1
            return None

    async def beat(self, wire: Wire) -> None:
        """Asks Twitch about our subscription when it has been silent for long.

        Raises Transient once it is deaf for sure. Where Twitch does not answer either, that is told, and the
        connection kept: a new one could not be subscribed.
        """
        if self._subscription and self._canary.due(self._outside.time()):
            self._canary.probed(self._outside.time())
            await self._probe()
        ear = self._canary.ear(self._outside.time())
        if ear is Ear.HEARS:
            return
        if ear is Ear.DEAF and self._unsure:
            self._feed.state(ChatState.DEAF, f"Nothing comes, and Twitch cannot be asked: {self._unsure}")
            self._canary.retry()
            return
        self._since = self._since or self._proven
        self._feed.state(ChatState.DEAF, DEAF)
        raise Transient(DEAF)

    def lost(self, why: str, wait_s: float) -> None:
        if self._since is None:
            self._since = self._heard or self._outside.now()
        self._feed.state(ChatState.WAITING, why)

    def wrote(self, since: float) -> None:
        """A message of ours was shown: where that came back before, it must come back now, or has come while
        we were told. `since`: when it was sent.
        """
        if self._echoes and self._subscription:
            self._canary.probed(self._outside.time(), since)

    async def _take(self, frame: Frame) -> After:
        if frame.type == "notification":
            return self._notification(frame)
        if frame.type == "session_keepalive":
            steady = self._outside.time() - self._opened_at >= STEADY_S and bool(self._subscription)
            return Handled() if steady else None
        if frame.type == "session_welcome" and frame.session is not None:
            return await self._welcome(frame, frame.session)
        if frame.type == "session_reconnect" and frame.session is not None and frame.session.reconnect_url:
            self._moving = True
            return Move(frame.session.reconnect_url)
        if frame.type == "revocation" and frame.subscription is not None:
            return self._revoked(frame.subscription.type, frame.subscription.status)
        return None

    async def _welcome(self, frame: Frame, session: SessionInfo) -> After:
        keepalive = session.keepalive_timeout_seconds or KEEPALIVE_S
        self.quiet_s = min(max(keepalive, 1), 600) + MARGIN_S
        skew = self._outside.now() - frame.at
        self._skew = skew if abs(skew) > SKEW else timedelta(0)
        if self._moving:  # subscriptions came along
            self._moving = False
            return None
        try:
            await self._subscribe(session.id)
        except (AuthNeeded, Blocked, Transient):
            raise
        except RemoteError as error:  # the socket ended meanwhile, or Twitch is confused: anew
            return Again(error.message)
        if self._since is not None:
            self._feed.gap(self._since, "the connection to Twitch was lost")
            self._since = None
        self._hears()
        return None

    def _hears(self) -> None:
        self._canary.proof(self._outside.time())
        self._proven, self._unsure = self._outside.now(), ""
        if self._feed.hearing().state is not ChatState.OPEN:
            self._feed.state(ChatState.OPEN)

    async def _subscribe(self, session: str) -> None:
        """The chat must come; follows and gifts where the login allows it."""
        both = {"broadcaster_user_id": self._broadcaster, "user_id": self._user}
        found = await self._helix.subscribe(CHAT, "1", both, session, tries=1)
        self._subscription = found.id
        self.notes = []
        for kind, version, condition in (
            (FOLLOW, "2", {"broadcaster_user_id": self._broadcaster, "moderator_user_id": self._user}),
            (GIFT_SUB, "1", {"broadcaster_user_id": self._broadcaster}),
        ):
            try:
                await self._helix.subscribe(kind, version, condition, session, tries=2)
            except CastmateError as error:
                self.notes.append(f"{kind} does not come: {error.message}")

    def _notification(self, frame: Frame) -> After:
        events = events_of(frame, self._user, self._skew)
        for event in events:
            self._feed.offer(event)
            self._echoes = self._echoes or event.own
        if events and self._subscription:
            self._hears()
        return Handled() if events else None

    def _revoked(self, kind: str, status: str) -> After:
        """Raises AuthNeeded or Blocked where the chat is not coming back by itself."""
        if kind != CHAT:
            self.notes.append(f"{kind} was withdrawn: {status}")
            return None
        if status == "authorization_revoked":
            raise AuthNeeded(
                "The channel has withdrawn Castmate's access on Twitch.",
                remedy="Log in again: castmate connectors login twitch --again",
            )
        if status in ("user_removed", "moderator_removed"):
            raise Blocked(f"Twitch ended the chat: {status}.", remedy="Look at the account on twitch.tv.")
        return Again(f"Twitch ended the subscription ({status or 'no reason'})")

    async def _probe(self) -> None:
        """Does Twitch still know our subscription? A call that fails leaves the question open."""
        try:
            async with asyncio.timeout(PROBE_S):
                known = await self._helix.subscriptions(CHAT)
        except (CastmateError, TimeoutError) as error:
            self._unsure = str(error) or "no answer"
            return
        if any(s.id == self._subscription and s.status == "enabled" for s in known):
            self._hears()
        else:
            self._canary.denied()

    def _fresh_canary(self) -> Canary:
        return Canary(
            self._outside.time(), dead_after_s=self.quiet_s + LOOK_S, probe_every_s=30.0, answer_s=20.0
        )
