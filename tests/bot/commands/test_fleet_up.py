"""Nodes that `castmate fleet up` keeps on this machine; how it waits for those that somebody else keeps."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from servers import wait_for

from bot.commands.fleet_up import one_by_one, running
from bot.fleet.stock import Kept, Kind, in_order, node_command, slots
from bot.locks import held
from products.errors import SetupError

NODE = (
    "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: exit(0))\nwhile True: time.sleep(0.02)\n"
)
STAYS = """\
import pathlib, sys
from bot.commands import fleet_up
from bot.fleet.stock import Kind
from bot.fleet.stock_here import StockHere
folder = pathlib.Path(sys.argv[1])
kind = Kind(program=(sys.executable, "-S", str(folder / "node.py")))
fleet_up._stay(StockHere(folder, "here"), ("desk-1", "desk-2"), kind)
"""


def test_it_keeps_nodes_here_until_it_is_asked_to_end(tmp_path: Path) -> None:
    (tmp_path / "node.py").write_text(NODE)
    with (tmp_path / "log").open("wb") as log:
        up = subprocess.Popen([sys.executable, "-c", STAYS, str(tmp_path)], stdout=log, stderr=log)
    locks = [tmp_path / "nodes" / f"desk-{n}.node" for n in (1, 2)]

    def run() -> list[int]:
        assert up.poll() is None, (tmp_path / "log").read_text()
        texts = [lock.read_text().strip() if held(lock) else "" for lock in locks]
        return [int(text) for text in texts] if all(text.isdigit() for text in texts) else []

    try:
        first = wait_for(run, 60)
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: (now := run()) and now[0] != first[0] and now[1] == first[1], 60)
        wait_for(lambda: "Ctrl-C" in (tmp_path / "log").read_text(), 60)
        up.send_signal(signal.SIGTERM)
        assert up.wait(100) == 0, (tmp_path / "log").read_text()
        assert not any(map(held, locks))
    finally:
        up.kill()
        up.wait()
        for lock in filter(held, locks):
            os.kill(int(lock.read_text()), signal.SIGKILL)


@dataclass
class Told:
    """A stock that says what it was told to say. `heard`: ids of nodes by slot, as the database has them."""

    says: list[dict[str, Kept]]
    heard: dict[str, list[str]] = field(default_factory=dict)
    deaf: frozenset[str] = frozenset()

    def kept(self) -> tuple[Kept, ...]:
        return tuple((self.says.pop(0) if len(self.says) > 1 else self.says[0]).values())

    def renew(self, slot: str) -> None:
        if slot not in self.deaf:
            self.heard[slot].append(f"{slot}-new")

    def nodes(self) -> tuple[SimpleNamespace, ...]:
        return tuple(SimpleNamespace(id=i, name=s, alive=True) for s, ids in self.heard.items() for i in ids)


def test_it_waits_until_all_run() -> None:
    one, two = Kept("ray-1", "m", 7), Kept("ray-2", words="waits for a machine with room")
    stock = Told([{}, {"ray-1": one, "ray-2": two}, {"ray-1": one, "ray-2": replace(two, process=8)}])
    assert [k.process for k in running(stock, ["ray-1", "ray-2"], 30)] == [7, 8]


def test_one_that_never_runs_is_told() -> None:
    stock = Told([{"ray-1": Kept("ray-1", "m", 7)}])
    gone = running(stock, ["ray-1", "ray-2"], 0.05)[1]
    assert gone.process == 0 and "its actor ended" in gone.words


def test_nodes_are_renewed_in_turn_and_the_rest_stays_when_one_does_not_come_back() -> None:
    stock = Told([{}], {f"ray-{n}": [f"ray-{n}-old"] for n in (1, 2, 3)}, frozenset({"ray-2"}))
    with pytest.raises(SetupError, match="ray-2 was started anew and is not heard"):
        one_by_one(stock, stock, ["ray-1", "ray-2", "ray-3"], 0.05)
    assert [len(ids) for ids in stock.heard.values()] == [2, 1, 1]


def test_what_a_node_is_told(tmp_path: Path) -> None:
    kind = Kind(3, "wss://c/link", frozenset({"b=2", "a=1"}), 2.5, 900.0, 0.25, 40.0, 2, ("castmate",))
    assert " ".join(node_command("eu-1", kind, tmp_path)) == (
        "castmate fleet node --name eu-1 --capacity 3 --link wss://c/link --cores 2.5 --memory 900.0 "
        f"--gpus 0.25 --egress 40.0 --warm 2 --keeper {tmp_path} --label a=1 --label b=2"
    )
    assert node_command("eu-1", Kind(), tmp_path)[:5] == (sys.executable, "-m", "bot.cli", "fleet", "node")


def test_slots_have_numbers_in_order() -> None:
    assert slots("eu", 3) == ("eu-1", "eu-2", "eu-3")
    assert sorted(["eu-10", "eu-9", "desk"], key=in_order) == ["desk", "eu-9", "eu-10"]
