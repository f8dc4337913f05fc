"""WeChat Channels in the list of connectors: through the console 视频号助手."""

from connectors.seller_console.listed import entry_of

ENTRY = entry_of(
    "wechat_channels",
    manual=(
        "Start the broadcast in the console, and copy server and key from there.",
        "For a person's own show alone: the platform's rules take no host made by AI.",
        "Products: castmate connectors login wechat_channels:NAME --set 'item.HANDLE=NUMBER WORDS OF TITLE'.",
    ),
)
