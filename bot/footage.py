"""Footage under a licence: the script that was issued, the film that was prepared, sealed in its place.

DATA/clones/ID/script.json     what the performer was asked to read, with the one-time phrase and its time
DATA/clones/ID/prepared/       Prepared (persona/clone/prepared.py), sealed with the licence's key
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clone_packs import refuse_use
from bot.settings import Settings
from persona.clone.film import load_truth
from persona.clone.footage import transcript
from persona.clone.footage.mesh import installed
from persona.clone.footage.points import DrawnPoints, MeshPoints, PointSource
from persona.clone.footage.preparing import Order, Outcome, Progress, prepare
from persona.clone.footage.prompt import prompt
from persona.clone.footage.reader import Facts, probe
from persona.clone.prepared import Floats, Prepared, load_prepared
from persona.clone.recital import Recital, read_aloud
from persona.clone.sealed import seal_folder, unsealed
from persona.licence import PHRASE_VALID, Licence, Phrase, Use
from persona.sealing import LicenceStore
from persona.speech import Phone
from persona.voice.registry import USUAL, open_voice
from products.errors import CastmateError, ContentError, Refused, SetupError


def clone_folder(settings: Settings, licence: str) -> Path:
    """All that is made of a performer under this licence."""
    return settings.data / "clones" / licence


def prepared_folder(settings: Settings, licence: str) -> Path:
    """Sealed prepared footage; open it with `opened`."""
    return clone_folder(settings, licence) / "prepared"


def mesh_folder(settings: Settings) -> Path:
    """The environment of what finds the points of a face."""
    return settings.cache / "face-mesh"


@contextmanager
def opened(
    store: LicenceStore,
    settings: Settings,
    licence: str,
    progress: Callable[[float], None] = lambda done: None,
) -> Iterator[Prepared]:
    """Prepared footage, open for as long as the block runs. Raises Refused (withdrawn, changed), SetupError
    (nothing was prepared).
    """
    folder = prepared_folder(settings, licence)
    if not folder.is_dir():
        raise SetupError(
            f"Nothing was prepared under the licence {licence}.",
            remedy=f"Run: castmate clone prepare FOOTAGE --licence {licence}",
        )
    with unsealed(store, licence, folder, progress) as plain:
        yield load_prepared(plain)


@dataclass(frozen=True, slots=True)
class Issued:
    """A script for one performer. `phrase` empty: the licence is for measurement, none is asked."""

    language: str
    text: str
    phrase: str
    issued_at: datetime


def issue(
    store: LicenceStore, settings: Settings, licence: Licence, language: str, words: str, now: datetime
) -> Issued:
    """Writes the script down under the licence; a licence of the kind show gets `words` as its new one-time
    phrase. Raises Refused when the licence does not hold, ContentError for another language.
    """
    refuse_use(licence, Use.PREPARE, now)
    phrase = words if licence.kind == "show" else ""
    made = Issued(language, prompt(language, phrase).text, phrase, now)
    if phrase:
        store.rewrite(licence.model_copy(update={"phrase": Phrase(words=phrase, issued_at=now)}))
    path = clone_folder(settings, licence.id) / "script.json"
    about = {"language": language, "text": made.text, "phrase": phrase, "issued_at": now.isoformat()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.", remedy="Check the folder.") from None
    return made


def issued(settings: Settings, licence: str) -> Issued | None:
    """The script that was issued last, or None."""
    path = clone_folder(settings, licence) / "script.json"
    try:
        raw = json.loads(path.read_text("utf-8"))
        at = datetime.fromisoformat(raw["issued_at"])
        return Issued(str(raw["language"]), str(raw["text"]), str(raw["phrase"]), at)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(
            f"{path} cannot be read.", remedy=f"Issue a new one: castmate clone script --licence {licence}"
        ) from None


@dataclass(frozen=True)
class Wish:
    """What is asked of `prepare_footage`. text None: the issued script; "": no script was read.
    short: a film of any length, under a licence for measurement alone.
    """

    footage: Path
    licence: Licence
    text: str | None = None
    language: str | None = None
    work: Path = Path()
    short: bool = False


def prepare_footage(
    store: LicenceStore, settings: Settings, wish: Wish, now: datetime, progress: Progress
) -> Outcome:
    """Checks a film and, unless a check stops it, leaves it prepared and sealed; a phrase that was heard is
    confirmed in the licence. `wish.work`: an empty folder of its own, removed by the caller.

    Raises Refused when the licence does not allow it, ContentError for a file that is no film.
    """
    refuse_use(wish.licence, Use.PREPARE, now)
    if wish.short and wish.licence.kind != "measurement":
        raise Refused(
            f"The licence {wish.licence.id} is for shows: a film that short makes no clone to be shown.",
            remedy="Film a minute, or measure under a licence of the kind measurement.",
        )
    facts = probe(wish.footage)
    asked = issued(settings, wish.licence.id) if wish.text is None else None
    text = (asked.text if asked else "") if wish.text is None else wish.text
    language = wish.language or (asked.language if asked else "en")
    phrase = phrase_to_hear(wish.licence, now)
    points, truth = point_source(wish.footage, facts, mesh_folder(settings))
    unheard = transcript.missing()

    def listen(sound: Floats, spoken: str) -> str:
        return transcript.transcribe(sound, spoken, settings.cache / "hearing")

    order = Order(
        footage=wish.footage, licence=wish.licence.id, text=text, language=language, phrase=phrase,
        truth=truth, short=wish.short, listen=None if unheard else listen, unheard=unheard, model=_speak,
    )  # fmt: skip
    try:
        found = prepare(order, facts, points, wish.work, progress)
    finally:
        if points is not None:
            points.close()
    if found.prepared is not None:
        if found.measured.phrase:
            confirm(store, wish.licence, now)
        target = prepared_folder(settings, wish.licence.id)
        seal_folder(store, wish.licence.id, wish.work, target, lambda done: progress("Sealing", done))
    return found


def phrase_to_hear(licence: Licence, now: datetime) -> str:
    """The one-time phrase that this film must hold; empty when none is asked, or it was confirmed already.

    Raises Refused when the licence has none, or it was issued more than 30 minutes ago.
    """
    if licence.kind == "measurement":
        return ""
    remedy = f"Issue a new one: castmate clone script --licence {licence.id}, and film it at once."
    if licence.phrase is None:
        raise Refused(f"No one-time phrase was issued for the licence {licence.id}.", remedy=remedy)
    if licence.phrase.confirmed_at is not None:
        return ""
    if now - licence.phrase.issued_at > PHRASE_VALID:
        minutes = int((now - licence.phrase.issued_at).total_seconds() // 60)
        raise Refused(
            f"The one-time phrase of {licence.id} was issued {minutes} minutes ago; it holds for "
            f"{int(PHRASE_VALID.total_seconds() // 60)}.",
            remedy=remedy,
        )
    return licence.phrase.words


def confirm(store: LicenceStore, licence: Licence, now: datetime) -> Licence:
    """The phrase was heard in a film in which one face alone is seen."""
    assert licence.phrase is not None
    heard = Phrase(
        words=licence.phrase.words,
        issued_at=licence.phrase.issued_at,
        confirmed_at=now,
        checked=("transcript", "face"),
    )
    changed = licence.model_copy(update={"phrase": heard})
    store.rewrite(changed)
    return changed


def point_source(footage: Path, facts: Facts, mesh: Path) -> tuple[PointSource | None, tuple[Phone, ...]]:
    """The truth of a film of the drawn host where it lies beside it, else the face mesh where it is set up;
    and the phones in seconds of the sound, where they are known.
    """
    truth = load_truth(footage)
    if truth is not None:
        moved = (
            Phone(p.symbol, max(0.0, p.start + truth.offset), p.end + truth.offset)
            for p in truth.phones
            if p.end + truth.offset > 0
        )
        return DrawnPoints(truth, facts), tuple(moved)
    return (MeshPoints(mesh, facts) if installed(mesh) else None), ()


def one_time_phrase(words: "list[str]") -> str:
    """Four of `words`, drawn so that nobody can guess them."""
    return " ".join(secrets.SystemRandom().sample(words, 4))


def read_text(path: Path) -> str:
    """A script of one's own. Raises ContentError."""
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path} cannot be read: {error}.", remedy="Give a text file (UTF-8).") from None
    if not text:
        raise ContentError(f"{path} is empty.", remedy="Write what was read into it, word for word.")
    return text


def _speak(text: str, language: str) -> Recital:
    """The text in the embedded voice, whose times are known."""
    voice = open_voice({language: USUAL.get(language, USUAL["en"])})
    try:
        return read_aloud(voice, text, language)
    except CastmateError as error:
        raise ContentError(
            f"The script cannot be spoken, so its sounds are not found: {error.message}",
            remedy=error.remedy or "Give the text as it was read, in one language.",
        ) from error
    finally:
        voice.close()
