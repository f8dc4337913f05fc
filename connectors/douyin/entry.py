"""Douyin in the list of connectors: through the seller console 巨量百应."""

from connectors.rtmp.hosts import limits_of
from connectors.seller_console.listed import entry_of

ENTRY = entry_of(
    "douyin",
    ingest=limits_of("douyin"),
    manual=(
        "Start the broadcast in 直播伴侣 or the console, and copy server and key from there.",
        "Open the control page yourself, in the window that Castmate opens: the console draws it badly for "
        "programs.",
        "Set what Douyin asks of virtual hosts by hand: no switch for it is known in the console.",
        "Products: castmate connectors login douyin:NAME --set 'item.HANDLE=NUMBER WORDS OF TITLE'.",
    ),
)
