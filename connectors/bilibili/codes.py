"""What the codes of the open-live API mean, and who can mend it.

Source: open-live.bilibili.com, "公共错误码" (document/74eec767-e594-7ddd-6aba-257e8317c05d), as of 2026-09. A
code that does not stand there is treated as trouble of the server's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import AuthNeeded, Blocked, Changed, RateLimited, Transient
from products.errors import CastmateError, SetupError

OK = 0
CLOCK = 4003
NOT_IN_GAME = 7000
GAME_GONE = 7003
ENDED = frozenset({NOT_IN_GAME, GAME_GONE})


class GameOver(Transient):
    """The game is closed on the server: start a new one."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: type[CastmateError]
    what: str
    remedy: str = ""
    wait_s: float = 0.0


_OWN = "This is an error of ours: please report it with the code."
_KEYS = "Copy AccessKeyId and AccessKeySecret anew from open-live.bilibili.com/open-manage."
_LISTED = "An app that is not released reaches its developer's own room only: have it released."

_MEANINGS: Mapping[int, _Meaning] = {
    4000: _Meaning(Changed, "a parameter is wrong", _OWN),
    4001: _Meaning(AuthNeeded, "the access key is not valid", _KEYS),
    4002: _Meaning(AuthNeeded, "the signature is wrong", _KEYS),
    CLOCK: _Meaning(
        SetupError,
        "the request is more than ten minutes old or early",
        "Set this machine's clock (NTP).",
    ),
    4004: _Meaning(Transient, "the request came twice"),
    4005: _Meaning(Changed, "the method of signing is unknown", _OWN),
    4006: _Meaning(Changed, "the version of signing is unknown", _OWN),
    4007: _Meaning(
        AuthNeeded, "this machine's address is not on the list", "Add it to the app's IP list there."
    ),
    4008: _Meaning(AuthNeeded, "the app has no right to this", "Ask for the right in the app's settings."),
    4009: _Meaning(RateLimited, "too many requests", wait_s=10.0),
    4010: _Meaning(Changed, "the address of the call is unknown", _OWN),
    4011: _Meaning(Changed, "the type of the content is wrong", _OWN),
    4012: _Meaning(Changed, "the content's checksum is wrong", _OWN),
    4013: _Meaning(Changed, "the accepted type is wrong", _OWN),
    5004: _Meaning(Blocked, "the room is not on the app's list", _LISTED),
    5005: _Meaning(Blocked, "the room is on the app's block list", "Write to live-open@bilibili.com."),
    5011: _Meaning(Blocked, "the app may not serve this room", _LISTED),
    NOT_IN_GAME: _Meaning(GameOver, "the room is in no game"),
    7001: _Meaning(RateLimited, "the last game is being settled", wait_s=10.0),
    7002: _Meaning(
        RateLimited, "the room is in another game", "End the other program that uses this room.", wait_s=60.0
    ),
    GAME_GONE: _Meaning(GameOver, "the game is closed or its heartbeat was late"),
    7007: _Meaning(
        AuthNeeded, "the identity code is wrong", "Copy it anew from play-live.bilibili.com, lower right."
    ),
    7008: _Meaning(RateLimited, "the plug-in is open already", wait_s=10.0),
    7010: _Meaning(
        RateLimited, "five connections to this room are open", "End other programs of this app.", wait_s=60.0
    ),
    8002: _Meaning(AuthNeeded, "the app id is wrong", "Copy it anew from the app's page there."),
}


def error_for(code: int) -> CastmateError:
    """The error that a code other than 0 stands for; its text holds nothing of the request."""
    meaning = _MEANINGS.get(code) or _Meaning(Transient, "an error of its own")
    message = f"Bilibili says {code}: {meaning.what}."
    if meaning.kind is RateLimited:
        return RateLimited(message, remedy=meaning.remedy, retry_after=meaning.wait_s)
    return meaning.kind(message, remedy=meaning.remedy)
