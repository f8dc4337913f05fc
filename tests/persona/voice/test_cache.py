import os
from pathlib import Path

import numpy as np

from persona.speech import Phone
from persona.voice.cache import SpeechCache
from persona.voice.take import Take


def take(n: int = 1000) -> Take:
    pcm = (np.round(np.sin(np.arange(n)) * 20_000) / 32767).astype(np.float32)
    return Take(pcm, ((0.0, 0.1, 0, 5), (0.1, 0.2, 6, 9)), (Phone("ʤ", 0.0, 0.1), Phone("sil", 0.1, 0.2)))


def key(i: int) -> str:
    return f"{i:064x}"


def test_what_is_put_comes_back_the_same(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    assert cache.get(key(1)) is None
    cache.put(key(1), take())
    got = SpeechCache(tmp_path).get(key(1))
    assert got is not None
    assert np.array_equal(got.pcm, take().pcm) and got.pcm.dtype == np.float32
    assert (got.words, got.phones) == (take().words, take().phones)


def test_a_damaged_file_is_taken_away_and_counted(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    cache.put(key(1), take())
    (file,) = tmp_path.glob("*/*")
    data = bytearray(file.read_bytes())
    data[200] ^= 1
    file.write_bytes(data)
    assert cache.get(key(1)) is None
    assert cache.damaged == 1
    assert not file.exists()


def test_a_file_cut_short_is_no_take(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    cache.put(key(1), take())
    (file,) = tmp_path.glob("*/*")
    for size in (0, 5, 40, 300):
        cache.put(key(1), take())
        file.write_bytes(file.read_bytes()[:size])
        assert cache.get(key(1)) is None


def test_the_folder_stays_within_its_limit_and_the_oldest_go_first(tmp_path: Path) -> None:
    limit = 50_000
    cache = SpeechCache(tmp_path, limit)
    for i in range(40):
        cache.put(key(i), take())
        file = next(tmp_path.glob(f"*/{key(i)}.take"))
        os.utime(file, (i, i))
        assert sum(f.stat().st_size for f in tmp_path.glob("*/*")) <= limit
    assert cache.get(key(0)) is None
    assert cache.get(key(39)) is not None


def test_a_take_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 1000)
    cache.put(key(1), take())
    assert cache.get(key(1)) is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = SpeechCache(tmp_path / "file")
    cache.put(key(1), take())
    assert cache.unwritten == 1
    assert cache.get(key(1)) is None
