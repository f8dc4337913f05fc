"""What is about a person is sealed; without the key it is gone, and the ledger stays whole."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.erasure import erase, erased, replay
from bot.compliance.ledger import Entry, Ledger, read_ledger, verify
from bot.compliance.personal import opened, seal
from bot.compliance.persons import PersonKeys
from bot.show.record import Recording

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def keys(tmp_path: Path) -> PersonKeys:
    return PersonKeys(tmp_path / "keys" / "persons.db")


SAID = {"id": "m1", "channel": "douyin", "is": "waiting", "text": "我叫小王", "viewer": "douyin/77"}


@pytest.mark.parametrize(
    ("kind", "data", "hidden"),
    [
        ("chat.in", SAID, {"text", "viewer"}),
        ("chat.in", {"text": "no name"}, {"text"}),
        (
            "chat.handed_over",
            {"id": "q", "text": "my order", "viewer": "p/1", "product": ""},
            {"text", "viewer"},
        ),
        ("chat.not_passed_on", {"text": "half a \ud83d", "why": "x", "viewer": ""}, {"text"}),
        ("cohost.check_in", {"name": "Wei Lin", "arriving": True}, {"name"}),
        (
            "cohost.check_in",
            {"name": "Wei Lin", "account": "Tablet 2", "credential": "passkey"},
            {"name", "account"},
        ),
        ("cohost.present", {"name": "Wei Lin", "evidence": ["face"]}, {"name"}),
        ("cohost.absent", {"name": "", "evidence": []}, set()),
        ("line.aired", {"text": "Nine dollars."}, set()),
    ],
)
def test_the_declared_fields_are_sealed_and_open_again(keys: PersonKeys, kind, data, hidden) -> None:
    sealed = seal(keys, "s", kind, data)
    assert {field for field in data if sealed[field] != data[field]} == hidden
    assert all(str(data[field]) not in str(sealed[field]) for field in hidden)
    assert opened(keys, kind, sealed) == data
    assert {f for f, v in opened(None, kind, sealed).items() if v == "(erased)"} == hidden


def test_a_sealed_value_opens_only_where_it_was_written(keys: PersonKeys) -> None:
    sealed = seal(keys, "s", "chat.in", SAID)
    moved = {"text": sealed["viewer"]}
    assert "was changed" in str(opened(keys, "chat.in", moved))
    assert "was changed" in str(opened(keys, "chat.handed_over", sealed)["text"])
    other = seal(keys, "other", "chat.in", SAID)
    assert other["text"]["of"] != sealed["text"]["of"]  # shows cannot be joined by alias


async def test_what_a_show_notes_is_on_the_disk_sealed_only_and_erased_by_its_key(
    keys: PersonKeys, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger.open(path, KEY, "s", NOW)
    record = Recording(ledger, lambda: NOW, lambda kind, data: seal(keys, "s", kind, data))
    record.note("chat.in", SAID)
    record.note("chat.in", {**SAID, "viewer": "douyin/78", "text": "多少钱"})
    await record.close({})
    raw = path.read_bytes().decode()
    assert "小王" not in raw and "douyin/7" not in raw and "多少钱" not in raw
    office = Ledger.open(tmp_path / "office.jsonl", KEY, "compliance office", NOW, lasting=True)
    about = Entry(kind="x", at=NOW, data={"by": "Wei Lin", "why": "she asked"})
    aliases = [alias for alias, _ in keys.aliases(person="douyin/77")]
    secret = keys.opening(aliases[0])
    assert secret is not None and secret in keys.path.read_bytes()
    assert await erase(keys, office, about, aliases) == 1
    await office.leave(NOW)
    assert secret not in keys.path.read_bytes()  # overwritten, not only unlinked
    assert "douyin/77" not in (tmp_path / "office.jsonl").read_text()
    texts = [
        opened(keys, r.entry.kind, r.entry.data)["text"]
        for r in read_ledger(path)
        if r.entry.kind == "chat.in"
    ]
    assert texts == ["(erased)", "多少钱"]
    assert verify(path, KEY.public_key(), record.checkpoint).ok
    assert erased(tmp_path / "office.jsonl") == frozenset(aliases)


async def test_an_erasure_that_a_crash_broke_off_is_completed(keys: PersonKeys, tmp_path: Path) -> None:
    alias, _ = keys.key("p/1", "s")
    office = Ledger.open(tmp_path / "office.jsonl", KEY, "compliance office", NOW, lasting=True)
    await office.append(Entry(kind="person.erased", at=NOW, data={"aliases": [alias]}))
    await office.leave(NOW)
    assert replay(keys, tmp_path / "office.jsonl") == 1
    assert keys.opening(alias) is None
    assert replay(keys, tmp_path / "nothing.jsonl") == 0
