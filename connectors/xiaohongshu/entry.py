"""Xiaohongshu in the list of connectors: through the console 千帆."""

from connectors.seller_console.listed import entry_of

ENTRY = entry_of(
    "xiaohongshu",
    manual=(
        "Start the broadcast in the console, and copy server and key from there.",
        "Open the control page yourself, in the window that Castmate opens: the console does not draw it for "
        "programs.",
        "Set what Xiaohongshu asks of AI content by hand: no switch for it is known in the console.",
        "Products: castmate connectors login xiaohongshu:NAME --set 'item.HANDLE=NUMBER WORDS OF TITLE'.",
    ),
)
