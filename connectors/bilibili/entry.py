"""Bilibili in the list of connectors."""

from connectors.account import Account
from connectors.addresses import stream_fields
from connectors.base import Cap, Connector, IngestLimits
from connectors.login import Field
from connectors.outside import Outside
from connectors.registry import Entry

MANUAL = (
    "Start the broadcast in Bilibili's live center (link.bilibili.com) and copy server and key from there.",
    "Set the AI declaration (AI生成声明) in the live center before the broadcast.",
    "Answers are spoken, not written: Bilibili's API cannot write into the chat.",
    "Pin products by hand.",
)
_MANAGE = "open-live.bilibili.com/open-manage"


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.bilibili.connector import BilibiliConnector

    return BilibiliConnector(account, outside)


ENTRY = Entry(
    name="bilibili",
    title="Bilibili Live",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN}),
    # codecs: obs-studio f86e9c1, rtmp-services/services.json; no other figure is published
    ingest=IngestLimits(video=("h264", "hevc")),
    fields=(
        Field("access_key_id", "AccessKeyId", f"{_MANAGE}, your profile."),
        Field("access_key_secret", "AccessKeySecret"),
        Field("app_id", "App id (项目ID)", f"{_MANAGE}, your app's page.", secret=False),
        Field("identity_code", "Identity code (身份码)", "play-live.bilibili.com, lower right."),
        *stream_fields("link.bilibili.com, live settings.", "Server (服务器地址)", "Stream key (串流密钥)"),
    ),
    make=_make,
    manual=MANUAL,
)
