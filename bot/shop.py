"""A show's order and its shop: the show file, the persona, the catalogue, and the folders they need."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import Engine

from bot.fleet.fence import held_lease
from bot.fleet.writes import carry_lease
from bot.settings import Settings
from bot.store import migrate, ready
from persona.persona import Persona, load_persona
from persona.script_book import ScriptBook
from persona.script_file import load_scripts, read_in
from persona.voice.said import load_pronunciations
from products.errors import ContentError, SetupError
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, open_engine
from schedules.showfile import ShowFile, load_show


@dataclass(frozen=True, slots=True)
class ShowOrder:
    """What somebody asked for: a show file and what differs from it. None = as the file says.

    `to`: addresses to push to (rtmp://..., or a file path); `platform` whose rules apply. `speed`: how much
    faster people's time runs (grace timers of a try).
    """

    file: Path
    language: str | None = None
    minutes: float | None = None
    platform: str | None = None
    market: str | None = None
    audience: tuple[str, ...] = ()
    persona: Path | None = None
    to: tuple[str, ...] = ()
    accounts: bool = True  # the accounts among the show file's channels too; a try leaves them out
    link: str | None = None
    speed: float = 1.0
    seed: int | None = None
    hour: int | None = None  # 0 to 23: the time of day that the words are written for; None = the clock's
    record: bool = True
    human: bool = False  # a person hosts, Castmate prompts, wherever the clone might host too
    metrics: int | None = None  # port on loopback where Prometheus reads
    until: datetime | None = None  # ends then, whatever its length
    resume: str = ""  # where a run of it stood that died: schedules/rundown.py


@dataclass(slots=True)
class Shop:
    """A show's file, persona and catalogue, ready to use."""

    show: ShowFile
    persona: Persona
    language: str
    catalogue: SqlCatalogue
    refresh: Callable[[], None]
    scripts: ScriptBook
    pictures: dict[str, Path] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=dict)  # pronunciations by language


def open_shop(order: ShowOrder, settings: Settings, now: Callable[[], datetime]) -> Shop:
    """Reads the show, the persona and the catalogue. Raises ContentError or SetupError naming what to
    mend.
    """
    make_folders(settings)
    show = load_show(order.file)
    persona = load_persona(order.persona or show.folder / show.persona)
    language = order.language or show.language
    if language not in persona.languages:
        spoken = ", ".join(persona.languages)
        raise ContentError(
            f"{persona.name_in(language)} does not speak {language!r}.", remedy=f"Choose one of: {spoken}."
        )
    if show.catalogue:
        url = f"sqlite:///{settings.data / 'shops' / (show.show + '.db')}"
    else:
        url = settings.database_url
    engine = open_engine(url)
    lease = held_lease()
    if show.catalogue or lease is None:
        migrate(engine)
    else:
        ready(engine)
        carry_lease(engine, *lease)
    catalogue = SqlCatalogue(engine)

    refresh = CatalogueReader(show, engine, catalogue, now)
    refresh()
    products = catalogue.products()
    if not products:
        raise ContentError(
            f"{order.file}: the catalogue holds no product.", remedy="castmate catalogue import FILE"
        )
    for entry in show.rundown:
        if entry.product and catalogue.product(entry.product) is None:
            known = ", ".join(p.handle for p in products[:8])
            raise ContentError(
                f"{order.file}: the rundown pitches {entry.product!r}, which the catalogue does not hold.",
                remedy=f"Use a handle of the catalogue, e.g. {known}.",
            )
    pictures = {p.picture.name: p.picture for p in products if p.picture is not None}
    said = load_pronunciations(show.folder / show.said).by_language() if show.said else {}
    scripts = ScriptBook(engine)
    if show.scripts:
        read_in(scripts, load_scripts(show.folder / show.scripts), now(), show.scripts.name)
    return Shop(show, persona, language, catalogue, refresh, scripts, pictures, said)


class CatalogueReader:
    """Reads a show's catalogue files again when called; files that did not change only get a new date."""

    def __init__(
        self, show: ShowFile, engine: Engine, catalogue: SqlCatalogue, now: Callable[[], datetime]
    ) -> None:
        self._show, self._engine, self._catalogue, self._now = show, engine, catalogue, now
        self._seen: dict[Path, tuple[int, int]] = {}

    def __call__(self) -> None:
        """Raises ContentError for a file that is gone or broken; those before it stay read."""
        changed = False
        for number, source in enumerate(self._show.catalogue):
            path = self._show.folder / source.file
            stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
            if self._seen.get(path) != stamp or stamp == (0, 0):
                import_catalogue(self._engine, path, self._now(), language=source.language, full=number == 0)
                self._seen[path], changed = stamp, True
        if self._show.catalogue and not changed:
            self._catalogue.confirm_stock(self._now())


def make_folders(settings: Settings) -> None:
    """The folders of the settings. Raises SetupError naming the setting when one cannot be written."""
    for name, folder in (("data", settings.data), ("cache", settings.cache)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise SetupError(
                f"The {name} folder {folder} cannot be written: {error.strerror}.",
                remedy=f"Mend its rights, or set CASTMATE_{name.upper()} to another folder.",
            ) from error


def new_folder(settings: Settings, show: str, now: datetime) -> Path:
    """A fresh folder for one run of a show. Where shows of several machines come together in one store, two
    that begin in the same second have different names.
    """
    make_folders(settings)
    own = f"-{secrets.token_hex(3)}" if settings.store else ""
    base = settings.show_folder / f"{show}-{now:%Y%m%d-%H%M%S}{own}"
    folder, k = base, 1
    while folder.exists():
        k += 1
        folder = base.with_name(f"{base.name}-{k}")
    folder.mkdir(parents=True)
    return folder
