"""Until when may be sent: real processes, frozen and woken."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.fleet.fence import VARIABLE, Fence, Post, boottime_ns, held_epoch, inherited

ROOT = Path(__file__).parents[3]
MS = 10**6
SENDER = """\
import sys
sys.path.insert(0, sys.argv[1])
from bot.fleet.fence import inherited
fence = inherited()
out = open(sys.argv[2], "ab", buffering=0)
import time
while True:
    {check}
    out.write(b"%d\\n" % time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    time.sleep(0.005)
"""
LOOKS, NEVER_LOOKS = "assert fence.holds()", "pass"


def in_ms(ms: int) -> int:
    return boottime_ns() + ms * MS


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "leases" / "evening.7", 7, in_ms(60_000))


class Sender:
    """A process that writes when it sent, and has no other stop than its fence."""

    def __init__(self, folder: Path, post: Post, check: str) -> None:
        self.out = folder / "sent"
        self.out.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", SENDER.format(check=check), str(ROOT), str(self.out)],
            env={**os.environ, VARIABLE: str(post.path)},
            stderr=subprocess.PIPE,
        )

    @property
    def sent(self) -> list[int]:
        return [int(n) for n in self.out.read_text().split()]

    def begun(self) -> bool:
        """Whether it began to send before its deadline."""
        end = time.monotonic() + 30
        while not self.sent and self.process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.01)
        return bool(self.sent)

    def ended(self) -> int:
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.communicate()


def test_a_deadline_moves_as_long_as_it_holds(post: Post) -> None:
    fence = Fence(post.path)
    assert fence.epoch == 7 and fence.holds()
    later = in_ms(90_000)
    post.move(later)
    assert fence.deadline_ns == later == post.deadline_ns
    post.take_back()
    assert not fence.holds()
    post.move(in_ms(60_000))
    assert not fence.holds()


def test_one_that_has_passed_stays_so(tmp_path: Path) -> None:
    past = Post(tmp_path / "evening.7", 7, in_ms(-1))
    past.move(in_ms(60_000))
    assert not Fence(past.path).holds()
    past.close()
    assert not past.path.exists()


def test_the_file_is_private(post: Post) -> None:
    assert post.path.stat().st_mode & 0o777 == 0o600


def test_outside_a_fleet_there_is_none(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(post.path))
    assert held_epoch() == 7
    monkeypatch.delenv(VARIABLE)
    assert inherited() is None and held_epoch() is None


@pytest.mark.parametrize("check", [LOOKS, NEVER_LOOKS])
def test_it_ends_at_its_deadline(tmp_path: Path, post: Post, check: str) -> None:
    sender = Sender(tmp_path, post, check)
    assert sender.begun()
    post.move(in_ms(60))
    assert sender.ended() != 0


def test_who_is_frozen_dies_without_waking(tmp_path: Path) -> None:
    """It never looks; the kernel's timer alone ends it, while it stands still."""
    for wait in (400, 1600, 6400, 25_600):  # on a busy machine it may not have begun in time
        (tmp_path / "sent").unlink(missing_ok=True)
        sender = Sender(tmp_path, Post(tmp_path / "evening.7", 7, in_ms(wait)), NEVER_LOOKS)
        if sender.begun() and sender.process.poll() is None:
            break
        sender.ended()
    sender.process.send_signal(signal.SIGSTOP)
    before = boottime_ns()
    assert sender.ended() == -signal.SIGKILL
    assert all(at < before for at in sender.sent)


def test_what_is_taken_back_ends_at_once(tmp_path: Path, post: Post) -> None:
    sender = Sender(tmp_path, post, NEVER_LOOKS)
    assert sender.begun()
    post.take_back()
    assert sender.ended() == -signal.SIGKILL


def test_a_deadline_that_moves_on_is_no_end(tmp_path: Path, post: Post) -> None:
    sender = Sender(tmp_path, post, NEVER_LOOKS)
    assert sender.begun()
    for _ in range(3):
        post.move(in_ms(20_000))
        time.sleep(0.06)
    assert sender.process.poll() is None
    post.close()
    assert sender.ended() == -signal.SIGKILL


def test_who_starts_late_never_sends(tmp_path: Path, post: Post) -> None:
    post.close()
    sender = Sender(tmp_path, post, NEVER_LOOKS)
    assert sender.ended() == -signal.SIGKILL
    assert sender.sent == []
