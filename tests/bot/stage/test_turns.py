"""Shows that follow one another on an address: one sends at a time, and the next knows the gap."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.stage.turns import STALE_S, turn_for
from products.errors import SetupError

T0 = datetime(2026, 11, 23, 20, tzinfo=UTC)


class Watch:
    def __init__(self):
        self.at = T0

    def now(self):
        return self.at


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def turn(tmp_path, watch):
    return lambda url="rtmp://a/live/key": turn_for(tmp_path / "locks", url, watch.now)


def never(seconds):
    return False


def at_once(seconds):
    return True


def test_the_first_waits_for_nobody_and_keeps_its_turn(turn):
    first = turn()
    assert first.take(at_once) and first.take(at_once) and first.before is None


def test_the_next_one_waits_until_the_first_gives_and_is_told_when_it_ended(turn, watch):
    first, second = turn(), turn()
    assert first.take(at_once) and not second.take(at_once)
    taken = threading.Event()
    thread = threading.Thread(target=lambda: second.take(never) and taken.set())
    thread.start()
    assert not taken.wait(0.1)
    watch.at += timedelta(seconds=3)
    first.give(watch.at)
    assert taken.wait(60)
    thread.join()
    assert second.before == watch.at
    third = turn()
    assert not third.take(at_once)


def test_what_was_sent_long_ago_was_no_hand_over(turn, watch):
    first, second = turn(), turn()
    first.take(at_once)
    calls = []

    def wait(seconds):
        calls.append(seconds)
        first.give(T0)
        watch.at += timedelta(seconds=STALE_S + 1)
        return False

    assert second.take(wait) and second.before is None and calls


def test_a_show_that_sent_nothing_says_nothing(turn):
    first, second = turn(), turn()
    first.take(at_once)
    assert second.take(lambda s: first.give(None) is not None) and second.before is None


def test_other_addresses_are_other_turns_and_no_name_tells_a_key(turn, tmp_path):
    assert turn().take(at_once) and turn("rtmp://a/live/other").take(at_once)
    names = [path.name for path in (tmp_path / "locks").iterdir()]
    assert len(names) == 2 and not any("key" in name for name in names)


def test_a_process_that_dies_gives_its_turn(turn, tmp_path):
    (tmp_path / "locks").mkdir()
    path = turn()._path
    program = (
        f"import fcntl, time; f = open({str(path)!r}, 'w'); fcntl.flock(f, 2); "
        "print('has it', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert other.stdout.readline().strip() == b"has it"
    waiting = turn()
    assert not waiting.take(at_once)
    other.kill()
    other.wait()
    assert waiting.take(at_once)
    other.stdout.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, watch):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        turn_for(tmp_path / "file", "rtmp://a", watch.now).take(at_once)
