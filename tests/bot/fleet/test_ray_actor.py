"""The actor without Ray around it; with it in tests/e2e/test_fleet_ray.py."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import wait_for

from bot.fleet import ray_actor
from bot.fleet.ray_actor import KeeperActor
from bot.fleet.stock import Kind

NODE = (
    "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: exit(0))\nwhile True: time.sleep(0.02)\n"
)


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path))
    monkeypatch.setattr(ray_actor, "_end_with", lambda raylet: None)
    (tmp_path / "node.py").write_text(NODE)
    return Kind(program=(sys.executable, "-S", str(tmp_path / "node.py")))


@pytest.fixture
def actor(kind: Kind) -> Iterator[KeeperActor]:
    made = KeeperActor("ray-1", kind)
    yield made
    made.leave()


def test_its_node_runs_and_is_at_the_raylets_priority(actor: KeeperActor) -> None:
    process = wait_for(lambda: actor.kept().process, 30)
    assert os.getpriority(os.PRIO_PROCESS, process) == os.getpriority(os.PRIO_PROCESS, os.getppid())
    assert actor.kept().words == ""


def test_a_priority_that_it_may_not_have_is_told(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(which: int, who: int, priority: int) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(os, "setpriority", refused)
    actor = KeeperActor("ray-1", kind)
    try:
        wait_for(lambda: actor.kept().process, 30)
        assert "RAY_worker_niceness=0" in actor.kept().words
    finally:
        actor.leave()
