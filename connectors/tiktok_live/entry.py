"""TikTok LIVE in the list of connectors."""

from connectors.account import Account
from connectors.addresses import stream_fields
from connectors.base import Cap, Connector
from connectors.login import Field
from connectors.outside import Outside
from connectors.registry import Entry

UNOFFICIAL = (
    "Reading the chat needs TikTokLive, which is no part of Castmate. It is unofficial (its authors: not "
    "for production), works against an interface that TikTok does not offer, shows itself as a browser, and "
    "has each connection signed by another company (Euler Stream). It is under a modified AGPL-3.0 whose "
    "exception does not cover hosted services. TikTok may refuse it, or the account. Castmate adds no "
    "proxy, no session, no captcha's solution, and stops when TikTok says no."
)


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.tiktok_live.connector import TikTokConnector

    return TikTokConnector(account, outside)


ENTRY = Entry(
    name="tiktok_live",
    title="TikTok LIVE",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN}),
    fields=(
        *stream_fields(
            "LIVE Center (livecenter.tiktok.com/producer) shows server and key to accounts that have them.",
            "Server URL",
        ),
        Field("unique_id", "@name of the account", secret=False),
        Field("unofficial", "Read the chat by TikTokLive all the same? (yes/no)", UNOFFICIAL, secret=False),
        Field("sign_key", "Key of Euler Stream (empty for none)", needed=False),
    ),
    make=_make,
    manual=(
        UNOFFICIAL,
        "Answers and product pins are done by hand in LIVE Center; so is the AI-generated content switch.",
        "TikTok Shop in the United States takes no synthetic voice in a LIVE (rules: tiktok_shop).",
    ),
)
