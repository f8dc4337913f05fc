"""The show file: one YAML page that says what airs, who speaks, where, and in which order.

    show: corner-evening
    title: {en: "An evening at the Corner Shop", zh: "街角小店的夜晚"}
    language: en
    persona: personas/mei.yaml
    catalogue:
      - {file: shop/products.csv, language: en}
    said: shop/said.yaml          # how names are pronounced (optional)
    scripts: shop/scripts.yaml    # scripts that were approved, and by whom (optional)
    clips: [...]                  # filmed pieces that the rundown plays: schedules/clips.py (optional)
    verbatim: {brands: [Orchard]} # of these only approved words air (optional; products: [HANDLE] too)
    needs: {labels: [region=eu], gpu: 0.25, shop: corner}  # of its node, in a fleet (optional)
    channels: [room]
    audience: [US]
    start: "daily 20:00"          # or "2026-12-01 20:00"; castmate serve starts it then
    time_zone: America/New_York
    minutes: 30
    rundown:
      - welcome
      - pitch: harbor-sneakers
        seconds: 50
      - questions: 20
      - offer
      - notice

Paths are relative to the file. The rundown loops from its first pitch until the time is up; goodbye comes
last.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from products.documents import load_document
from schedules.calendar import parse_start, zone_named
from schedules.clips import ClipEntry, misfits
from schedules.rundown import Cue, CueKind, Rundown
from schedules.sound import SoundEntry

SECONDS = {
    CueKind.WELCOME: 15.0,
    CueKind.PITCH: 45.0,
    CueKind.QUESTIONS: 20.0,
    CueKind.OFFER: 20.0,
    CueKind.NOTICE: 8.0,
    CueKind.BREAK: 30.0,
    CueKind.CLIP: 15.0,
    CueKind.GOODBYE: 10.0,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CatalogueSource(_Part):
    """A file of products, in one language."""

    file: Path
    language: str = Field(pattern=r"^[a-z]{2}$")


class CueEntry(_Part):
    """A cue as written: `welcome`, `pitch: HANDLE`, `questions: 20`, with `seconds` where wanted; `clip: ID`
    is a cue by itself, or plays under a pitch.
    """

    kind: CueKind
    product: str | None = None
    clip: str | None = None
    seconds: float = Field(gt=0, le=3600)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        if isinstance(data, str):
            data = {data: None}
        if not isinstance(data, dict) or "kind" in data:
            return data
        names = [k for k in data if k in CueKind.__members__.values()]
        if len(names) == 2 and CueKind.PITCH in names and CueKind.CLIP in names:
            names = [CueKind.PITCH]
        if len(names) != 1:
            known = ", ".join(CueKind)
            raise ValueError(f"a cue is one of {known}")
        kind, rest = CueKind(names[0]), {k: v for k, v in data.items() if k != names[0]}
        value = data[names[0]]
        if kind is CueKind.PITCH:
            rest["product"] = value
        elif kind is CueKind.CLIP:
            rest["clip"] = value
        elif value is not None:
            rest["seconds"] = value
        return {"kind": kind, "seconds": SECONDS[kind], **rest}

    @model_validator(mode="after")
    def _pitch_has_product(self) -> "CueEntry":
        if self.kind is CueKind.PITCH and not self.product:
            raise ValueError("a pitch names its product, e.g. `pitch: harbor-sneakers`")
        if self.kind is CueKind.CLIP and not self.clip:
            raise ValueError("a clip is named by its id, e.g. `clip: mug-pour`")
        if self.clip and self.kind not in (CueKind.PITCH, CueKind.CLIP):
            raise ValueError("a clip plays under a pitch, or as a cue by itself")
        return self


class Verbatim(_Part):
    """Whose goods air in approved words only, as approved: handles, and brands (a product's vendor)."""

    products: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()

    def covers(self, handle: str, brand: str) -> bool:
        return handle in self.products or brand.casefold() in {b.casefold() for b in self.brands}


class NodeNeeds(_Part):
    """What the show takes of the node that airs it, in a fleet (bot/fleet/placement.py). `gpu`: share of one
    graphics card; `labels`: NAME=VALUE, all of them must be on the node; shows of one `shop` are spread.
    """

    labels: tuple[str, ...] = ()
    cores: float = Field(default=0, ge=0, allow_inf_nan=False)
    memory_mb: float = Field(default=0, ge=0, allow_inf_nan=False)
    gpu: float = Field(default=0, ge=0, le=1)
    egress_mbps: float = Field(default=0, ge=0, allow_inf_nan=False)
    shop: str = Field(default="", max_length=80)

    @field_validator("labels")
    @classmethod
    def _labels_have_values(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for label in value:
            if not is_label(label):
                raise ValueError(f"{label!r} is no label: write NAME=VALUE, e.g. region=eu")
        return value


def is_label(text: str) -> bool:
    """Whether it is NAME=VALUE."""
    name, _, value = text.partition("=")
    return bool(name.strip() and value.strip())


class ShowFile(_Part):
    """A whole show. `folder`: where the file stands, so that its paths can be found."""

    show: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    title: dict[str, str] = Field(min_length=1)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    persona: Path
    catalogue: tuple[CatalogueSource, ...] = ()  # empty: the database of the settings
    channels: tuple[str, ...] = Field(default=("room",), min_length=1)
    platform: str = "room"
    market: str | None = None
    audience: tuple[str, ...] = ("US",)
    minutes: float | None = Field(default=None, gt=0, le=24 * 60)
    start: str | None = None
    time_zone: str = "UTC"
    size: Literal["720x1280", "1080x1920", "540x960", "1280x720"] = "720x1280"
    notice_every_minutes: float = Field(default=10, gt=0)
    rundown: tuple[CueEntry, ...] = Field(min_length=1)
    service: dict[str, str] = {}  # by language: how viewers reach customer service, as the host says it
    answers_wait: bool | None = None  # answers air only after a person's word; None: as the settings say
    said: Path | None = None  # how names are pronounced: persona/voice/said.py
    scripts: Path | None = None  # scripts and their approvals: persona/script_file.py
    clips: tuple[ClipEntry, ...] = ()  # filmed pieces that the rundown plays
    verbatim: Verbatim = Verbatim()
    sound: SoundEntry = SoundEntry()
    needs: NodeNeeds = NodeNeeds()  # of its node, in a fleet
    folder: Path = Path()

    @field_validator("title")
    @classmethod
    def _title_has_words(cls, value: dict[str, str]) -> dict[str, str]:
        if not all(v.strip() for v in value.values()):
            raise ValueError("every title needs words")
        return value

    @field_validator("start", mode="before")
    @classmethod
    def _start_can_be_read(cls, value: Any) -> Any:
        if isinstance(value, datetime):  # YAML reads an unquoted date and time by itself
            value = value.isoformat(" ", "seconds")
        if value is not None:
            parse_start(str(value))
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        zone_named(value)
        return value

    @model_validator(mode="after")
    def _clips_fit(self) -> "ShowFile":
        if wrong := misfits(self.clips, ((e.clip, e.product) for e in self.rundown)):
            raise ValueError(wrong)
        return self

    def title_in(self, language: str) -> str:
        return self.title.get(language) or next(iter(self.title.values()))

    def plan(self) -> Rundown:
        """The rundown without its goodbye (the end of time brings that); loops from the first pitch."""
        entries = [e for e in self.rundown if e.kind is not CueKind.GOODBYE]
        cues = tuple(
            Cue(f"{i + 1}-{e.product or e.clip or e.kind}", e.kind, e.seconds, e.product, e.clip)
            for i, e in enumerate(entries)
        )
        first_pitch = next((i for i, c in enumerate(cues) if c.kind is CueKind.PITCH), None)
        return Rundown(cues, first_pitch)


def load_show(path: Path) -> ShowFile:
    """Reads a show file. Raises products.documents.DocumentError naming line and field."""
    return load_document(path, ShowFile).model_copy(update={"folder": path.parent})
