"""A bucket as the store, against a real S3 service of others, and over a line that fails."""

import uuid

import pytest
from s3_server import BUCKET, S3Server, faulty_line, s3_server
from storage_contract import LONG, Contract, sha

from bot.storage.base import Cargo
from bot.storage.s3 import Bucket, BucketStore
from products.errors import ContentError, RemoteError, SetupError

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("bucket")) as found:
        yield found


def bucket(server: S3Server, url: str = "", **changed) -> Bucket:
    key_id, key = server.owner
    told = {"prefix": f"try/{uuid.uuid4().hex}", "endpoint": url or server.url, "key_id": key_id, "key": key}
    return Bucket(**{"bucket": BUCKET, "tries": 1, **told, **changed})


@pytest.fixture
def store(server) -> BucketStore:
    return BucketStore(bucket(server))


class TestBucket(Contract):
    pass


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"key": "another" * 5}, "refuses us"),
        ({"key_id": "somebody"}, "refuses us"),
        ({"bucket": "elsewhere"}, "no bucket 'elsewhere'"),
    ],
)
def test_who_is_refused_is_told_what_to_mend(server, tmp_path, changed, told) -> None:
    store = BucketStore(bucket(server, **changed))
    for act in (
        lambda: store.put("a", Cargo.of(b"x")),
        lambda: store.put("long", Cargo.of(LONG)),
        lambda: store.get("a", tmp_path / "out"),
        lambda: list(store.names("")),
    ):
        with pytest.raises(SetupError, match=told) as failed:
            act()
        assert failed.value.remedy and "another" not in str(failed.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", [100, len(LONG)], ids=["one request", "parts"])
@pytest.mark.parametrize("fault", ["503", "cut"])
def test_a_stumble_is_overcome_and_a_fall_is_told(server, tmp_path, size, fault) -> None:
    with faulty_line(server.port) as line:
        store = BucketStore(bucket(server, line.url))
        line.faults.extend([f"PUT {fault}"])
        store.put("a", Cargo.of(LONG[:size]))
        assert store.get("a", tmp_path / "out").sha256 == sha(LONG[:size])
        line.faults.extend([f"PUT {fault}"] * 20)
        with pytest.raises(RemoteError, match="does not take or give b"):
            store.put("b", Cargo.of(LONG[:size]))
        line.faults.clear()
        assert [i.name for i in store.names("")] == ["a"], "nothing of b is there"
        store.put("b", Cargo.of(LONG[:size]))
        assert store.get("b", tmp_path / "out").sha256 == sha(LONG[:size])


@pytest.mark.parametrize("fault", ["bend", "short"])
def test_what_comes_back_wrong_is_not_kept(server, tmp_path, fault) -> None:
    with faulty_line(server.port) as line:
        store = BucketStore(bucket(server, line.url))
        store.put("a", Cargo.of(LONG[:5000]))
        line.faults.extend([f"GET {fault}"] * 5)
        with pytest.raises((ContentError, RemoteError)):
            store.get("a", tmp_path / "out")
        assert list(tmp_path.iterdir()) == []
        line.faults.clear()
        assert store.get("a", tmp_path / "out").sha256 == sha(LONG[:5000])


def test_who_does_not_answer_is_given_up(server) -> None:
    with faulty_line(server.port) as line:
        store = BucketStore(bucket(server, line.url, patience_s=0.4, tries=0))
        line.faults.extend(["* slow"])
        with pytest.raises(RemoteError):
            store.put("a", Cargo.of(b"x"))
    with pytest.raises(RemoteError):
        store.put("a", Cargo.of(b"x"))  # and nobody listens at all
