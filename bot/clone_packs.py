"""A performer's clone, opened for a show: its licence looked at first, its files unsealed into a folder that
only this process's user reads, and removed when the process ends.
"""

import atexit
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.licensed import open_licences
from bot.settings import Settings
from persona.clone.neural.pack import PackHead, read_head, read_pack
from persona.licence import Licence, Use
from persona.persona import Persona
from persona.sealing import LicenceStore
from products.errors import Refused


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
    changed, the face does not fit the picture.
    """
    from persona.clone.neural.opening import open_pack_files, sweep  # heavy: for clones alone

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
    _, contents = read_pack(persona.clone, store)
    parent = settings.cache / "clones"
    sweep(parent)
    folder = parent / f"open-{os.getpid()}-{persona.id}-{width}x{height}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return open_pack_files(contents, folder, width, height, progress)


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
