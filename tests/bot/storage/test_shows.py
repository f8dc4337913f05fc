"""A show on its way into the store, what is carried later, and what is fetched on another machine."""

import hashlib
import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from stored_show import LATER, NOW, aired, segment_bytes

from bot.compliance.keys import read_public_key
from bot.compliance.ledger import verify
from bot.recorded import inventory
from bot.storage.base import Cargo
from bot.storage.folder import FolderStore
from bot.storage.shows import ShowCopy
from bot.storage.sweeping import fetch_ledger, fetch_segments, shows_in, stored_files, sweep
from products.errors import ContentError, RemoteError

DEADLINE_S = 20


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "store")


class Away:
    """A store that takes nothing until it is back."""

    shown = "s3://away"

    def __init__(self, store: FolderStore) -> None:
        self.store, self.back = store, False

    def __getattr__(self, name):
        if not self.back:
            raise RemoteError("s3://away does not answer")
        return getattr(self.store, name)


def copy_of(store, folder: Path, **more) -> tuple[ShowCopy, list]:
    notes: list = []
    return ShowCopy(store, folder, lambda kind, data: notes.append((kind, data)), Random(1), **more), notes


def carry(copy: ShowCopy, folder: Path) -> None:
    for n, path in enumerate(sorted((folder / "recording").glob("*.mp4"))):
        copy.segment(path, path.stat().st_size, hashlib.sha256(segment_bytes(n)).hexdigest())


def wait_until(true) -> None:
    for _ in range(4000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it never was so")


def of(notes: list, kind: str) -> list[dict]:
    return [data for k, data in notes if k == kind]


def test_a_show_is_stored_and_its_ledger_says_under_which_hash(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    copy, notes = copy_of(store, folder)
    carry(copy, folder)
    copy.settle(DEADLINE_S)
    assert copy.trouble() == ""
    assert copy.finish(DEADLINE_S) == ()
    assert of(notes, "store.begun") == [{"store": str(tmp_path / "store")}]
    kept = of(notes, "store.kept")
    assert [k["file"] for k in kept] == [f"segment-{n:05d}.mp4" for n in range(3)]
    for n, k in enumerate(kept):
        stored = (tmp_path / "store" / "shows" / "evening-1" / "recording" / k["file"]).read_bytes()
        assert stored == segment_bytes(n) and k["sha256"] == hashlib.sha256(stored).hexdigest()
    assert of(notes, "store.over") == [{"stored": 3, "waiting": [], "failed": 0}]
    there = tmp_path / "store" / "shows" / "evening-1"
    for name in ("ledger.jsonl", "ledger.jsonl.checkpoint"):
        assert (there / name).read_bytes() == (folder / name).read_bytes()
    assert len(json.loads((folder / "stored.json").read_text())) == 5


def test_each_minute_the_ledger_goes_as_far_as_it_is_whole(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    whole = (folder / "ledger.jsonl").read_bytes()
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"half of a li')
    asked: list = []
    copy, _ = copy_of(store, folder, also=lambda: asked.append(1), every_s=0.02, look_s=0.01)
    stored = tmp_path / "store" / "shows" / "evening-1"
    wait_until(lambda: (stored / "ledger.jsonl.checkpoint").exists() and len(asked) > 2)
    copy.finish(DEADLINE_S)
    assert (stored / "ledger.jsonl").read_bytes() == whole and len(asked) > 2


def test_with_the_store_away_the_whole_show_goes_on_and_is_stored_later(tmp_path, store) -> None:
    folder, away = aired(tmp_path / "data"), Away(store)
    copy, notes = copy_of(away, folder)
    carry(copy, folder)
    wait_until(lambda: copy.state().failed > 0 and copy.state().waiting == 3)
    copy.settle(0.01)
    assert "3 files wait for s3://away, which takes nothing" in copy.trouble()
    left = copy.finish(0.05)
    assert {Path(name).name for name in left} >= {f"segment-{n:05d}.mp4" for n in range(3)}
    (over,) = of(notes, "store.over")
    assert over["waiting"] == [f"segment-{n:05d}.mp4" for n in range(3)] and over["stored"] == 0
    assert sweep(tmp_path / "data" / "shows", away, LATER).failed
    away.back = True
    swept = sweep(tmp_path / "data" / "shows", away, LATER)
    assert len(swept.names) == 5 and swept.failed == []
    assert sweep(tmp_path / "data" / "shows", away, LATER).names == [], "and once is enough"


def test_a_sweep_leaves_shows_that_air_and_rehearsals_alone(tmp_path, store) -> None:
    folder = aired(tmp_path / "data", closed=False)
    aired(tmp_path / "data", "rehearsal-1")
    os.utime(folder / "ledger.jsonl", (NOW.timestamp(), NOW.timestamp()))
    shows = tmp_path / "data" / "shows"
    assert sweep(shows, store, NOW + timedelta(seconds=30)).names == []
    assert len(sweep(shows, store, NOW + timedelta(minutes=4)).names) == 5
    assert shows_in(store) == ("evening-1",)
    over = aired(tmp_path / "data", "evening-2")
    os.utime(over / "ledger.jsonl", (NOW.timestamp(), NOW.timestamp()))
    assert len(sweep(shows, store, NOW + timedelta(seconds=1)).names) == 5, (
        "whose ledger is closed airs no more"
    )


def test_a_changed_segment_is_not_stored_and_the_others_are(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    (folder / "recording" / "segment-00001.mp4").write_bytes(segment_bytes(7))
    swept = sweep(tmp_path / "data" / "shows", store, LATER)
    assert [Path(name).name for name, _ in swept.failed] == ["segment-00001.mp4"]
    assert len(stored_files(store, "evening-1", "recording")) == 2


def test_another_machine_finds_ledger_and_recording(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    sweep(tmp_path / "data" / "shows", store, LATER)
    there = tmp_path / "other" / "shows" / "evening-1"
    assert fetch_ledger(there, store) and not fetch_ledger(there, store)
    key = read_public_key(tmp_path / "data" / "keys" / "ledger.pem.pub")
    report = verify(there / "ledger.jsonl", key, None)
    assert report.ok and report.authentic
    found = inventory(there)
    assert [k.path.name for k in fetch_segments(found, store, 61.0, 100.0)] == ["segment-00001.mp4"]
    assert len(fetch_segments(found, store)) == 2 and fetch_segments(found, store) == ()
    for one, other in zip(inventory(folder).kept, found.kept, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()
    with pytest.raises(ContentError, match="There is no show 'nowhere'"):
        fetch_ledger(tmp_path / "other" / "shows" / "nowhere", store)


def test_a_segment_that_came_back_wrong_is_refused(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    sweep(tmp_path / "data" / "shows", store, LATER)
    store.put("shows/evening-1/recording/segment-00000.mp4", Cargo.of(b"another film"))
    shutil.rmtree(folder / "recording")
    (folder / "recording").mkdir()
    with pytest.raises(ContentError, match=r"segment-00000\.mp4 came back changed"):
        fetch_segments(inventory(folder), store)
    assert list((folder / "recording").iterdir()) == []


def test_a_ledger_fetched_while_its_show_ran_is_fetched_again_and_never_put_back(tmp_path, store) -> None:
    folder = aired(tmp_path / "data")
    whole = (folder / "ledger.jsonl").read_bytes()
    name, there = "shows/evening-1/ledger.jsonl", tmp_path / "other" / "shows" / "evening-1"
    store.put(name, Cargo.of(whole[: whole.index(b"\n") + 1]))
    assert fetch_ledger(there, store)
    store.put(name, Cargo.of(whole))
    assert sweep(there.parent, store, LATER).names == []
    assert store.look(name).size == len(whole)
    assert fetch_ledger(there, store) and (there / "ledger.jsonl").read_bytes() == whole
    assert not fetch_ledger(there, store)
    store.put(name, Cargo.of(b"other\n"))
    assert not fetch_ledger(folder, store), "what was written here is never replaced"
    assert (folder / "ledger.jsonl").read_bytes() == whole
