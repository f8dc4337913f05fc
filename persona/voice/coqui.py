"""Voices of coqui-tts (the kept fork of TTS; MPL-2.0), from a folder of one's own: VITS, or XTTS with a
reference recording of the licensed performer. Nothing is ever downloaded.

Optional: `pip install 'castmate[coqui]'` beside PyTorch. Written against TTS.api.TTS of coqui-tts 0.28.0. Not
run with real weights by Castmate's tests: none may be shipped.
"""

import hashlib
import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from persona.voice.finish import Samples
from persona.weights import WeightsNote, read_note, refuse_selling
from products.errors import CastmateError, RemoteError, SetupError

_LANGUAGES = {"en": "en", "zh": "zh-cn"}  # as XTTS calls them
_REMEDY = "Run `pip install 'castmate[clone,coqui]'`, or use another voice engine."
LONGEST_S = 60.0


class CoquiSource:
    """One model of a local folder, see persona/voice/foreign.py.

    folder     holds config.json, the checkpoint, and weights.yaml (persona/weights.py)
    reference  a recording of who is to be heard, for models that clone; "" for none
    speaker    of a model with several; "" for none
    selling    False only where nothing is shown to anybody: castmate voice try
    """

    def __init__(
        self,
        folder: Path,
        language: str,
        *,
        reference: Path | None = None,
        speaker: str = "",
        speed: float = 1.0,
        selling: bool = True,
    ) -> None:
        self.note: WeightsNote = read_note(folder)
        if selling:
            refuse_selling(self.note)
        self._config = _config(folder)
        if reference is not None and not reference.is_file():
            raise SetupError(f"The reference recording {reference} is missing.", remedy="Name a .wav file.")
        self._folder, self._language = folder, language
        self._reference, self._speaker, self._speed = reference, speaker, speed
        self._model: Any = None

    @property
    def identity(self) -> str:
        heard = "" if self._reference is None else _digest(self._reference)
        model = _digest(self._folder / "config.json") + str(sorted(_sizes(self._folder).items()))
        known = hashlib.sha256(model.encode()).hexdigest()[:16]
        return f"coqui {known} {heard} {self._speaker} {self._speed:.3f}"

    def load(self) -> None:
        """Loads the model now. Raises SetupError when coqui-tts is not there or cannot read the folder."""
        if self._model is None:
            self._model = self._opened()

    def speak(self, text: str, seconds: float) -> tuple[Samples, int]:
        self.load()
        asked: dict[str, Any] = {"split_sentences": False}
        if self._model.is_multi_lingual:
            asked["language"] = self._named_language()
        if self._reference is not None:
            asked["speaker_wav"] = str(self._reference)
        elif self._speaker:
            asked["speaker"] = self._speaker
        if self._speed != 1.0:
            asked["speed"] = self._speed
        try:
            sound = np.asarray(self._model.tts(text, **asked), np.float32).reshape(-1)
        except Exception as error:  # foreign code: whatever it raises, this line cannot be said
            raise RemoteError(
                f"The coqui voice could not say a clause: {type(error).__name__}: {error}.",
                remedy="Try it with castmate voice try.",
            ) from error
        rate = int(self._model.synthesizer.output_sample_rate)
        if not len(sound) or not np.isfinite(sound).all() or len(sound) > LONGEST_S * rate:
            raise RemoteError(
                f"The coqui voice gave {len(sound) / rate:.1f} s of sound for a clause, or no numbers.",
                remedy="Try it with castmate voice try.",
            )
        return sound, rate

    def close(self) -> None:
        self._model = None

    def _opened(self) -> Any:
        try:
            api = importlib.import_module("TTS.api")
        except ImportError as missing:
            raise SetupError(
                f"The voice engine coqui cannot run: {missing.name or 'TTS'} is not installed.",
                remedy=_REMEDY,
            ) from missing
        try:
            # a folder stands for itself: no name that could be looked up and fetched is ever passed
            model = api.TTS(
                model_path=str(_checkpoint(self._folder, self._config)),
                config_path=str(self._folder / "config.json"),
                progress_bar=False,
            )
            torch = sys.modules.get("torch")
            return model.to("cuda") if torch is not None and torch.cuda.is_available() else model
        except CastmateError:
            raise
        except Exception as error:  # foreign code over files of a shop
            raise SetupError(
                f"The coqui model in {self._folder} cannot be opened: {type(error).__name__}: {error}.",
                remedy="Put a whole model there: config.json and its checkpoint.",
            ) from error

    def _named_language(self) -> str:
        known = [str(name) for name in self._model.languages or ()]
        for name in (_LANGUAGES[self._language], self._language):
            if name in known or not known:
                return name
        raise SetupError(
            f"The coqui model in {self._folder} does not speak {self._language!r}, but {', '.join(known)}.",
            remedy="Use another model for that language.",
        )


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{path} cannot be read ({error}).", remedy="Put a whole coqui model into the folder."
        ) from None
    if not isinstance(found, dict):
        raise SetupError(f"{path} is no model's settings.", remedy="Put a whole coqui model into the folder.")
    return found


def _checkpoint(folder: Path, config: Mapping[str, Any]) -> Path:
    """What TTS is given: the folder itself for XTTS, else the one checkpoint in it."""
    if config.get("model") == "xtts":
        return folder
    found = sorted(p for p in folder.glob("*.pth") if "speaker" not in p.name and "language" not in p.name)
    if len(found) != 1:
        raise SetupError(
            f"{folder} holds {len(found)} checkpoints (.pth), not one.",
            remedy="Leave only the model's own there.",
        )
    return found[0]


def _sizes(folder: Path) -> dict[str, int]:
    return {p.name: os.stat(p).st_size for p in folder.glob("*.pth")}  # noqa: PTH116


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
