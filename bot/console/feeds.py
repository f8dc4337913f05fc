"""Catalogues by web address: fetched on a schedule, compared, taken in when they are clean, else shown to a
person.

Each feed is a file of its own in the data folder; its address is sealed, since addresses of feeds often hold
a key. What comes goes the way of an upload (bot/console/catalogue_uploads.py): the same bounded process, the
same comparison, the same page to look at it.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.console.catalogue_uploads import Upload, Uploads
from bot.console.catalogue_work import Fetched, Options, Outcome, Source
from bot.console.credentials import Sealer
from bot.console.feed_rules import EVERY, Policy, against, next_time
from products.errors import CastmateError, ContentError, Refused
from products.fetching import shown

log = logging.getLogger(__name__)
MOST = 20
LONGEST = 2000  # characters of an address
PURPOSE = "catalogue feed"
_ID = re.compile(r"[0-9a-f]{16}")
State = Literal["never", "same", "applied", "waiting", "failed"]


class Feed(BaseModel):
    """One feed. `sealed`: its address; `shown`: without what may be secret in it.

    state     of the last fetch: "same" as before, "applied", "waiting" for a person, "failed"
    why       of a failure, or the reasons to wait (bot/console/feed_rules.py: against); `remedy`: of a
    failure upload    where a person looks at what waits
    file      its name, which stands with what was read from it; sha256, etag, modified: as the server said of
    it
    """

    id: str
    made_at: AwareDatetime
    sealed: str
    shown: str
    every: Annotated[int, Field(ge=5, le=10_080)]
    options: Options = Options()
    policy: Policy = Policy()
    state: State = "never"
    why: str = ""
    remedy: str = ""
    upload: str = ""
    file: str = ""
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    failures: int = 0
    last_at: AwareDatetime | None = None
    next_at: AwareDatetime
    rows: int = 0
    moved: tuple[int, int, int] = (0, 0, 0)  # new, changed, gone


class Feeds:
    """`told`: called with a feed after each fetch that was not quiet. `confirm`: called with the name of a
    file that is as it was, and the time: what was read from it still holds. Both may block; called in a
    thread.
    """

    def __init__(
        self,
        folder: Path,
        uploads: Uploads,
        sealer: Sealer,
        now: Callable[[], datetime],
        *,
        told: Callable[[Feed], object] = bool,
        confirm: Callable[[str, datetime], object] = lambda file, at: None,
    ) -> None:
        self._folder, self._uploads, self._sealer, self._now = folder, uploads, sealer, now
        self._told, self._confirm = told, confirm
        self._looking = False

    # ---- kept

    def all(self) -> list[Feed]:
        """In the order in which they were made."""
        found = (self.get(path.stem) for path in self._folder.glob("*.json"))
        return sorted((f for f in found if f is not None), key=lambda f: (f.made_at, f.id))

    def get(self, id_: str) -> Feed | None:
        """A file that is no feed is none."""
        if not _ID.fullmatch(id_):
            return None
        try:
            return Feed.model_validate_json((self._folder / f"{id_}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def add(self, url: str, every: int, options: Options, policy: Policy) -> Feed:
        """Fetched at the next look. Raises ContentError: an address that is none, or too many feeds."""
        url = url.strip()
        parts = _parts(url)
        if parts is None or parts.scheme != "https" or not parts.hostname or len(url) > LONGEST:
            raise ContentError("feed_address", remedy="Give an address that begins with https://.")
        if parts.username or parts.password:
            raise ContentError("feed_password", remedy="Use an address with a key in it.")
        if len(self.all()) >= MOST:
            raise ContentError("feed_many", remedy="Remove one.")
        every = every if every in EVERY else EVERY[1]
        feed = Feed(
            id=secrets.token_hex(8),
            made_at=self._now(),
            sealed=self._sealer.seal(url.encode(), PURPOSE),
            shown=shown(url),
            every=every,
            options=options,
            policy=policy,
            next_at=self._now(),
        )
        self._write(feed)
        return feed

    def remove(self, id_: str) -> bool:
        """False: there is none. What it brought into the catalogue stays."""
        if (feed := self.get(id_)) is None:
            return False
        self._drop_waiting(feed)
        (self._folder / f"{id_}.json").unlink(missing_ok=True)
        return True

    def hurry(self, id_: str) -> bool:
        """It is due now. False: there is none."""
        if (feed := self.get(id_)) is None:
            return False
        feed.next_at = self._now()
        self._write(feed)
        return True

    def _write(self, feed: Feed) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f".{feed.id}.new"
        fresh.write_text(feed.model_dump_json(), "utf-8")
        fresh.replace(self._folder / f"{feed.id}.json")

    # ---- fetched

    def due(self) -> list[Feed]:
        now = self._now()
        return [feed for feed in self.all() if feed.next_at <= now]

    async def look(self) -> None:
        """Fetches what is due, one after another. While another file is being read, it waits for the next
        look.
        """
        if self._looking:
            return
        self._looking = True
        try:
            for feed in await asyncio.to_thread(self.due):
                try:
                    await self.fetch(feed)
                except CastmateError as error:
                    if not (isinstance(error, Refused) and error.message == "busy"):
                        await self._failed(feed, error.message, error.remedy)
        finally:
            self._looking = False

    async def fetch(self, feed: Feed) -> Feed:
        """Fetches one now. Raises Refused: another file is being read; everything else stands in the feed."""
        self._take_over_options(feed)
        url = self._sealer.open(feed.sealed, PURPOSE).decode()
        source = Source(url=url, name=f"feed-{feed.id[:8]}", etag=feed.etag, modified=feed.modified)
        upload, found = await self._uploads.fetch(source, feed.options, feed.sha256)
        if not found.ok:
            return await self._failed(feed, found.why, found.remedy)
        if upload is None:
            return await self._same(feed)
        new = found.fetched
        assert new is not None
        try:
            return await self._read(feed, upload, new)
        except Refused:  # somebody else brought a file meanwhile: all of it again, later
            self._uploads.remove(upload.id)
            raise

    async def _read(self, feed: Feed, upload: Upload, new: Fetched) -> Feed:
        """What came, held against the catalogue; it goes in, or waits."""
        compared = await self._uploads.compare(upload, feed.options)
        self._drop_waiting(feed)
        feed.file, feed.sha256, feed.etag, feed.modified = new.file, new.sha256, new.etag, new.modified
        if compared.outcome is None:  # it cannot be read as it is: a person says what the columns are
            return await self._waits(feed, compared, compared.why, compared.remedy)
        feed.rows = compared.outcome.rows
        feed.moved = _moved(compared.outcome)
        reasons = against(compared.outcome, feed.policy)
        if reasons:
            return await self._waits(feed, compared, " ".join(reasons), "")
        if not any(feed.moved) and not compared.outcome.values:
            self._uploads.remove(compared.id)
            return await self._same(feed)
        return await self._apply(feed, compared)

    async def _apply(self, feed: Feed, upload: Upload) -> Feed:
        found = await self._uploads.apply(upload)
        if not found.ok:
            feed.sha256 = feed.etag = feed.modified = ""  # it is looked at anew next time
            self._uploads.remove(upload.id)
            return await self._failed(feed, found.why, found.remedy)
        feed.moved, feed.upload = _moved(found), upload.id
        return await self._done(feed, "applied")

    async def _same(self, feed: Feed) -> Feed:
        """Nothing new. What waits for a person waits on."""
        if self._waiting(feed) is None:
            if feed.file:
                await asyncio.to_thread(self._confirm, feed.file, self._now())
            return await self._done(feed, "same", quiet=True)
        return await self._done(feed, "waiting", feed.why, feed.remedy, quiet=True)

    async def _waits(self, feed: Feed, upload: Upload, why: str, remedy: str) -> Feed:
        feed.upload = upload.id
        return await self._done(feed, "waiting", why, remedy)

    async def _failed(self, feed: Feed, why: str, remedy: str) -> Feed:
        feed.failures += 1
        log.warning("the feed %s failed (%d in a row): %s", feed.shown, feed.failures, why)
        return await self._done(feed, "failed", why, remedy, failed=True)

    async def _done(
        self,
        feed: Feed,
        state: State,
        why: str = "",
        remedy: str = "",
        *,
        failed: bool = False,
        quiet: bool = False,
    ) -> Feed:
        now = self._now()
        feed.failures = feed.failures if failed else 0
        feed.state, feed.why, feed.remedy, feed.last_at = state, why, remedy, now
        feed.next_at = next_time(now, feed.every, feed.failures)
        if self.get(feed.id) is not None:  # it may have been removed meanwhile
            self._write(feed)
        if not quiet:
            await asyncio.to_thread(self._told, feed)
        return feed

    def _waiting(self, feed: Feed) -> Upload | None:
        """What waits for a person, unless they have dealt with it."""
        found = self._uploads.get(feed.upload) if feed.state == "waiting" and feed.upload else None
        return found if found is not None and found.state in ("stored", "compared", "refused") else None

    def _drop_waiting(self, feed: Feed) -> None:
        if (waiting := self._waiting(feed)) is not None:
            self._uploads.remove(waiting.id)

    def _take_over_options(self, feed: Feed) -> None:
        """Columns that a person chose for what this feed brought hold for what it brings."""
        upload = self._uploads.get(feed.upload) if feed.upload else None
        if upload is not None and upload.state == "applied":
            feed.options = upload.options

    def state_of(self, feed: Feed) -> State:
        """As a page shows it: what waited and was dealt with by a person is no longer waiting."""
        if feed.state != "waiting" or self._waiting(feed) is not None:
            return feed.state
        upload = self._uploads.get(feed.upload)
        return "applied" if upload is not None and upload.state == "applied" else "same"


def _moved(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.new, outcome.changed, outcome.gone


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port > 0 else None
    except ValueError:
        return None
