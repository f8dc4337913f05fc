"""Pictures of platforms' pages: files for their owner alone, hashes in the ledger."""

import hashlib
from datetime import UTC, datetime

from bot.show import pictures
from bot.show.pictures import PlatformPictures
from connectors.base import BareConnector, Shot

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Page(BareConnector):
    platform = "sample"

    def __init__(self, *shots):
        super().__init__()
        self.waiting = shots

    def shots(self):
        taken, self.waiting = self.waiting, ()
        return taken


async def test_a_picture_becomes_a_file_and_its_hash_is_noted(tmp_path):
    told = []
    kept = PlatformPictures(tmp_path / "pictures", lambda kind, data: told.append((kind, data)))
    await kept.take("bare-1", BareConnector())
    assert not (tmp_path / "pictures").exists()
    page = Page(Shot(NOW, "pin", "mug is shown.", b"PNG one"), Shot(NOW, "stopped", "Logged out."))
    await kept.take("sample-1", page)
    await kept.take("sample-1", page)
    (_, shown), (kind, without) = told
    assert kind == "channel.picture"
    file = tmp_path / "pictures" / shown["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == shown["sha256"]
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0
    assert (shown["what"], shown["says"], shown["at"]) == ("pin", "mug is shown.", NOW.isoformat())
    assert "file" not in without


async def test_too_many_pictures_are_noted_without_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 10)
    told = []
    kept = PlatformPictures(tmp_path, lambda kind, data: told.append(data))
    await kept.take("sample-1", Page(Shot(NOW, "pin", "a", b"12345678"), Shot(NOW, "pin", "b", b"12345678")))
    assert [bool(data["file"]) for data in told] == [True, False]
    assert all(data["sha256"] for data in told)
