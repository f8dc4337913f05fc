"""Files under the contract."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from rigs.base import Rig

from connectors.file.connector import FileConnector

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@asynccontextmanager
async def alone(folder):
    yield Rig(FileConnector(folder / "show.flv", now=lambda: NOW))


@asynccontextmanager
async def with_chat(folder):
    """What viewers will say stands in the file beforehand."""
    chat = folder / "chat.txt"
    chat.write_text("Mei: is it waterproof?\nLi: 多少钱？\n", "utf-8")

    yield Rig(FileConnector(folder / "show.mp4", chat, now=lambda: NOW))


RIGS = [alone, with_chat]
