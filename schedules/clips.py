"""`clips:` of a show file: filmed pieces that may be cut into the show, each with its rights.

clips:
  - id: mug-pour
    file: clips/mug-pour.mp4      # as the camera wrote it, 2 to 60 s
    product: dawn-mug             # what it shows in use; left out: an action of the people in it
    origin: filmed                # nothing else is taken: the use of a product is never fabricated
    people: none                  # or who is seen or heard in it, each by their licence:
                                  #   - {licence: ann-2026, seen: true, heard: false}
    rights: "Filmed by Lin Hao for the Corner Shop, 2026-11-02"
    sound: muted                  # or `own`
    approved: {by: Lin Hao, at: 2026-11-20T09:30:00Z, sha256: 9f86...}
rundown:
  - clip: mug-pour                # by itself
  - pitch: dawn-mug               # or under the words of a pitch, muted
    clip: mug-pour
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

MOST_CLIPS = 24  # of one show: with 60 s each their prepared copies take 2 GB of the cache at most


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ClipPerson(_Strict):
    """Somebody in a clip. `licence`: the id of theirs in the shop's store; `seen`, `heard`: what they are."""

    licence: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    seen: bool = True
    heard: bool = False

    @model_validator(mode="after")
    def _there(self) -> Self:
        if not (self.seen or self.heard):
            raise ValueError("somebody in a clip is seen or heard; else leave them out")
        return self


class ClipApproval(_Strict):
    """Who looked at which bytes, and when."""

    by: str = Field(min_length=2, max_length=120)
    at: AwareDatetime
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ClipEntry(_Strict):
    """One clip as written. `file` is relative to the show file; `people` must be said, nobody as `none`."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    file: Path
    product: str | None = None
    origin: str
    people: tuple[ClipPerson, ...]
    rights: str = Field(min_length=8, max_length=300)
    sound: Literal["own", "muted"] = "muted"
    approved: ClipApproval | None = None

    @field_validator("people", mode="before")
    @classmethod
    def _nobody(cls, value: Any) -> Any:
        return () if value == "none" else value

    @field_validator("origin")
    @classmethod
    def _filmed(cls, value: str) -> str:
        if value != "filmed":
            raise ValueError(
                "only what a camera filmed may be cut into a show (origin: filmed): the use of a product is "
                "never fabricated"
            )
        return value

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.product is None and not self.people:
            raise ValueError("it shows neither a product (product) nor a person (people)")
        return self


def misfits(clips: Sequence[ClipEntry], cues: Iterable[tuple[str | None, str | None]]) -> str:
    """What does not fit between a show's clips and its cues, each (clip, product) or None; "" when all does.
    The clip under a pitch is of the same product, or of none, and has no sound of its own.
    """
    known = {clip.id: clip for clip in clips}
    if len(clips) > MOST_CLIPS:
        return f"{len(clips)} clips; a show has {MOST_CLIPS} at most"
    if len(known) < len(clips):
        return "two clips have the same id"
    for name, product in cues:
        if name is None:
            continue
        clip = known.get(name)
        if clip is None:
            have = ", ".join(known) or "none"
            return f"the rundown plays the clip {name!r}, which `clips` does not hold; it holds: {have}"
        if product is not None and clip.product not in (None, product):
            return (
                f"the clip {name!r} shows {clip.product}, and the pitch that it plays under is of {product}"
            )
        if product is not None and clip.sound == "own":
            return (
                f"the clip {name!r} has its own sound and cannot play under a pitch: write `sound: muted`, "
                "or make it a cue by itself"
            )
    return ""
