"""A console in the list of connectors: all from its sheet."""

from connectors.account import Account
from connectors.addresses import stream_fields
from connectors.base import ChatLimits, Connector, IngestLimits
from connectors.login import Operator
from connectors.outside import Outside
from connectors.registry import Entry
from connectors.seller_console.sheet import sheet_of

STREAM_FIELDS = stream_fields(
    "The live page of the platform, where it starts a broadcast.",
    "Server (推流地址)",
    "Stream key (推流密钥)",
)


def entry_of(
    folder: str, *, ingest: IngestLimits | None = None, chat: ChatLimits | None = None,
    manual: tuple[str, ...] = (),
) -> Entry:  # fmt: skip
    """The entry of the folder that has a console.yaml."""
    sheet = sheet_of(folder)

    def make(account: Account, outside: Outside) -> Connector:
        from connectors.seller_console.connector import ConsoleConnector

        return ConsoleConnector(sheet, account, outside)

    async def login(account: Account, outside: Outside, operator: Operator) -> None:
        from connectors.seller_console.login import log_in

        await log_in(sheet, account, outside, operator)

    return Entry(
        name=folder,
        platform=sheet.platform,
        title=sheet.title,
        caps=sheet.caps,
        ingest=ingest or IngestLimits(),
        chat=chat or ChatLimits(),
        fields=STREAM_FIELDS,
        login=login,
        make=make,
        manual=manual,
    )
