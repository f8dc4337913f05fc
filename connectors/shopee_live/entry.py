"""Shopee Live in the list of connectors."""

from connectors.account import Account
from connectors.base import Cap, ChatLimits, Connector
from connectors.login import Field
from connectors.outside import Outside
from connectors.registry import Entry

_CONSOLE = "open.shopee.com, your app (permission: Livestream Management)."


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.shopee_live.connector import ShopeeConnector

    return ShopeeConnector(account, outside)


ENTRY = Entry(
    name="shopee_live",
    title="Shopee Live",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.PIN, Cap.DISCLOSE, Cap.METRICS}),
    chat=ChatLimits(max_chars=150),
    fields=(
        Field("partner_id", "Partner id", _CONSOLE, secret=False),
        Field("partner_key", "Partner key (live)"),
        Field(
            "user_id",
            "User id that authorized the app",
            "The address that Shopee sent you back to.",
            secret=False,
        ),
        Field("access_token", "Access token"),
        Field("refresh_token", "Refresh token"),
        Field("shop_id", "Shop id", secret=False),
        Field("region", "Region (TW, ID, TH, PH, MY, SG, VN)", secret=False),
        Field("cover_image_url", "Address of the cover picture (v2.livestream.upload_image)", secret=False),
    ),
    make=_make,
    manual=(
        "Outside the Philippines the API has no AI flag: say it as the platform's rules ask.",
        "Name the items of your products: castmate connectors login shopee_live --set item.HANDLE=ITEM_ID",
    ),
)
