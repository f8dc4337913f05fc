"""What may stand behind --to and in a show's `channels`, and which connector takes it."""

import re
from collections.abc import Iterable
from pathlib import Path

from bot.accounts import account_keeper
from bot.clock import Clock
from bot.outside import real_outside
from bot.settings import Settings, read_settings
from bot.shop import ShowOrder
from connectors.account import Account
from connectors.base import Connector, Secret
from connectors.file.connector import FileConnector
from connectors.push import PushConnector
from connectors.registry import Entry, listing
from connectors.rtmp.connector import RtmpConnector
from connectors.rtmp.hosts import OWN, host_of, is_loopback, platform_of
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector
from products.errors import SetupError

_PUSHES: dict[str, type[PushConnector]] = {
    "rtmp": RtmpConnector,
    "rtmps": RtmpConnector,
    "srt": SrtConnector,
    "whip+https": WhipConnector,
    "whip+http": WhipConnector,
}
_FROM_FILE = "@"
_ACCOUNT = re.compile(r"(?P<name>[a-z][a-z0-9_]*):(?P<account>[a-z0-9][a-z0-9_-]*)")


def _scheme(address: str) -> str:
    scheme, found, _ = address.partition("://")
    return scheme.lower() if found else ""


def is_push(address: str) -> bool:
    """Whether the show is sent to a server that stands there."""
    return _scheme(address) in _PUSHES


def entry_of(address: str) -> Entry | None:
    """The connector of an address NAME:ACCOUNT; None for addresses of other kinds."""
    found = _ACCOUNT.fullmatch(address)
    entry = listing().entries.get(found["name"]) if found else None
    return entry if entry is not None and entry.make is not None else None


def is_file(address: str) -> bool:
    """Whether the show is written into a file there."""
    return not is_push(address) and entry_of(address) is None


def accounts_in(channels: Iterable[str]) -> tuple[str, ...]:
    """Of a show file's `channels` those that are NAME:ACCOUNT: they are pushed to like what --to names."""
    return tuple(c for c in channels if entry_of(c) is not None)


def sent_to(order: ShowOrder, channels: Iterable[str]) -> tuple[str, ...]:
    """Where a show goes: what was ordered, and the accounts among its file's `channels`."""
    named = accounts_in(channels) if order.accounts else ()
    return tuple(dict.fromkeys((*order.to, *named)))


def platforms_in(addresses: Iterable[str]) -> tuple[str, ...]:
    """The platforms that addresses tell by themselves, each once: accounts and known ingest hosts."""
    found: dict[str, None] = {}
    for address in addresses:
        entry = entry_of(address)
        platform = None if entry is None else _rules_of(entry, address.partition(":")[2])
        if is_push(address) and not is_loopback(host_of(address)):
            platform = platform_of(address)
        if platform is not None:
            found[platform] = None
    return tuple(found)


def _rules_of(entry: Entry, account: str) -> str:
    """Whose rules hold for an account. Where its stream may go anywhere, the login found out by the address
    (its field `rules`); a connector of one platform is under that platform's rules whatever the account says.
    """
    if entry.policy != OWN:
        return entry.policy
    return account_keeper(read_settings()).read(entry.name, account).get("rules") or entry.policy


def read_address(given: str) -> str:
    """The address itself, or the first line of FILE for @FILE: a key in a file is in no process list.

    Raises SetupError for a file that cannot be read, or an address of a kind that nothing sends to; the
    message holds no key.
    """
    address = given
    if given.startswith(_FROM_FILE):
        try:
            lines = Path(given[1:]).read_text("utf-8").split()
        except (OSError, UnicodeDecodeError) as e:
            raise SetupError(
                f"The file with the address, {given[1:]}, cannot be read.",
                remedy="Write the address into it.",
            ) from e
        address = lines[0] if lines else ""
    if _ACCOUNT.fullmatch(address) and entry_of(address) is None:
        raise SetupError(
            f"There is no connector {address.partition(':')[0]} that takes an account.",
            remedy="See: castmate connectors list.",
        )
    if not address or (_scheme(address) and not is_push(address)):
        raise SetupError(
            f"Nothing sends to {_scheme(address) or 'nowhere'}.",
            remedy="Use NAME:ACCOUNT, rtmp(s)://, srt://, whip+https:// or a file's name (.mp4, .flv).",
        )
    return address


def connector_for(address: str, platform: str | None, clock: Clock, settings: Settings) -> Connector:
    """The connector of an address. `platform`: whose rules apply where the address does not tell.

    Raises SetupError or Refused as the connector does, and for an account that is not logged in.
    """
    entry = entry_of(address)
    if entry is not None and entry.make is not None:
        account = Account(entry.name, address.partition(":")[2], account_keeper(settings))
        if account.empty:
            raise SetupError(
                f"The account {address} is not logged in.",
                remedy=f"Run: castmate connectors login {entry.name} --account {account.name}",
            )
        return entry.make(account, real_outside(clock, settings))
    if is_push(address):
        known = platform_of(address)
        named = platform if known in (None, platform) or is_loopback(host_of(address)) else None
        return _PUSHES[_scheme(address)](Secret(address), named)
    return FileConnector(Path(address), now=clock.now)
