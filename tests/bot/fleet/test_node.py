"""What a node does with its shows, over a book of leases in memory and a launcher that only notes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.fleet.fence import Fence
from bot.fleet.lease import Answer, Claim, Wish
from bot.fleet.leases import Holding
from bot.fleet.node import Node, Terms
from products.errors import RemoteError, SetupError
from schedules.planner import Busy
from schedules.tables import RunState

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
TERMS = Terms("a-1", "a", 3, 60.0)


class Book:
    """Answers as told. `wanted`: claims of the next heartbeat; `mine`: what it renews."""

    def __init__(self) -> None:
        self.wanted: list[Claim] = []
        self.stolen: set[str] = set()
        self.ending: set[str] = set()
        self.draining, self.room = False, 0
        self.error: Exception | None = None
        self.beats: list[tuple[list[Holding], int]] = []
        self.told: list[tuple[object, ...]] = []

    def beat(
        self,
        node: str,
        name: str,
        capacity: int,
        ttl_s: float,
        held: list[Holding],
        free: int,
        offer: object = None,
    ) -> Answer:
        self.beats.append((held, free))
        if self.error is not None:
            raise self.error
        claimed, self.wanted = tuple(self.wanted[:free]), self.wanted[free:]
        renewed = {h.show: h.epoch for h in held if h.show not in self.stolen}
        return Answer(renewed, claimed, frozenset(self.ending), self.draining, self.room)

    def release(
        self, node: str, holding: Holding, *, crashes: int = 0, wait_s: float = 0, note: str = ""
    ) -> bool:
        self.room = max(0, self.room - 1)  # it waits for a place
        self.told.append(("release", holding.show, holding.epoch, crashes, wait_s, note))
        return True

    def finish(self, node: str, holding: Holding, state: str, note: str) -> bool:
        self.told.append(("finish", holding.show, holding.epoch, state, note))
        return True

    def copy(self, node: str, lines: object) -> None:
        self.told.append(("copy", lines))

    def cut(self) -> None:
        self.told.append(("cut",))


class Launcher:
    """Notes what it is asked; a show is over when the test says so, or when it is cut."""

    def __init__(self) -> None:
        self.tells: dict[str, Callable[[RunState, str], None]] = {}
        self.leases: dict[str, Path] = {}
        self.ended: list[str] = []
        self.was_cut: list[str] = []
        self.error: Exception | None = None

    async def start(self, run, tell, until=None, *, lease=None) -> None:
        if self.error is not None:
            raise self.error
        self.tells[run.show], self.leases[run.show] = tell, lease

    def end(self, show: str) -> None:
        self.ended.append(show)

    def cut(self, show: str) -> None:
        self.was_cut.append(show)
        if (tell := self.tells.pop(show, None)) is not None:
            tell(RunState.FAILED, "it was stopped")


class Stand:
    """A node whose heartbeats come when the test wakes it."""

    def __init__(self, folder: Path) -> None:
        self.book, self.launcher = Book(), Launcher()
        self.node = Node(TERMS, self.book, self.launcher, folder, lambda: EIGHT)  # type: ignore[arg-type]
        self.running: asyncio.Task[None]

    async def beat(self, times: int = 1) -> None:
        for _ in range(times):
            before = self.node.stats.beats
            self.node.look()
            async with asyncio.timeout(30):
                while self.node.stats.beats == before or not self.settled:
                    await asyncio.sleep(0.001)

    @property
    def settled(self) -> bool:
        return self.running.done() or self.node.resting


@pytest.fixture
async def stand(tmp_path: Path):
    made = Stand(tmp_path)
    async with asyncio.TaskGroup() as group:
        made.running = group.create_task(made.node.run())
        yield made
        made.book.error = None
        made.node.leave()


def claim(show: str, epoch: int = 1, crashes: int = 0) -> Claim:
    return Claim(Wish(show, f"/{show}.yaml", f"{show}/1", EIGHT, position="1.2-a"), epoch, crashes)


async def begun(stand: Stand, *claims: Claim) -> None:
    stand.book.wanted += claims
    await stand.beat()


async def test_it_takes_no_more_than_it_has_room_for(stand: Stand) -> None:
    await begun(stand, *(claim(s) for s in "abcd"))
    await stand.beat()
    assert stand.node.shows == ("a", "b", "c")
    assert [free for _, free in stand.book.beats][-1] == 0
    assert all(Fence(path).holds() for path in stand.launcher.leases.values())


async def test_a_show_that_is_lost_is_stopped_and_nothing_is_written_of_it(stand: Stand) -> None:
    await begun(stand, claim("a"))
    fence = Fence(stand.launcher.leases["a"])
    stand.book.stolen.add("a")
    await stand.beat()
    assert not fence.holds() and stand.launcher.was_cut == ["a"]
    assert stand.node.shows == () and stand.book.told == []


async def test_without_an_answer_the_deadline_stays_where_it_was(stand: Stand) -> None:
    await begun(stand, claim("a"))
    fence = Fence(stand.launcher.leases["a"])
    before = fence.deadline_ns
    stand.book.error = RemoteError("gone")
    await stand.beat(2)
    assert fence.deadline_ns == before and stand.node.stats.unanswered == 2
    stand.book.error = None
    await stand.beat()
    assert fence.deadline_ns > before


async def test_a_clean_end_is_told(stand: Stand) -> None:
    await begun(stand, claim("a"))
    stand.book.ending.add("a")
    await stand.beat()
    assert stand.launcher.ended == ["a"]
    stand.launcher.tells["a"](RunState.ENDED, "")
    await stand.beat()
    assert stand.book.told == [("finish", "a", 1, "ended", "it was asked to end")]


@pytest.mark.parametrize(
    ("crashes", "told"),
    [
        (0, ("release", "a", 1, 1, 0.0, "SIGSEGV")),
        (2, ("release", "a", 1, 3, 15.0, "SIGSEGV")),
        (5, ("finish", "a", 1, "failed", "SIGSEGV")),
    ],
)
async def test_a_crash_is_tried_again_until_it_is_given_up(stand: Stand, crashes: int, told: tuple) -> None:
    await begun(stand, claim("a", crashes=crashes))
    fence = Fence(stand.launcher.leases["a"])
    stand.launcher.tells["a"](RunState.CRASHED, "SIGSEGV")
    await stand.beat()
    assert stand.book.told == [told]
    assert not fence.holds()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Busy("it still ends"), ("release", "a", 1, 0, 1.0, "it still ends")),
        (SetupError("no disk"), ("finish", "a", 1, "failed", "not started on a: no disk")),
    ],
)
async def test_who_cannot_start_a_show_lets_it_go(stand: Stand, error: Exception, told: tuple) -> None:
    stand.launcher.error = error
    await begun(stand, claim("a"))
    await stand.beat()
    assert stand.book.told == [told]
    assert stand.node.shows == ()


async def test_a_node_that_drains_hands_over_one_for_each_free_place(stand: Stand) -> None:
    await begun(stand, claim("a"), claim("b"))
    stand.book.draining, stand.book.room = True, 1
    await stand.beat(3)
    assert stand.launcher.was_cut == ["a"] and stand.node.shows == ("b",)
    assert stand.book.told == [("release", "a", 1, 0, 0.0, "handed over")]


async def test_who_leaves_hands_over_all(stand: Stand) -> None:
    await begun(stand, claim("a"), claim("b", 2))
    stand.node.leave()
    async with asyncio.timeout(30):
        await stand.running
    assert [told[:3] for told in stand.book.told] == [("release", "a", 1), ("release", "b", 2)]


async def test_a_database_that_refuses_from_the_start_is_told(tmp_path: Path) -> None:
    made = Stand(tmp_path)
    made.book.error = SetupError("no such table")
    with pytest.raises(SetupError, match="no such table"):
        async with asyncio.timeout(30):
            await made.node.run()


async def test_what_was_of_an_earlier_node_is_removed_once_it_has_passed(tmp_path: Path) -> None:
    (tmp_path / "leases").mkdir()
    (tmp_path / "leases" / "old.3").write_bytes(bytes(16))
    made = Stand(tmp_path)
    made.node.leave()
    await made.node.run()
    assert list((tmp_path / "leases").iterdir()) == []
