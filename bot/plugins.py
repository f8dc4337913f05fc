"""What the operator has agreed to of connectors and engines that other packages bring.

A plug-in is used only after a person saw what it declares and said yes. Each yes, and each one that is taken
back, is an entry of a ledger of its own (CASTMATE_DATA/plugins/ledger.jsonl); the last entry about a plug-in
is what holds. When its declaration grows, the yes no longer covers it.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger, read_ledger
from bot.settings import Settings
from products.confined.declaration import digest
from products.confined.found import Plugin
from products.errors import SetupError

NAME = "plug-ins"
AGREED, TAKEN_BACK = "plugin.agreed", "plugin.taken_back"


class Agreements:
    """Implements connectors.outside.Plugins. Raises SetupError where the ledger cannot be read or written."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / "plugins"
        self._signs = settings.data / "keys" / "ledger.pem"

    @property
    def ledger(self) -> Path:
        return self._folder / "ledger.jsonl"

    def powers(self, name: str) -> dict[str, Any] | None:
        """What was agreed to for the plug-in of this name; None: nothing, or it was taken back."""
        if not self.ledger.exists():
            return None
        held: dict[str, Any] | None = None
        for recorded in read_ledger(self.ledger):
            entry = recorded.entry
            if entry.data.get("plugin") == name:
                powers = entry.data.get("powers")
                held = dict(powers) if entry.kind == AGREED and isinstance(powers, dict) else None
        return held

    def missing(self, plugin: Plugin) -> tuple[str, ...]:
        """What it declares and nobody agreed to, in words; () when it may be used."""
        return plugin.growth(self.powers(plugin.name))

    def leave(self, plugin: Plugin) -> Path | None:
        """See connectors.outside.Plugins."""
        if wants := self.missing(plugin):
            raise SetupError(
                f"Nobody has agreed that the plug-in {plugin.name} ({plugin.package}) {'; '.join(wants)}.",
                remedy=f"Look at it: castmate connectors agree {plugin.name}",
            )
        if not plugin.declared.folder:
            return None
        home = self._folder / "homes" / plugin.name
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SetupError(
                f"{home} cannot be made: {error.strerror}.", remedy="Look at its rights."
            ) from None
        return home.resolve()

    def agree(self, plugin: Plugin, by: str, now: datetime) -> None:
        """Call it outside any event loop, as `take_back`."""
        powers = plugin.powers()
        about = {"package": plugin.package, "version": plugin.version, "by": by, "digest": digest(powers)}
        self._log(AGREED, {"plugin": plugin.name, "powers": powers, **about}, now)

    def take_back(self, name: str, by: str, now: datetime) -> bool:
        """Whether there was anything to take back."""
        if self.powers(name) is None:
            return False
        self._log(TAKEN_BACK, {"plugin": name, "by": by}, now)
        return True

    def _log(self, kind: str, data: dict[str, Any], now: datetime) -> None:
        async def append() -> None:
            ledger = Ledger.open(self.ledger, signing_key(self._signs), NAME, now, lasting=True)
            try:
                await ledger.append(Entry(kind=kind, at=now, data=data))
            finally:
                await ledger.leave(now)

        asyncio.run(append())
