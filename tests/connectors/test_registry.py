"""The list of connectors: ours by folder, others by what they declare; one bad package takes nobody along."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap
from connectors.errors import AuthNeeded
from connectors.registry import listing, plugin_or_why, read, with_plugins
from products.errors import SetupError


def test_ours_are_there():
    assert {"room", "rtmp", "srt", "whip", "file", "twitch"} <= listing().entries.keys()
    assert listing().broken == {}


DECLARED = """
title = "Sample"
hosts = ["api.sample.example"]
[connector]
caps = ["chat_in"]
[[connector.fields]]
name = "token"
question = "Key"
"""
ROOM = read([("room", "connectors.room.entry:ENTRY")])


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lays a package with a declaration where Python finds it; its code would leave a file when imported."""

    def put(name="sample", declared=DECLARED):
        folder = tmp_path / "their_package"
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()\n")
        if declared is not None:
            (folder / f"{name}.castmate.toml").write_text(declared)
        monkeypatch.syspath_prepend(str(tmp_path))
        point = EntryPoint(name, "their_package.entry:make", "castmate.connectors")
        return with_plugins(ROOM, [plugin_or_why(point)])

    yield put
    assert not (tmp_path / "imported").exists(), "none of its code runs for a list"


def test_an_entry_of_another_package(installed):
    entry = installed().entry("sample")
    assert (entry.title, entry.policy, entry.caps) == ("Sample", "sample", {Cap.CHAT_IN})
    assert [f.name for f in entry.fields] == ["token"]
    assert not entry.ours


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (None, "declares nothing"),
        ("title = ", "cannot be read"),
        (DECLARED.replace("chat_in", "fly"), "declares fly"),
        (DECLARED.replace("api.sample.example", "*"), "no host"),
        (DECLARED + "\nevil = 1", "evil"),
        ('title = "An engine"\n[engine]\nabout = "x"', "declares no connector"),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(installed, declared, why):
    found = installed(declared=declared)
    assert set(found.entries) == {"room"}
    with pytest.raises(SetupError, match="cannot be used") as error:
        found.entry("sample")
    assert why in str(error.value)


def test_a_name_that_is_taken_stays_with_who_had_it(installed):
    found = installed(name="room")
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
