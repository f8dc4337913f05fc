import sys
from pathlib import Path

import pytest

from persona.script import Line, LineKind
from persona.voice import piper
from persona.voice.piper import PiperVoice
from products.errors import ContentError, RemoteError, SetupError

LINE = Line("l1", LineKind.PITCH, "Just $59.00 and a choice.", "en")
STAND_IN = """
import json, sys
def say(head, sound=b""):
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\\n" + sound)
    sys.stdout.flush()
say({"ready": True})
for line in sys.stdin:
    pieces = json.loads(line)["pieces"]
    signs = [["^", 220, -1]]
    for i, piece in enumerate(pieces):
        signs += [[s, 1000, i] for s in (piece.get("mark") or piece.get("ipa") or "tʃɔɪ")]
    signs.append(["$", 220, -1])
    n = sum(s[1] for s in signs)
    sound = b"".join(int(9000 * (k // 40 % 2 - 0.5)).to_bytes(2, "little", signed=True) for k in range(n))
    FAULT
    say({"rate": 22050, "samples": n, "phones": signs}, sound)
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, fault: str = "") -> None:
    """Another program behind the pipe, with the same manners as Piper."""
    program = folder / "program.py"
    program.write_text(STAND_IN.replace("FAULT", fault), encoding="utf-8")
    monkeypatch.setattr(piper, "_PROGRAM", program)


def test_words_and_phones_come_back_in_kokoros_alphabet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch, tmp_path)
    voice = PiperVoice()
    (speech,) = voice.say(LINE)
    voice.close()
    assert [w.text for w in speech.words] == ["Just", "$59.00", "and", "a", "choice"]
    assert {p.symbol for p in speech.phones} <= {"ʧ", "Y", "sil"}
    assert speech.phones[-1].end == pytest.approx(speech.seconds)


def test_a_missing_piper_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text('print(\'{"error": "not installed: piper"}\')')
    monkeypatch.setattr(piper, "_PROGRAM", program)
    with pytest.raises(SetupError, match=r"not installed: piper.*castmate\[piper\]"):
        next(PiperVoice().say(LINE))


def test_a_missing_interpreter_is_a_setup_error() -> None:
    with pytest.raises(SetupError, match="no/such/python"):
        PiperVoice(python="/no/such/python").load()


def test_a_program_that_dies_is_reported_and_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flag = tmp_path / "died"
    stand_in(
        monkeypatch,
        tmp_path,
        f"import pathlib; p = pathlib.Path({str(flag)!r}); p.exists() or (p.touch(), sys.exit(1))",
    )
    voice = PiperVoice()
    with pytest.raises(RemoteError):
        list(voice.say(LINE))
    assert len(list(voice.say(LINE))) == 1
    voice.close()


def test_a_fault_inside_the_program_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path, 'say({"error": "no such sign"}); continue')
    voice = PiperVoice()
    with pytest.raises(RemoteError, match="no such sign"):
        list(voice.say(LINE))
    voice.close()


def test_only_english() -> None:
    with pytest.raises(ContentError, match="Piper speaks en"):
        next(PiperVoice().say(Line("l1", LineKind.PITCH, "你好", "zh")))


def test_our_own_process_never_imports_piper() -> None:
    assert not any(name.split(".")[0] in ("piper", "piper_train", "phonemizer") for name in sys.modules)
