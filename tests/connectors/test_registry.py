"""The list of connectors: ours by folder, others by entry point; one bad package takes nobody along."""

import subprocess
import sys
import types

import pytest

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap
from connectors.errors import AuthNeeded
from connectors.registry import Entry, listing, read
from products.errors import SetupError

GOOD = Entry(name="sample", title="Sample", caps=frozenset({Cap.CHAT_IN}))


@pytest.fixture
def package(monkeypatch):
    def put(**contents):
        module = types.ModuleType("their_package")
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, "their_package", module)

    return put


def test_ours_are_there():
    assert {"room", "rtmp", "srt", "whip", "file", "twitch"} <= listing().entries.keys()
    assert listing().broken == {}


def test_an_entry_of_another_package(package):
    package(ENTRY=GOOD)
    found = read([("sample", "their_package:ENTRY")])
    assert found.entry("sample") is GOOD
    assert not GOOD.ours
    assert GOOD.policy == "sample"


@pytest.mark.parametrize(
    ("place", "contents"),
    [
        ("nowhere_at_all:ENTRY", {}),
        ("their_package:ENTRY", {}),
        ("their_package:ENTRY", {"ENTRY": "no entry"}),
        ("their_package:ENTRY", {"ENTRY": Entry(name="other", title="x", caps=frozenset())}),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(package, place, contents):
    package(**contents)
    found = read([("sample", place), ("room", "connectors.room.entry:ENTRY")])
    assert set(found.entries) == {"room"}
    with pytest.raises(SetupError, match="cannot be used"):
        found.entry("sample")


def test_a_name_that_is_taken_stays_with_who_had_it(package):
    package(ENTRY=Entry(name="room", title="Not the room", caps=frozenset()))
    found = read([("room", "connectors.room.entry:ENTRY"), ("room", "their_package:ENTRY")])
    assert found.entry("room").title == "Live room on this machine"
    assert found.broken


def test_a_name_that_nobody_has_lists_those_that_are_there():
    with pytest.raises(SetupError) as error:
        listing().entry("nope")
    assert "twitch" in error.value.remedy


def test_the_list_imports_no_platforms_library():
    heavy = "{'playwright', 'grpc', 'aiortc', 'websockets'} & set(sys.modules)"
    code = f"import sys\nfrom connectors.registry import listing\nlisting()\nprint({heavy})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "set()"


def test_an_account_says_what_it_lacks_and_nothing_that_it_has():
    keeper = MemoryKeeper({("sample", "main"): {"token": "SECRET"}})
    account = Account("sample", "main", keeper)
    assert "SECRET" not in repr(account)
    assert "SECRET" not in repr(account.secret("token"))
    with pytest.raises(AuthNeeded) as error:
        account.secret("refresh_token")
    assert "castmate connectors login sample --account main" in error.value.remedy


def test_what_another_process_changed_is_read_again():
    keeper = MemoryKeeper({})
    ours, theirs = Account("sample", "main", keeper), Account("sample", "main", keeper)
    assert ours.empty
    theirs.keep(token="new", old=None)
    assert not ours.has("token")
    ours.reread()
    assert ours.secret("token").reveal() == "new"
    ours.keep(token=None)
    assert keeper.read("sample", "main") == {}
