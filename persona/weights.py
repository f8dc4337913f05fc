"""Weights that a shop brings itself: a note beside them says whose they are and what their licence allows.

weights.yaml in their folder:

    name: Wav2Lip 256
    licence: research only           # SPDX id, or its name in words
    commercial: false                # may it be used in a show that sells?
    source: https://github.com/Rudrabha/Wav2Lip
    read_by: Ana Silva               # who read the licence
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from products.documents import load_document
from products.errors import Refused, SetupError

NOTE = "weights.yaml"


class WeightsNote(BaseModel):
    """What stands in the note. A shop answers for it; Castmate keeps it and holds shows to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=120)
    licence: str = Field(min_length=1, max_length=200)
    commercial: bool
    source: str = Field(min_length=1, max_length=400)
    read_by: str = Field(min_length=1, max_length=120)


def read_note(folder: Path) -> WeightsNote:
    """The note of the weights in `folder`. SetupError when folder or note is missing, DocumentError naming
    the field that is wrong.
    """
    if not folder.is_dir():
        raise SetupError(f"There is no folder {folder} with weights.", remedy="Put your own weights there.")
    path = folder / NOTE
    if not path.is_file():
        raise SetupError(
            f"{folder} does not say under which licence its weights are: {NOTE} is missing.",
            remedy="Write name, licence, commercial, source and read_by into it (docs/clone.md).",
        )
    return load_document(path, WeightsNote)


def refuse_selling(note: WeightsNote) -> None:
    """Raises Refused for weights whose licence does not allow a show that sells."""
    if not note.commercial:
        raise Refused(
            f"{note.name} may not be used in a show that sells: its licence ({note.licence}) is "
            f"non-commercial, says {note.read_by}.",
            remedy="Use other weights, or get a licence that allows it.",
        )
