"""The feeds of `castmate serve`: what they need, and who is told of them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from bot.console.catalogue_uploads import Uploads
from bot.console.feeds import Feed, Feeds, State
from bot.console.settings import ConsoleSettings
from bot.settings import Settings
from products.errors import Bug
from products.store import SqlCatalogue

LOOK_S = 20.0  # how often it is looked which feeds are due
SAID_OF_FEED: Mapping[State, tuple[str, str]] = {
    "never": ("dim", "was not fetched yet"),
    "same": ("dim", "has nothing new"),
    "applied": ("green", "went into the catalogue"),
    "waiting": ("yellow", "waits for a person: look at the page Catalogue"),
    "failed": ("bold red", "could not be fetched or read"),
}


def open_feeds(
    settings: Settings,
    uploads: Uploads,
    console: ConsoleSettings,
    engine: Engine,
    now: Callable[[], datetime],
    say: Callable[[Feed], None],
) -> Feeds:
    """Those of this data folder. What becomes of a fetch is said, and stands among what was done."""
    accounts, catalogue = console.accounts, SqlCatalogue(engine)
    if accounts is None:
        raise Bug("feeds belong to a console with accounts")

    def told(feed: Feed) -> None:
        say(feed)
        counts = dict(zip(("new", "changed", "gone"), feed.moved, strict=True))
        accounts.book.record(f"feed_{feed.state}", None, None, feed=feed.id, address=feed.shown, **counts)

    def confirm(file: str, at: datetime) -> None:
        catalogue.confirm_stock(at, file)

    return Feeds(settings.data / "feeds", uploads, accounts.sealer, now, told=told, confirm=confirm)
