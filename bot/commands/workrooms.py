"""The scripts and the rehearsals of `castmate serve`: their pages over the shows that it knows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from bot.commands.timetable import Timetable
from bot.console.listening import Listening, Saying
from bot.console.rehearsals_page import Rehearsable, add_rehearsals
from bot.console.script_board import ScriptBoard, ScriptShop
from bot.console.scripts_page import add_scripts
from bot.fleet.process import PROGRAM
from bot.fleet.rehearsal_folder import RehearsalOrder
from bot.fleet.rehearsals import Rehearsals
from bot.licensed import open_licences, taken_by
from bot.script_review import reading_clearance, template_words
from bot.settings import Settings
from bot.shop import Shop, ShowOrder
from persona.scripts import Version
from products.errors import CastmateError, ContentError

SECONDS = 45.0  # of speech, for a draft by the template writer
SEEN_MIN = 3.0  # a script has 20 lines at most


def script_shop(order: ShowOrder, shop: Shop, settings: Settings, now: Callable[[], datetime]) -> ScriptShop:
    """What the scripts' pages need of a show."""
    show = shop.show
    return ScriptShop(
        show.show,
        show.title,
        tuple(dict.fromkeys((shop.language, *shop.persona.languages))),
        tuple(dict.fromkeys(entry.product for entry in show.rundown if entry.product)),
        shop.catalogue,
        shop.scripts,
        show.verbatim,
        shop.refresh,
        lambda at: reading_clearance(order, shop, settings, at),
        lambda product, language: template_words(shop, product, language, SECONDS, now()),
    )


def saying(order: ShowOrder, shop: Shop, version: Version, line: int) -> Saying:
    """How a line (from 0) of a version is said in the show's voice. Raises ContentError: the host does not
    speak its language.
    """
    voice, said = shop.persona.voice_in(version.language), shop.show.said
    words = ("scripts", "listen", version.name, "--line", str(line + 1), "--show", str(order.file), "--out")
    return Saying(
        version.words[line],
        f"{version.language} {voice.model_dump_json()}",
        None if said is None else shop.show.folder / said,
        (*PROGRAM, *words),
        keep=not taken_by(shop.persona, version.language).voice,
    )


def add_rehearsal_pages(
    app: FastAPI, timetable: Timetable, settings: Settings, now: Callable[[], datetime]
) -> Rehearsals:
    """The rehearsals' pages over the shows of `timetable`; its value renders them."""

    def titled(shop: Shop) -> Callable[[str, str], str]:
        def named(handle: str, language: str) -> str:
            product = shop.catalogue.product(handle)
            return handle if product is None else product.text(language).title

        return named

    def shows() -> Mapping[str, Rehearsable]:
        return {
            name: Rehearsable(
                name,
                str(order.file),
                shop.show.title,
                shop.show.time_zone,
                tuple(dict.fromkeys((shop.language, *shop.persona.languages))),
                titled(shop),
                _licence_of(shop),
            )
            for name, (order, shop) in timetable.shops.items()
        }

    rehearsals = Rehearsals(settings.data / "rehearsals", now)
    add_rehearsals(app, rehearsals, shows, now, partial(withdrawn, settings))
    return rehearsals


def _licence_of(shop: Shop) -> str:
    return "" if shop.persona.licence is None else str(Path(shop.persona.licence).resolve())


def withdrawn(settings: Settings, licence: str) -> str:
    """Why nothing made under a licence, by its file, may be shown any more; "" while it may be."""
    try:
        held = open_licences(settings).read(Path(licence))
    except CastmateError as error:
        return str(error)
    if held.withdrawn_at is None:
        return ""
    return f"{held.performer} has withdrawn the licence."


def add_workrooms(
    app: FastAPI, timetable: Timetable, settings: Settings, now: Callable[[], datetime]
) -> Rehearsals:
    """Both over the shows of `timetable`; the value renders the rehearsals."""
    rehearsals = add_rehearsal_pages(app, timetable, settings, now)
    add_script_pages(app, timetable, settings, now, rehearsals)
    return rehearsals


def add_script_pages(
    app: FastAPI,
    timetable: Timetable,
    settings: Settings,
    now: Callable[[], datetime],
    rehearsals: Rehearsals,
) -> None:
    """The scripts' pages over the shows of `timetable`."""
    known: dict[str, tuple[Shop, ScriptShop]] = {}

    def shops() -> Mapping[str, ScriptShop]:
        for name, (order, shop) in timetable.shops.items():
            if name not in known or known[name][0] is not shop:
                known[name] = (shop, script_shop(order, shop, settings, now))
        return {name: held for name, (_, held) in known.items() if name in timetable.shops}

    def held(show: str) -> tuple[ShowOrder, Shop]:
        found = timetable.shops.get(show)
        if found is None:
            raise ContentError(f"The show {show!r} is not known here.", remedy="Choose one of the list.")
        return found

    def said(show: str, version: Version, line: int) -> Saying:
        return saying(*held(show), version, line)

    def seen(show: str, version: Version, by: str) -> str:
        order = RehearsalOrder(
            show=show,
            file=str(held(show)[0].file),
            language=version.language,
            minutes=SEEN_MIN,
            script=version.name,
            licence=_licence_of(held(show)[1]),
            by=by,
            asked_at=now(),
        )
        return rehearsals.order(order).id

    add_scripts(app, ScriptBoard(shops, now), Listening(settings.cache / "listen"), said, seen)
