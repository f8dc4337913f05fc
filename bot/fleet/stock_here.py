"""Nodes kept going on this machine, by this process: a keeper each, in a thread of its own."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.fleet.keeper import Keeper
from bot.fleet.stock import Kept, Kind, in_order


class StockHere:
    """Implements bot.fleet.stock.Stock. `folder`: of this machine's data; `machine`: what people call it.

    Nodes outlive this process by the patience of an orphan (bot/fleet/keeper.py): killed and started again
    within that, it finds them where they are.
    """

    def __init__(self, folder: Path, machine: str) -> None:
        self._folder, self._machine = folder, machine
        self._keepers: dict[str, Keeper] = {}

    def up(self, slots: Sequence[str], kind: Kind) -> None:
        for slot in slots:
            if slot not in self._keepers:
                keeper = Keeper(slot, kind, self._folder, self._machine)
                self._keepers[slot] = keeper
                threading.Thread(target=keeper.run, name=f"keeper of {slot}", daemon=True).start()

    def kept(self) -> tuple[Kept, ...]:
        return tuple(self._keepers[slot].kept() for slot in sorted(self._keepers, key=in_order))

    def renew(self, slot: str) -> None:
        self._keepers[slot].renew()

    def down(self, slots: Sequence[str]) -> None:
        leaving = [keeper for slot in slots if (keeper := self._keepers.pop(slot, None)) is not None]
        if leaving:
            with ThreadPoolExecutor(len(leaving)) as pool:
                list(pool.map(Keeper.leave, leaving))
