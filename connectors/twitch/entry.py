"""Twitch in the list of connectors."""

from connectors.account import Account
from connectors.base import Cap, ChatLimits, Connector
from connectors.login import Field, Operator
from connectors.outside import Outside
from connectors.registry import Entry
from connectors.rtmp.hosts import limits_of


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.twitch.connector import make

    return make(account, outside)


async def _login(account: Account, outside: Outside, operator: Operator) -> None:
    from connectors.twitch.login import log_in

    await log_in(account, outside, operator)


ENTRY = Entry(
    name="twitch",
    title="Twitch",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.METRICS}),
    ingest=limits_of("twitch"),
    chat=ChatLimits(max_chars=500, messages=20, per_s=30.0),
    fields=(
        Field(
            "client_id",
            "Client ID of your Twitch application",
            where="Register an application once at https://dev.twitch.tv/console/apps (category: Chat Bot; "
            "redirect URL http://localhost:17484; type Public needs no secret).",
            secret=False,
        ),
        Field("client_secret", "Client secret (empty for a public application)", needed=False),
    ),
    login=_login,
    make=_make,
    manual=(
        "Twitch has no switch for AI hosts: the label in the picture and a line in the panel say it.",
        "Look at twitch.tv/moderator that slow mode and followers-only mode let your answers through.",
    ),
)
