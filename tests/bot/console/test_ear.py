"""What a co-host says: cut where they pause, written down in another process, never queued up."""

import asyncio
import os
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import person

from bot.console.ear import LONGEST_S, WAITING, Ear, Pieces
from bot.console.voice_watch import RATE

WRITE = "heard in {1}".format  # the other process has no tests to import


def fed(pieces: Pieces, sound: np.ndarray) -> list[np.ndarray]:
    out = [pieces.feed(sound[at : at + 1600]) for at in range(0, len(sound) - 1599, 1600)]
    return [piece for piece in out if piece is not None]


def test_speech_between_pauses_is_one_piece() -> None:
    rng = np.random.default_rng(1)
    pause = rng.normal(0, 20, 2 * RATE).astype(np.int16)
    said = person.speech(2.0)
    found = fed(Pieces(), np.concatenate([pause, said, pause, said, pause]))
    assert len(found) == 2
    assert all(1.5 * RATE < piece.size < 4.5 * RATE for piece in found)


def test_silence_noise_and_a_click_are_no_pieces() -> None:
    rng = np.random.default_rng(1)
    click = np.zeros(RATE, np.int16)
    click[100:300] = 20_000
    quiet = np.zeros(4 * RATE, np.int16)
    noise = rng.normal(0, 500, 4 * RATE).astype(np.int16)
    for sound in (quiet, np.concatenate([quiet, click, quiet])):
        assert fed(Pieces(), sound) == []
    assert len(fed(Pieces(), np.concatenate([noise] * 5))) <= 1  # until it is known as the floor


def test_who_never_pauses_is_cut() -> None:
    said = np.concatenate([person.speech(8.0, seed)[RATE // 2 :] for seed in range(4)])
    found = fed(Pieces(), said)
    assert len(found) >= 2 and max(piece.size for piece in found) <= (LONGEST_S + 0.5) * RATE


async def test_it_is_written_down_elsewhere(tmp_path: Path) -> None:
    ear = Ear(tmp_path, WRITE)
    try:
        assert await ear.hear(np.zeros(160, np.int16), "zh") == "heard in zh"
    finally:
        ear.close()


def niceness(besides: set[int]) -> set[int]:
    pids = {child.pid or 0 for child in active_children()} - besides
    return {os.getpriority(os.PRIO_PROCESS, pid) for pid in pids}


async def test_an_answer_that_a_show_waits_for_does_not_wait_behind_everything_else(tmp_path: Path) -> None:
    """At the lowest priority three words took 139 s on a machine that others loaded; a co-host has 45."""
    before, ear = {child.pid or 0 for child in active_children()}, Ear(tmp_path, WRITE)
    try:
        sound = np.zeros(160, np.int16)
        assert await ear.hear(sound, "zh") == "heard in zh"
        assert niceness(before) == {19}
        assert await ear.hear(sound, "en", asked=True) == "heard in en"
        assert niceness(before) == {19, os.nice(0)}
    finally:
        ear.close()


async def test_what_there_is_no_time_for_is_dropped_and_counted(tmp_path: Path) -> None:
    ear = Ear(tmp_path, WRITE)
    ear._busy = WAITING
    assert await ear.hear(np.zeros(160, np.int16), "en") is None
    assert ear.dropped == 1


async def test_where_nobody_can_listen_it_is_told_why(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("bot.console.ear.missing", lambda: "speech recognition is not installed")
    ear = Ear(tmp_path)
    assert ear.why == "speech recognition is not installed"
    assert await asyncio.wait_for(ear.hear(np.zeros(160, np.int16), "en"), 1) is None
    ear.close()
