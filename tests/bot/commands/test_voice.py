import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.commands import voice as command
from persona.script import Line
from persona.speech import SPEECH_RATE, Speech, Word
from products.errors import CastmateError, ContentError, Refused


class Beep:
    """Two clauses of a beep."""

    def __init__(self, spec: Mapping[str, Mapping[str, Any]]) -> None:
        self.spec = spec

    def say(self, line: Line) -> Iterator[Speech]:
        pcm = np.full(SPEECH_RATE, 0.25, np.float32)
        for i, text in enumerate(("[Hi],", "you.")):
            words = (Word(text, 0.25, 0.75, 0, 4),)
            yield Speech(line.id, i, i == 1, text, line.language, 0, 4, pcm, words, ())

    def close(self) -> None:
        pass


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Mapping[str, Any]]]:
    specs: list[Mapping[str, Mapping[str, Any]]] = []

    def open_voice(spec: Mapping[str, Mapping[str, Any]], **given: Any) -> Beep:
        specs.append(spec)
        return Beep(spec)

    monkeypatch.setattr(command, "open_voice", open_voice)
    return specs


def test_list_names_every_voice() -> None:
    shown = CliRunner().invoke(command.app, ["list"]).stdout
    for name in ("af_heart", "am_michael", "zf_xiaoxiao", "zm_yunxi", "castmate[piper]"):
        assert name in " ".join(shown.split()), name


def test_try_writes_both_clauses_with_a_breath_between(opened: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "x.wav"
    result = CliRunner().invoke(command.app, ["try", "[Hi], you.", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "[Hi], 0.25" in result.stdout
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SPEECH_RATE, 1, 2)
        assert file.getnframes() == pytest.approx(2.16 * SPEECH_RATE, abs=2)


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        (["Hello"], {"en": {"speed": 1.0}}),
        (["你好"], {"zh": {"speed": 1.0}}),
        (["Hello", "--voice", "zm_yunxi"], {"zh": {"engine": "kokoro", "voice": "zm_yunxi", "speed": 1.0}}),
        (["Hello", "--voice", "piper", "--speed", "1.2"], {"en": {"engine": "piper", "speed": 1.2}}),
        (["Hello", "--lang", "zh"], {"zh": {"speed": 1.0}}),
        (
            ["Hello", "--engine", "server", "--voice", "nova"],
            {"en": {"engine": "server", "voice": "nova", "speed": 1.0}},
        ),
        (
            ["Hello", "--engine", "coqui", "--model", "m"],
            {"en": {"engine": "coqui", "model": Path("m"), "speed": 1.0}},
        ),
    ],
)
def test_which_voice_is_opened(
    arguments: list[str], spec: dict[str, dict[str, object]], opened: list[Any], tmp_path: Path
) -> None:
    CliRunner().invoke(command.app, ["try", *arguments, "--out", str(tmp_path / "x.wav")])
    assert opened == [spec]


def test_another_ending_than_wav_is_refused(opened: list[Any]) -> None:
    result = CliRunner().invoke(command.app, ["try", "Hello", "--out", "x.mp3"])
    assert isinstance(result.exception, ContentError)


def test_a_recording_is_copied_under_its_licence_alone(opened: list[Any], tmp_path: Path) -> None:
    asked = ["try", "Hello", "--engine", "coqui", "--model", "m", "--reference", "ana.wav"]
    result = CliRunner().invoke(command.app, asked)
    assert isinstance(result.exception, Refused) and "somebody's voice" in result.exception.message
    data = {"CASTMATE_DATA": str(tmp_path / "data")}
    result = CliRunner().invoke(command.app, [*asked, "--licence", "ana-2026"], env=data)
    assert isinstance(result.exception, CastmateError)
    assert opened == []
