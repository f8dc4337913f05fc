"""Settings: defaults that work without an account, from the environment, secrets unseen."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("CASTMATE_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_the_defaults_stand_below_the_home(tmp_path: Path) -> None:
    settings = Settings()
    assert settings.data == tmp_path / ".local/share/castmate"
    assert settings.cache == tmp_path / ".cache/castmate"
    assert settings.database_url == f"sqlite:///{tmp_path}/.local/share/castmate/castmate.db"
    assert settings.show_folder == settings.data / "shows"
    assert settings.host == "127.0.0.1", "nobody else can see the console unless it is asked for"
    assert settings.llm_url is None


def test_the_desktops_folders_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert Settings().data == tmp_path / "d" / "castmate"
    assert Settings().cache == tmp_path / ".cache" / "castmate"


def test_the_environment_sets_and_other_names_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMATE_PORT", "9000")
    monkeypatch.setenv("CASTMATE_DATABASE", "postgresql://db/castmate")
    monkeypatch.setenv("CASTMATE_UNKNOWN", "1")
    assert Settings().port == 9000
    assert Settings().database_url == "postgresql://db/castmate"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "many"),
        ("VOICE_THREADS", "17"),
        ("VIDEO_KBPS", "10"),
        ("LLM_TIMEOUT_S", "0"),
        ("PRODUCER", 'a"b'),
        ("PRODUCER", ""),
    ],
)
def test_what_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CASTMATE_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMATE_LLM_KEY", "sk-hidden")
    monkeypatch.setenv("CASTMATE_LINK_TOKEN", "token-hidden")
    settings = Settings()
    assert "hidden" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.llm_key.get_secret_value() == "sk-hidden"


def test_every_setting_says_what_it_is() -> None:
    assert [n for n, f in Settings.model_fields.items() if not f.description] == []
