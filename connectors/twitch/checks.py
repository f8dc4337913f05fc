"""castmate connectors check twitch: what must be so before a show, each with its remedy."""

from collections.abc import Awaitable, Callable

from connectors.account import Account
from connectors.base import Check, CheckState
from connectors.errors import AuthNeeded
from connectors.twitch.helix import Helix
from connectors.twitch.ingest import ingest_of
from connectors.twitch.oauth import NEEDED, USEFUL, Validated
from products.errors import CastmateError

LATER = "Try again in a minute; look at status.twitch.com."
AGAIN = "castmate connectors login twitch --account {} --again"
WORDS = {
    "user:read:chat": "read the chat",
    "user:write:chat": "answer in the chat",
    "channel:read:stream_key": "read the stream key",
    "channel:manage:broadcast": "set the title",
    "moderator:read:followers": "see new followers",
    "channel:read:subscriptions": "see gifts of subscriptions",
}


async def check_account(account: Account, helix: Helix) -> tuple[Check, ...]:
    """Stops after a login that is not good: everything else would fail for the same reason."""
    found: list[Check] = []
    try:
        valid = await helix.oauth.validate()
    except CastmateError as error:
        first = error
        if not isinstance(first, AuthNeeded):
            return (Check("login", CheckState.BAD, first.message, first.remedy or LATER),)
        try:  # it may only be old
            await helix.oauth.refresh(account.secret("access_token"))
            valid = await helix.oauth.validate()
        except CastmateError:
            return (Check("login", CheckState.BAD, first.message, first.remedy or _again(account)),)
    found.append(Check("login", CheckState.OK, f"logged in as {valid.login or valid.user_id}"))
    found += _permissions(account, valid)
    found.append(await _look("stream key", lambda: _ingest(account, helix)))
    found.append(await _look("channel", lambda: _channel(helix)))
    return tuple(found)


def _permissions(account: Account, valid: Validated) -> list[Check]:
    given = set(valid.scopes or ())
    lacks = [WORDS[s] for s in NEEDED if s not in given]
    if account.has("stream_key"):
        lacks = [w for w in lacks if w != WORDS["channel:read:stream_key"]]
    if lacks:
        return [
            Check("permissions", CheckState.BAD, f"Castmate may not {', '.join(lacks)}.", _again(account))
        ]
    less = [WORDS[s] for s in USEFUL if s not in given]
    says = f"all that is needed; it may not {', '.join(less)}" if less else "all that a show can use"
    return [Check("permissions", CheckState.OK, says)]


async def _ingest(account: Account, helix: Helix) -> str:
    user = await helix.me()
    own = account.has("stream_key")
    key = account.secret("stream_key") if own else await helix.stream_key(user.id)
    servers = () if account.has("ingest_url") else await helix.servers()
    return f"there is one; the stream goes to {ingest_of(account, servers, key).shown}"


async def _channel(helix: Helix) -> str:
    user = await helix.me()
    stream = await helix.stream(user.id)
    if stream is None:
        return "not live now, so a show can begin"
    return f"live now, with {stream.viewer_count} viewers"


async def _look(what: str, call: Callable[[], Awaitable[str]]) -> Check:
    try:
        return Check(what, CheckState.OK, await call())
    except CastmateError as error:
        return Check(what, CheckState.BAD, error.message, error.remedy or LATER)


def _again(account: Account) -> str:
    return f"Run: {AGAIN.format(account.name)}"
