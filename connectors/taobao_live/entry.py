"""Taobao Live in the list of connectors: through its seller console."""

from connectors.seller_console.listed import entry_of

ENTRY = entry_of(
    "taobao_live",
    manual=(
        "Start the broadcast in the console, and copy server and key from there.",
        "Tick 数字人直播 and 仅投放至私域; Castmate looks whether an open page of the console shows them so.",
        "Products: castmate connectors login taobao_live:NAME --set 'item.HANDLE=NUMBER WORDS OF TITLE'.",
    ),
)
