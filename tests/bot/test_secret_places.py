"""Secrets from files and from the keyring: found, never doubled, never told."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bot.secret_places import LARGEST, elsewhere
from bot.settings import SECRETS, Settings, read_settings
from products.errors import SetupError


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("s3cret-value\n", encoding="utf-8")
    return path


def test_each_secret_setting_may_lie_in_a_file(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert set(SECRETS) == typed | {"database"}
    for name in SECRETS:
        monkeypatch.delenv(f"CASTMATE_{name.upper()}", raising=False)
        monkeypatch.setenv(f"CASTMATE_{name.upper()}_FILE", str(secret))
    settings = read_settings()
    assert settings.database == "s3cret-value"
    assert settings.llm_key.get_secret_value() == settings.link_token.get_secret_value() == "s3cret-value"
    assert "s3cret-value" not in repr(settings.llm_key)
    assert read_settings(database="sqlite://").database == "sqlite://", "what a command says goes first"


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda p: p.unlink(), "cannot be read"),
        (lambda p: p.write_text("\n"), "nothing stands in"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00"), "is no text"),
        (lambda p: p.write_bytes(b"x" * (LARGEST + 1)), "too large"),
    ],
)
def test_a_file_that_is_no_secret_is_named(secret: Path, harm, says: str) -> None:
    harm(secret)
    with pytest.raises(SetupError, match=says) as told:
        elsewhere({"CASTMATE_LLM_KEY_FILE": str(secret)}, SECRETS)
    assert "CASTMATE_LLM_KEY_FILE" in str(told.value)


def test_two_places_are_refused_and_neither_is_told(secret: Path) -> None:
    with pytest.raises(SetupError, match="both set") as told:
        elsewhere({"CASTMATE_LLM_KEY": "other-value", "CASTMATE_LLM_KEY_FILE": str(secret)}, SECRETS)
    assert "value" not in str(told.value)


def keyring_with(
    monkeypatch: pytest.MonkeyPatch, kept: dict[tuple[str, str], str], broken: bool = False
) -> None:
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")

    class KeyringError(Exception):
        pass

    def get_password(service: str, name: str) -> str | None:
        if broken:
            raise KeyringError("locked")
        return kept.get((service, name))

    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    module.get_password, module.errors = get_password, errors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_the_keyring_is_asked_by_service_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring_with(monkeypatch, {("castmate", "llm"): "from-the-ring"})
    assert elsewhere({"CASTMATE_LLM_KEY_KEYRING": "castmate/llm"}, SECRETS) == {"llm_key": "from-the-ring"}
    for place, says in (("castmate/other", "has no"), ("castmate", "SERVICE/NAME")):
        with pytest.raises(SetupError) as told:
            elsewhere({"CASTMATE_LLM_KEY_KEYRING": place}, SECRETS)
        assert says in f"{told.value} {told.value.remedy}"


def test_a_keyring_that_is_locked_or_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring_with(monkeypatch, {}, broken=True)
    with pytest.raises(SetupError, match="locked"):
        elsewhere({"CASTMATE_LLM_KEY_KEYRING": "castmate/llm"}, SECRETS)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SetupError) as told:
        elsewhere({"CASTMATE_LLM_KEY_KEYRING": "castmate/llm"}, SECRETS)
    assert "castmate[keyring]" in told.value.remedy
