"""Kuaishou's seller console in the list of connectors, beside its open platform (connectors/kuaishou)."""

from connectors.rtmp.hosts import limits_of
from connectors.seller_console.listed import entry_of

ENTRY = entry_of(
    "kuaishou_shop",
    ingest=limits_of("kuaishou"),
    manual=(
        "Start the broadcast in 快手直播伴侣 or the console, and copy server and key from there.",
        "Watch the chat by hand: Castmate does not read it here.",
        "Set what Kuaishou asks of virtual hosts by hand: no switch for it is known in the console.",
        "Products: castmate connectors login kuaishou_shop:NAME --set 'item.HANDLE=NUMBER WORDS OF TITLE'.",
    ),
)
