"""Which voice speaks which language: the voices of a persona, opened from its file."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from persona.script import Line
from persona.speech import Speech
from persona.voice.base import Voice
from persona.voice.cache import SpeechCache
from persona.voice.foreign import ForeignVoice, Source, Times
from persona.voice.g2p import Reader
from persona.voice.kokoro import VOICES, KokoroModel, KokoroVoice
from persona.voice.speech_server import SpeechServer
from products.errors import ContentError

USUAL: Mapping[str, Mapping[str, Any]] = {
    "en": {"engine": "kokoro", "voice": "af_heart", "speed": 1.0},
    "zh": {"engine": "kokoro", "voice": "zf_xiaoxiao", "speed": 1.0},
}
_KEYS = {"engine", "voice", "speed", "model", "reference"}
ENGINES = ("kokoro", "piper", "server", "coqui")


class VoiceBook:
    """Routes each Line to the voice of its language; a Voice itself (persona/voice/base.py)."""

    def __init__(self, voices: Mapping[str, Voice], *, closing: Callable[[], None] | None = None) -> None:
        self._voices = dict(voices)
        self._closing = closing

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._voices)

    def say(self, line: Line) -> Iterator[Speech]:
        voice = self._voices.get(line.language) or self._voices.get(line.language.split("-")[0])
        if voice is None:
            raise ContentError(
                f"Line {line.id}: the persona has no voice for {line.language!r}.",
                remedy=f"Give it one, or use one of its languages: {', '.join(sorted(self._voices))}.",
            )
        return voice.say(line)

    def load(self) -> None:
        """Loads all models now, so that no line has to wait for them."""
        for voice in self._voices.values():
            load = getattr(voice, "load", None)
            if load is not None:
                load()

    def close(self) -> None:
        for voice in self._voices.values():
            voice.close()
        if self._closing:
            self._closing()


def open_voice(
    spec: Mapping[str, Mapping[str, Any]] = USUAL,
    *,
    said: Mapping[str, Mapping[str, str]] | None = None,
    cache: Path | SpeechCache | None = None,
    intra_op_num_threads: int = 2,
    server: SpeechServer | None = None,
    selling: bool = True,
) -> VoiceBook:
    """The voices of a persona.

    spec    by language: {"en": {"engine": "kokoro", "voice": "af_heart", "speed": 1.0}, "zh": {...}};
            engine is "kokoro" (default), "piper" (English only, extra castmate[piper]), "server" (voice: its
            name there) or "coqui" (model: a folder; reference: a recording; voice: a speaker's name)
    said    a shop's pronunciations, by language: {"en": {"Fjord": "fee ord"}, "zh": {...}}
    cache   a folder (or a SpeechCache) that keeps rendered clauses; None renders every time
    server  where the voices of the engine "server" are
    selling  whether it speaks in a show or a clip: then weights for research only are refused

    All Kokoro voices share one model. Raises ContentError for a bad spec, SetupError for what is not
    installed.
    """
    model = KokoroModel(intra_op_num_threads) if any(_engine(s) != "piper" for s in spec.values()) else None
    reader = Reader()
    kept = SpeechCache(cache) if isinstance(cache, Path) else cache
    voices: dict[str, Voice] = {}
    for language, own in spec.items():
        _check(language, own)
        words = (said or {}).get(language, {})
        speed = _speed(language, own)
        if _engine(own) == "piper":
            from persona.voice.piper import PiperVoice

            voices[language] = PiperVoice(speed=speed, said=words)
            continue
        if _engine(own) in ("server", "coqui"):
            source, times = _source(own, language.split("-")[0], speed, server, selling=selling)
            voices[language] = ForeignVoice(
                source,
                language.split("-")[0],
                times=times,
                said=words,
                model=model,
                reader=reader,
                cache=kept,
            )
            continue
        name = str(own.get("voice", USUAL.get(language, {}).get("voice", "af_heart")))
        voices[language] = KokoroVoice(
            name, language.split("-")[0], speed=speed, said=words, model=model, reader=reader, cache=kept
        )
    return VoiceBook(voices, closing=model.close if model else None)


def _source(
    own: Mapping[str, Any], language: str, speed: float, server: SpeechServer | None, *, selling: bool
) -> tuple[Source, Times]:
    """What makes the sound of a voice that gives nothing else, and how its words get their times."""
    name = str(own.get("voice") or "")
    if _engine(own) == "server":
        from persona.voice.server import ServerSource

        where = server or SpeechServer("")
        return ServerSource(where, name, speed), where.times
    from persona.voice.coqui import CoquiSource

    reference = own.get("reference")
    return (
        CoquiSource(
            Path(str(own.get("model"))),
            language,
            reference=None if reference is None else Path(str(reference)),
            speaker="" if name == "default" else name,
            speed=speed,
            selling=selling,
        ),
        "embedded",
    )


def _engine(own: Mapping[str, Any]) -> str:
    return str(own.get("engine", "kokoro"))


def _speed(language: str, own: Mapping[str, Any]) -> float:
    speed = own.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.5 <= speed <= 2:
        raise ContentError(
            f"The voice for {language!r} has the speed {speed!r}.", remedy="Use a number from 0.5 to 2."
        )
    return float(speed)


def _check(language: str, own: Mapping[str, Any]) -> None:
    where = f"The voice for {language!r}"
    unknown = set(own) - _KEYS
    if unknown:
        raise ContentError(
            f"{where} has unknown settings: {', '.join(sorted(unknown))}.",
            remedy=f"It takes {', '.join(sorted(_KEYS))}.",
        )
    engine, primary = _engine(own), language.split("-")[0]
    if engine not in ENGINES:
        raise ContentError(f"{where} names the engine {engine!r}.", remedy=f"Use {' or '.join(ENGINES)}.")
    if engine == "coqui" and not own.get("model"):
        raise ContentError(f"{where} names no model.", remedy="Write `model: FOLDER`, with your own weights.")
    if engine == "server" and not own.get("voice"):
        raise ContentError(f"{where} names no voice.", remedy="Write its name on that server, `voice: NAME`.")
    if primary not in ("en", "zh") or (engine == "piper" and primary != "en"):
        speaks = "English" if engine == "piper" else "English (en) and Mandarin (zh)"
        raise ContentError(
            f"{where} cannot be had: {engine} speaks {speaks}.", remedy="Use another language."
        )
    voice = VOICES.get(str(own.get("voice", "")))
    if engine == "kokoro" and voice is not None and voice.language != primary:
        names = ", ".join(v.name for v in VOICES.values() if v.language == primary)
        raise ContentError(
            f"{where} is {voice.name}, which speaks {voice.language!r}.", remedy=f"Use one of {names}."
        )
