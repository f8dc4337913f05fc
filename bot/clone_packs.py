"""A performer's clone, opened for a show: its licence looked at first, its files unsealed into a folder that
only this process's user reads, and removed when the process ends.
"""

import atexit
import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.licensed import forget_opened, open_licences, opened_under
from bot.plugins import Agreements
from bot.settings import Settings
from bot.storage.opening import open_store
from bot.storage.shared import Shared
from persona.clone.engines import EMBEDDED, choose, engine_named, write_choice
from persona.clone.neural.pack import PackHead, read_head, read_pack
from persona.clone.neural.sweeping import sweep
from persona.licence import Licence, Use
from persona.persona import Persona
from persona.sealing import LicenceStore
from products.errors import CastmateError, Refused, SetupError

log = logging.getLogger(__name__)


def open_host(
    persona: Persona,
    settings: Settings,
    width: int,
    height: int,
    now: datetime,
    progress: Callable[[float], None],
) -> Path:
    """Path of the reel of the persona's clone, opened now (seconds). Raises Refused: no licence, not this
    one, not begun, ended, withdrawn, no consent to the face, key gone; SetupError: the pack is missing or was
    changed, the face does not fit the picture, the persona's engine or its weights are not there; Refused too
    for weights whose licence allows no show that sells.
    """
    if persona.clone is None or persona.licence is None:
        raise Refused(
            f"The persona {persona.id} names no licence for its clone.",
            remedy="Write `licence: FILE` into the persona's file.",
        )
    store = open_licences(settings)
    licence = store.read(persona.licence)
    head = read_head(persona.clone)
    refuse_other(head, licence)
    refuse_use(licence, Use.EVALUATE, now)  # what every use needs; its scopes are the preflight's
    choose(persona.engine, persona.weights)
    leave = leave_of(persona.engine, settings)
    _, contents = read_pack(persona.clone, store)
    sweep(settings.cache / "clones")
    folder = opened_under(settings, licence.id) / f"open-{os.getpid()}-{persona.id}-{width}x{height}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    reel = _opened(_Opening(contents, folder, width, height), progress)
    if persona.engine != EMBEDDED:
        write_choice(reel.parent, persona.engine, persona.weights, leave=leave)
    return reel


def leave_of(name: str, settings: Settings) -> Mapping[str, Any] | None:
    """What was agreed to of an engine that another package brings, for the process that speaks; None: it is
    ours. Raises SetupError where nobody agreed to all that it declares.
    """
    plugin = engine_named(name).plugin
    if plugin is None:
        return None
    home = Agreements(settings).leave(plugin)
    return {"powers": plugin.powers(), "home": None if home is None else str(home)}


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the opening process is given."""

    contents: Mapping[str, bytes]
    folder: Path
    width: int
    height: int


def _opened(opening: _Opening, progress: Callable[[float], None]) -> Path:
    """Opened in a process of its own: it takes ONNX Runtime and hundreds of megabytes for seconds, which the
    air process would keep.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_open, args=(theirs, opening), daemon=True)
    worker.start()
    theirs.close()
    try:
        while not isinstance(told := ours.recv(), Path):
            if isinstance(told, _Failed):
                raise SetupError(told.message, remedy=told.remedy)
            progress(told)
        return told
    except EOFError:
        raise SetupError(
            "The clone could not be opened: the process that opens it ended.",
            remedy="Check memory and disk: it takes about 1 GB of each for some seconds.",
        ) from None
    finally:
        ours.close()
        worker.join(10)
        if worker.is_alive():
            worker.kill()


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str
    remedy: str


def _open(told: Connection, opening: _Opening) -> None:
    """Runs in the opening process: sends how far it is, then the path, or what went wrong."""
    from persona.clone.neural.opening import open_pack_files

    try:
        path = open_pack_files(opening.contents, opening.folder, opening.width, opening.height, told.send)
        told.send(path)
    except CastmateError as error:
        told.send(_Failed(error.message, error.remedy))
    except BrokenPipeError:  # whoever asked is gone: so is the show
        shutil.rmtree(opening.folder, ignore_errors=True)


def withdraw_licence(settings: Settings, licence: str, at: datetime) -> str:
    """The performer's withdrawal, whole: the licence's key is destroyed, and what was open under it removed.
    Running shows see it within ten seconds of air and end; those of other machines hear of it by the store,
    where one is set. Gives why they were not told, "" = they were, or there are none. Raises SetupError for
    an id that nobody knows.
    """
    open_licences(settings).withdraw(licence, at)
    forget_opened(settings, licence)
    try:
        if (store := open_store(settings)) is not None:
            Shared(settings, store).announce(licence)
    except CastmateError as error:
        log.warning("other machines were not told that %s is withdrawn: %s", licence, error)
        return str(error)
    return ""


def refuse_other(head: PackHead, licence: Licence) -> None:
    """Raises Refused when the pack was made under another licence."""
    if head.licence != licence.id:
        raise Refused(
            f"The clone was made under the licence {head.licence}, and the persona names {licence.id}.",
            remedy="Name the licence that the clone was made under.",
        )


def refuse_use(licence: Licence, use: Use, now: datetime) -> None:
    """Raises Refused with the first thing that stands against this use of the person's face."""
    for finding in licence.allows(use, at=now, voice=False):
        raise Refused(finding.message, remedy=finding.remedy)


def licence_named(store: LicenceStore, name: str, use: Use, now: datetime) -> Licence:
    """The licence of that id, which allows this use now. Raises Refused, SetupError."""
    licence = store.read(store.path(name))
    refuse_use(licence, use, now)
    return licence
