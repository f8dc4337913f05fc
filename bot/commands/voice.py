"""`castmate voice`: hear the voices without a show."""

import wave
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app import speech_server
from bot.clock import SystemClock
from bot.licensed import open_licences
from bot.settings import read_settings
from persona.licence import Use
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech
from persona.voice.clauses import pause_after
from persona.voice.kokoro import VOICES
from persona.voice.registry import USUAL, open_voice
from persona.voice.said import load_pronunciations
from products.errors import ContentError, Refused, SetupError

app = typer.Typer(no_args_is_help=True, help="The host's voice: hear it without a show.")


@app.callback()
def main() -> None:
    """The host's voice: hear it without a show."""


@app.command("list")
def list_voices() -> None:
    """List the voices that are here, with their language."""
    table = Table("voice", "language", "engine", "about")
    for voice in VOICES.values():
        usual = " (usual)" if USUAL[voice.language]["voice"] == voice.name else ""
        table.add_row(voice.name, voice.language, "kokoro", voice.about + usual)
    table.add_row(
        "piper", "en", "piper", "American man, plain, eight times as quick (extra castmate\\[piper])"
    )
    table.add_row("any", "en, zh", "server", "an OpenAI-compatible speech server (CASTMATE_SPEECH_URL)")
    table.add_row("your own", "en, zh", "coqui", "coqui-tts with your own weights, in a folder (--model)")
    Console().print(table)


@app.command("try")
def try_voice(
    text: Annotated[str, typer.Argument(help="What to say, as it would stand in a script.")],
    lang: Annotated[
        str | None, typer.Option(help="en or zh; without it the voice's own, or as the text looks.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="A name of `castmate voice list`, or of the speech server.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="kokoro, piper, server (CASTMATE_SPEECH_URL) or coqui (--model).")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of your own weights (engine coqui).")] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Recording that such a model copies; needs --licence.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Id of the licence of whose voice the recording is.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the sound goes, a .wav file.")] = Path("voice.wav"),
    speed: Annotated[float, typer.Option(help="1.0 is the voice's own pace; 0.5 to 2.")] = 1.0,
    said: Annotated[
        Path | None, typer.Option(help="The shop's pronunciations (the `said:` of a show file), to try them.")
    ] = None,
) -> None:
    """Say a text into a file, and show when each word comes."""
    language = lang or _language(text, voice)
    own = _own(engine, voice, model, reference)
    if reference is not None:
        _refuse_unlicensed(licence)
    forms = load_pronunciations(said).by_language() if said else {}
    server = speech_server(read_settings()) if own.get("engine") == "server" else None
    spec = {language: {**own, "speed": speed}}
    book = open_voice(spec, said=forms, server=server, selling=False)
    try:
        parts = list(book.say(Line("try", LineKind.PITCH, text, language)))
    finally:
        book.close()
    write_sound(out, parts)
    console = Console(highlight=False)
    for part in parts:
        console.print(" ".join(f"{escape(word.text)} [dim]{word.start:.2f}[/dim]" for word in part.words))
    console.print(
        f"{escape(str(out))}: {sum(p.seconds for p in parts):.1f} s of speech in {len(parts)} clause(s)."
    )


def _own(
    engine: str | None, voice: str | None, model: Path | None, reference: Path | None
) -> dict[str, object]:
    """The voice's entry, as it would stand in a persona's file."""
    if engine is None:
        engine = "piper" if voice == "piper" else "kokoro" if voice else None
    if engine is None:
        return {}
    named = {"voice": voice} if voice and engine != "piper" else {}
    files = {k: v for k, v in (("model", model), ("reference", reference)) if v is not None}
    return {"engine": engine, **named, **files}


def _refuse_unlicensed(licence: str | None) -> None:
    """Raises Refused without a licence that stands and consents to the voice."""
    if licence is None:
        raise Refused(
            "A recording is somebody's voice: it is copied only under their licence.",
            remedy="Name it with --licence ID (castmate licence list).",
        )
    store = open_licences(read_settings())
    for finding in store.read(store.path(licence)).allows(Use.EVALUATE, at=SystemClock().now(), face=False):
        raise Refused(finding.message, remedy=finding.remedy)


def _language(text: str, voice: str | None) -> str:
    if voice in VOICES:
        return VOICES[voice].language
    return "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) and voice != "piper" else "en"


def write_sound(out: Path, parts: list[Speech]) -> None:
    """The clauses with their pauses as a .wav file. Raises ContentError, SetupError."""
    if out.suffix.lower() != ".wav":
        raise ContentError(f"{out} is no sound file.", remedy="End the name in .wav.")
    clips: list[np.ndarray] = []
    for part in parts:
        clips.append(part.pcm)
        if not part.last:
            clips.append(np.zeros(int(pause_after(part.text) * SPEECH_RATE), np.float32))
    samples = (np.concatenate(clips) * 32767).round().astype("<i2")
    try:
        with out.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SPEECH_RATE)
            file.writeframes(samples.tobytes())
    except OSError as wrong:
        raise SetupError(
            f"{out} cannot be written: {wrong.strerror}.", remedy="Choose another --out."
        ) from wrong
