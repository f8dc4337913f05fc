"""What every kind of store must do, run over each of them: class Contract, with a fixture `store`."""

import hashlib
import threading
from pathlib import Path

import pytest

from bot.storage.base import Cargo
from products.errors import CastmateError, ContentError


def bytes_of(seed: str, size: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


LONG = bytes_of("long", (6 << 20) + 17)  # more than a part of a bucket
LENGTHS = {
    "nothing": b"",
    "a byte": b"x",
    "more than a piece": bytes_of("some", (1 << 20) + 1),
    "parts": LONG,
}
NAMES = ("a", "shows/evening-1/recording/segment-00000.mp4", "shows/晚间 秀-2026/a b+c&d=é%25#1.jsonl")


class Contract:
    @pytest.mark.parametrize("data", LENGTHS.values(), ids=LENGTHS)
    def test_what_was_put_comes_back(self, store, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "in").write_bytes(data)
        store.put("x/y.bin", Cargo.of(tmp_path / "in"))
        seen = store.look("x/y.bin")
        assert (seen.size, seen.sha256) == (len(data), sha(data))
        item = store.get("x/y.bin", tmp_path / "new" / "out")
        assert (tmp_path / "new" / "out").read_bytes() == data and item.sha256 == sha(data)
        assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["out"], "and nothing beside it"

    @pytest.mark.parametrize("name", NAMES)
    def test_names_of_every_kind(self, store, tmp_path: Path, name: str) -> None:
        store.put(name, Cargo.of(b"of " + name.encode()))
        assert [i.name for i in store.names("")] == [name]
        store.get(name, tmp_path / "out", sha(b"of " + name.encode()))
        assert (tmp_path / "out").read_bytes() == b"of " + name.encode()
        store.delete(name)
        assert store.look(name) is None

    @pytest.mark.parametrize(
        "name", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "a\\b", "a\nb", "a.sha256", " a", "é" * 500]
    )
    def test_names_that_lead_elsewhere_are_refused(self, store, tmp_path: Path, name: str) -> None:
        with pytest.raises(ContentError):
            store.put(name, Cargo.of(b"x"))
        with pytest.raises(ContentError):
            store.get(name, tmp_path / "out")

    def test_the_newest_replaces(self, store, tmp_path: Path) -> None:
        for data in (b"first", b"the second", b"3"):
            store.put("a", Cargo.of(data))
        assert store.get("a", tmp_path / "out").sha256 == sha(b"3")
        assert [(i.name, i.size) for i in store.names("")] == [("a", 1)]

    def test_lists_are_by_parts_of_the_name(self, store) -> None:
        for name in ("shows/one/a", "shows/one/b/c", "shows/one-two/a", "other"):
            store.put(name, Cargo.of(name.encode()))
        assert [i.name for i in store.names("shows/one")] == ["shows/one/a", "shows/one/b/c"]
        assert [i.size for i in store.names("shows/one")] == [11, 13]
        assert list(store.names("nothing/here")) == []
        assert len(list(store.names(""))) == 4

    def test_what_is_not_there_is_told(self, store, tmp_path: Path) -> None:
        assert store.look("a") is None
        with pytest.raises(ContentError, match="a is not in"):
            store.get("a", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        store.delete("a")

    def test_a_file_that_changed_since_it_was_hashed_is_not_stored(self, store, tmp_path: Path) -> None:
        for size in (5, len(LONG)):
            (tmp_path / "in").write_bytes(LONG[:size])
            cargo = Cargo.of(tmp_path / "in")
            (tmp_path / "in").write_bytes(bytes(size))
            with pytest.raises(ContentError, match="in is not what it was"):
                store.put("a", cargo)
            (tmp_path / "in").write_bytes(LONG[: size - 1])
            with pytest.raises(ContentError, match="in is not what it was"):
                store.put("a", cargo)
            assert store.look("a") is None and list(store.names("")) == []

    def test_another_hash_than_asked_for_leaves_nothing(self, store, tmp_path: Path) -> None:
        store.put("a", Cargo.of(b"what it is"))
        (tmp_path / "out").write_bytes(b"before")
        with pytest.raises(ContentError, match="a came back changed"):
            store.get("a", tmp_path / "out", sha(b"what it should be"))
        assert (tmp_path / "out").read_bytes() == b"before"
        assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []

    def test_of_a_file_that_grows_goes_what_was_whole(self, store, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(b"one\ntwo\nthr")
        cargo = Cargo.lines(tmp_path / "in")
        with (tmp_path / "in").open("ab") as file:
            file.write(b"ee\nfour\n")
        store.put("a", cargo)
        store.get("a", tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == b"one\ntwo\n"

    def test_many_at_once(self, store, tmp_path: Path) -> None:
        failed = []

        def work(n: int) -> None:
            try:
                store.put(f"many/{n}", Cargo.of(bytes_of(str(n), 50_000)))
                store.get(f"many/{n}", tmp_path / f"{n}", sha(bytes_of(str(n), 50_000)))
            except CastmateError as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == [] and len(list(store.names("many"))) == 8
