"""A plug-in is used after a person's yes, and again after it grew; each yes is an entry of a ledger."""

from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest

from bot.compliance.ledger import read_ledger
from bot.plugins import Agreements
from bot.settings import read_settings
from products.confined.found import plugin_of
from products.errors import SetupError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DECLARED = """
title = "Sample"
hosts = ["api.sample.example"]
folder = true
[connector]
caps = ["chat_in"]
[[connector.fields]]
name = "token"
question = "Key"
"""


@pytest.fixture
def settings(tmp_path):
    return read_settings(data=tmp_path / "data")


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    folder = tmp_path / "site" / "their_package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('it is never imported here')\n")
    monkeypatch.syspath_prepend(str(folder.parent))

    def read(declared=DECLARED):
        (folder / "sample.castmate.toml").write_text(declared)
        return plugin_of("sample", "their_package.entry:make")

    return read


def test_without_a_yes_there_is_no_leave(settings, plugin):
    agreements = Agreements(settings)
    with pytest.raises(SetupError, match=r"talks to: api\.sample\.example:443") as error:
        agreements.leave(plugin())
    assert error.value.remedy == "Look at it: castmate connectors agree sample"
    assert not agreements.ledger.exists()


def test_a_yes_is_an_entry_and_holds_until_it_is_taken_back(settings, plugin):
    agreements, it = Agreements(settings), plugin()
    agreements.agree(it, "Wei Lin", NOW)
    home = agreements.leave(it)
    assert home == (settings.data / "plugins" / "homes" / "sample").resolve()
    assert home.is_dir()
    (entry,) = [r.entry for r in read_ledger(agreements.ledger) if r.entry.kind == "plugin.agreed"]
    assert (entry.data["by"], entry.data["plugin"]) == ("Wei Lin", "sample")
    assert entry.data["powers"]["hosts"] == ["api.sample.example:443"]
    assert agreements.take_back("sample", "Wei Lin", NOW)
    assert not agreements.take_back("sample", "Wei Lin", NOW)
    with pytest.raises(SetupError):
        agreements.leave(it)


def test_what_grew_is_asked_again_and_what_shrank_is_not(settings, plugin):
    agreements = Agreements(settings)
    agreements.agree(plugin(), "Wei Lin", NOW)
    assert agreements.missing(plugin(DECLARED.replace("folder = true", ""))) == ()
    grown = plugin(DECLARED.replace('"api.sample.example"', '"api.sample.example", "elsewhere.example"'))
    assert agreements.missing(grown) == ("talks to: elsewhere.example:443",)
    with pytest.raises(SetupError, match="elsewhere"):
        agreements.leave(grown)
    agreements.agree(grown, "Wei Lin", NOW)
    assert agreements.leave(grown)


def test_files_that_run_by_themselves_are_told(plugin):
    class Distribution:
        name, version = "their-package", "1.0"

        def locate_file(self, name):
            return plugin().folder.parent / name

        @property
        def files(self):
            from importlib.metadata import PackagePath

            names = (
                "their_package/__init__.py",
                "their_package-1.0.dist-info/RECORD",
                "zz.pth",
                "httpx/__init__.py",
            )
            return [PackagePath(name) for name in names]

    point = EntryPoint("sample", "their_package.entry:make", "castmate.connectors")
    found = plugin_of(point.name, point.value, Distribution())
    assert found.beyond == ("httpx/__init__.py", "zz.pth")
    assert (found.package, found.version) == ("their-package", "1.0")
