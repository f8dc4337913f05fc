"""Shopee's chat: comments are asked for. The platform gives those of the last ten seconds and no others, so a
longer pause loses some for good; that is told as a gap.
"""

from datetime import datetime

from connectors.backoff import Backoff
from connectors.base import ChatState
from connectors.errors import NotLive, RateLimited, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.shopee_live.api import Shopee
from connectors.shopee_live.forms import Comments, read
from products.errors import CastmateError

EVERY_S = 3.0
KEPT_S = 10.0  # "comments in the last 10 seconds" (v2.livestream.get_latest_comment_list)
MOST_PAGES = 5
COMMENTS = "/api/v2/livestream/get_latest_comment_list"


class Polling:
    """One session's comments into `feed`; `own`: the account's user id. `run` goes on until cancelled, or
    until only a person can mend it: then the feed fails.
    """

    def __init__(self, api: Shopee, outside: Outside, feed: Feed, own: str) -> None:
        self._api, self._outside, self._feed, self._own = api, outside, feed, own
        self._heard: float | None = None  # when the last answer was asked for that came
        self._heard_at: datetime | None = None

    async def run(self, session: int) -> None:
        backoff = Backoff(self._outside.rng, first=EVERY_S, most=30.0)
        try:
            while True:
                await self._outside.sleep(await self._turn(session, backoff))
        except CastmateError as error:
            self._feed.fail(error)

    async def _turn(self, session: int, backoff: Backoff) -> float:
        """Asks once. Seconds until the next time."""
        asked, at = self._outside.time(), self._outside.now()
        try:
            await self._ask(session)
        except NotLive as error:
            self._feed.state(ChatState.WAITING, str(error))
            return backoff.wait()
        except RateLimited as error:
            self._feed.state(ChatState.WAITING, str(error))
            return backoff.wait(error.retry_after)
        except Transient as error:
            self._feed.state(ChatState.WAITING, str(error))
            return backoff.wait()
        if self._heard is not None and self._heard_at is not None and asked - self._heard > KEPT_S:
            self._feed.gap(self._heard_at, "Shopee gives comments of the last ten seconds only")
        self._heard, self._heard_at = asked, at
        self._feed.state(ChatState.OPEN)
        backoff.handled()
        return EVERY_S

    async def _ask(self, session: int) -> None:
        offset = 0
        for _ in range(MOST_PAGES):
            page = read(Comments, await self._api.get(COMMENTS, session_id=session, offset=offset))
            for comment in page.comments:
                self._feed.offer(comment.event(self._own, self._outside.now()))
            if not page.comments or page.next_offset <= offset:
                return
            offset = page.next_offset
