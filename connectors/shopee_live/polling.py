"""Shopee's chat: comments are asked for. The platform gives those of the last ten seconds and no others, so a
longer pause loses some for good; that is told as a gap.
"""

from datetime import datetime

from connectors.backoff import Backoff
from connectors.base import ChatState
from connectors.errors import Changed, NotLive, RateLimited, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.recent import Recent
from connectors.shopee_live.api import Shopee
from connectors.shopee_live.forms import PLATFORM, Comment, Comments, read
from products.errors import CastmateError

EVERY_S = 3.0
KEPT_S = 10.0  # "comments in the last 10 seconds" (v2.livestream.get_latest_comment_list)
MOST_PAGES = 5
STRIKES = 3  # comments in a row that cannot be read: the form changed
LONGEST = 500
COMMENTS = "/api/v2/livestream/get_latest_comment_list"


class Polling:
    """One session's comments into `feed`; `own`: the account's user id. `run` goes on until cancelled, or
    until only a person can mend it: then the feed fails. `malformed`: comments that could not be read.
    """

    def __init__(self, api: Shopee, outside: Outside, feed: Feed, own: str) -> None:
        self._api, self._outside, self._feed, self._own = api, outside, feed, own
        self._heard: float | None = None  # when the last answer was asked for that came
        self._heard_at: datetime | None = None
        self._unread, self._strikes = Recent(STRIKES * 100), 0
        self.malformed = 0

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
        except RateLimited as error:
            self._feed.state(ChatState.WAITING, str(error))
            return backoff.wait(error.retry_after)
        except (NotLive, Transient, Changed) as error:  # one odd answer ends no chat
            self._feed.state(ChatState.WAITING, str(error))
            return backoff.wait()
        if self._heard is not None and self._heard_at is not None and asked - self._heard > KEPT_S:
            self._feed.gap(self._heard_at, "Shopee gives comments of the last ten seconds only")
        self._heard, self._heard_at = asked, at
        self._feed.state(ChatState.OPEN)
        backoff.handled()
        return EVERY_S

    async def _ask(self, session: int) -> None:
        """Raises Changed where comments cannot be read any more."""
        offset, since = 0, self._heard_at or self._outside.now()
        for _ in range(MOST_PAGES):
            page = read(Comments, await self._api.get(COMMENTS, session_id=session, offset=offset))
            self._hand_on(page)
            if not page.comments or page.next_offset <= offset:
                return
            offset = page.next_offset
        self._feed.gap(since, f"Shopee had more comments than {MOST_PAGES} answers hold")

    def _hand_on(self, page: Comments) -> None:
        for told in page.comments:
            try:
                self._feed.offer(read(Comment, told).event(self._own, self._outside.now()))
                self._strikes = 0
            except Changed:
                if self._unread.first(PLATFORM, repr(told)[:LONGEST]):  # it comes again for ten seconds
                    self.malformed += 1
                    self._strikes += 1
                if self._strikes >= STRIKES:
                    raise
