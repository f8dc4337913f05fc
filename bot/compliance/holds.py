"""Legal hold: a signed paper that keeps a show, or what is known of a person, past every date."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, ValidationError, model_validator

from bot.compliance.signed import SignedPaper
from products.errors import SetupError


class Hold(SignedPaper):
    """`show`: its folder's name; `person`: as ledgers name them, e.g. douyin/123. One of the two. `until`:
    its last day, None: until compliance staff take the paper away.
    """

    CONTEXT: ClassVar[bytes] = b"castmate hold 1\n"
    show: str = ""
    person: str = ""
    by: Annotated[str, Field(min_length=2)]
    why: Annotated[str, Field(min_length=10)]
    at: date
    until: date | None = None

    @model_validator(mode="after")
    def _one(self) -> "Hold":
        if bool(self.show) == bool(self.person):
            raise ValueError("a hold names a show or a person, one of the two")
        return self


@dataclass(frozen=True)
class Holds:
    """All papers of an office. One whose signature does not hold keeps things too: what is deleted does not
    come back, so a doubt speaks for keeping; `doubtful` names them.
    """

    papers: tuple[Hold, ...] = ()
    doubtful: tuple[str, ...] = ()

    def on_show(self, show: str, day: date) -> Hold | None:
        return next((h for h in self.papers if h.show == show and _runs(h, day)), None)

    def on_person(self, person: str, day: date) -> Hold | None:
        return next((h for h in self.papers if h.person == person and _runs(h, day)), None)


def _runs(hold: Hold, day: date) -> bool:
    return hold.until is None or day <= hold.until


def read_holds(office: Path, keys: Sequence[Ed25519PublicKey]) -> Holds:
    """The holds in the office's folder. Raises SetupError: one cannot be read, so nothing may be deleted."""
    papers, doubtful = [], []
    for path in sorted((office / "holds").glob("*.json")):
        try:
            hold = Hold.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            what = f"The hold {path} cannot be read: {error}"
            raise SetupError(what, remedy="Mend it before anything is deleted.") from None
        papers.append(hold)
        if not hold.signed_by(tuple(keys)):
            doubtful.append(path.name)
    return Holds(tuple(papers), tuple(doubtful))


def keep_hold(office: Path, hold: Hold) -> Path:
    """Writes a hold into the office's folder under a name of its own."""
    folder = office / "holds"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hold.at.isoformat()}-{hold.signature[:16]}.json"
    path.write_text(json.dumps(hold.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path
