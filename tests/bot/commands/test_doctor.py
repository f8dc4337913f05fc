"""castmate doctor: each thing it looks at, with what to do."""

import socket
from pathlib import Path

import pytest
import typer

from bot.commands import doctor as module
from bot.commands.doctor import Check, checks, doctor
from bot.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return Settings(data=tmp_path / "a" / "data", cache=tmp_path / "cache", port=port)


def by_name(settings: Settings) -> dict[str, Check]:
    return {c.name: c for c in checks(settings)}


def test_whatever_is_missing_has_a_remedy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    found = by_name(settings)
    assert not found["Encoder"].ok and not found["Voice model"].ok and not found["Browser for tests"].ok
    assert found["Encoder"].needed and not found["Browser for tests"].needed
    assert all(c.remedy for c in found.values() if not c.ok)


def test_folders_that_do_not_exist_yet_are_judged_by_where_they_will_stand(settings: Settings) -> None:
    found = by_name(settings)
    assert found["Data folder"].ok == (module.shutil.disk_usage(settings.data.parents[1]).free > 2e9)
    assert not settings.data.exists(), "looking makes nothing"


def test_a_full_disk_and_a_folder_that_cannot_be_written(settings, monkeypatch) -> None:
    class Usage:
        free = 1e9

    monkeypatch.setattr(module.shutil, "disk_usage", lambda place: Usage)
    full = by_name(settings)["Data folder"]
    assert not full.ok and "1 GB free" in full.said and "CASTMATE_DATA" in full.remedy
    Usage.free = 1e12
    monkeypatch.setattr(module.os, "access", lambda place, mode: False)
    shut = by_name(settings)["Cache folder"]
    assert not shut.ok and "not writable" in shut.said and "CASTMATE_CACHE" in shut.remedy


def test_a_busy_port_is_named_and_a_free_one_stays_free(settings: Settings) -> None:
    assert by_name(settings)["Port of the pages"].ok
    with socket.create_server(("127.0.0.1", settings.port)):
        busy = by_name(settings)["Port of the pages"]
        assert not busy.ok and str(settings.port) in busy.said and "CASTMATE_PORT" in busy.remedy


def test_no_language_model_is_fine(settings: Settings) -> None:
    assert not by_name(settings)["Language model"].needed
    given = settings.model_copy(update={"llm_url": "http://127.0.0.1:1/v1"})
    assert by_name(given)["Language model"].ok


@pytest.mark.parametrize(
    ("ok", "needed", "code"), [(True, True, 0), (False, False, 0), (False, True, 2), (True, False, 0)]
)
def test_the_exit_code_tells_whether_it_can_run(monkeypatch, capsys, ok, needed, code) -> None:
    one = Check("Thing", ok, "seen", "Mend it.", needed)
    monkeypatch.setattr(module, "checks", lambda settings: iter([one]))
    with pytest.raises(typer.Exit) as ended:
        doctor()
    assert ended.value.exit_code == code
    assert ("Mend it." in capsys.readouterr().out) is not ok
