"""A persona: who speaks. Name, manner, languages, voice per language, look, and the shop it speaks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from products.documents import load_document
from products.errors import ContentError


class VoiceChoice(BaseModel):
    """Which voice speaks. `engine`: a voice backend; `voice`: its name there; `speed`: 1.0 = as recorded.

    model      folder of one's own weights (engine coqui), seen from the persona's file
    reference  recording of the performer that such a model copies, seen from the persona's file
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = Field(min_length=1)
    voice: str = Field(min_length=1)
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    model: Path | None = None
    reference: Path | None = None

    def seen_from(self, folder: Path) -> "VoiceChoice":
        """The same with its files under `folder`."""
        files = {name: getattr(self, name) for name in ("model", "reference")}
        return self.model_copy(update={k: folder / v for k, v in files.items() if v is not None})


class Persona(BaseModel):
    """Who speaks in a show.

    id         the file's name for it: lower-case letters, digits, dashes
    name       by language
    shop       the shop that it speaks for, by language
    manner     tone words in English for a writer, e.g. ("warm", "concrete"); nothing that could be a claim
    greeting   how it says hello: "warm" takes its time, "brisk" comes to the point
    languages  that it speaks, the preferred one first; each has a name, a shop name and a voice
    look       id of the artwork, e.g. "mei"
    performer  by language: whose face or voice it has, under their written licence; empty: nobody's
    licence    file of that licence, seen from the persona's file; none: a drawn host, nobody's likeness
    clone      folder of the performer's clone (castmate clone train), seen from the persona's file; it hosts
               instead of the drawn look
    engine     what moves the clone's mouth (castmate clone engines); usually Castmate's own
    weights    folder of one's own weights, for an engine that needs them, seen from the persona's file
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)
    name: Mapping[str, str]
    shop: Mapping[str, str]
    manner: tuple[str, ...] = ("friendly", "concrete")
    greeting: Literal["warm", "brisk"] = "warm"
    languages: tuple[Literal["en", "zh"], ...] = Field(min_length=1)
    voice: Mapping[str, VoiceChoice]
    look: str = Field(min_length=1)
    performer: Mapping[str, str] = Field(default_factory=dict)
    licence: Path | None = None
    clone: Path | None = None
    engine: str = Field(default="embedded", min_length=1, max_length=60)
    weights: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.clone is not None and self.licence is None:
            raise ValueError("clone needs a licence: name the performer's file (licence)")
        if self.clone is None and (self.engine != "embedded" or self.weights is not None):
            raise ValueError("engine and weights are a clone's: name its folder (clone), or leave them out")
        copied = [language for language, choice in self.voice.items() if choice.reference is not None]
        if copied and self.licence is None:
            raise ValueError(
                f"voice.{copied[0]} copies a recording of somebody: name their licence (licence)"
            )
        for field, given in (("name", self.name), ("shop", self.shop), ("voice", self.voice)):
            lacking = [language for language in self.languages if not given.get(language)]
            if lacking:
                raise ValueError(f"{field} is missing for: {', '.join(lacking)}")
        return self

    def name_in(self, language: str) -> str:
        """Its name in `language`, else in its first language."""
        return self.name.get(language) or self.name[self.languages[0]]

    def shop_in(self, language: str) -> str:
        """The shop's name in `language`, else in its first language."""
        return self.shop.get(language) or self.shop[self.languages[0]]

    def performer_in(self, language: str) -> str:
        """The performer's name in `language`, else as written first; empty when it is nobody's likeness."""
        return self.performer.get(language) or next(iter(self.performer.values()), "")

    def voice_in(self, language: str) -> VoiceChoice:
        """Its voice for `language`. ContentError when it does not speak it."""
        if language not in self.voice:
            spoken = ", ".join(self.languages)
            raise ContentError(
                f"Persona {self.id!r} has no voice for language {language!r}; it speaks {spoken}.",
                remedy=f"Add voice.{language} to the persona file, or choose another persona.",
            )
        return self.voice[language]


def load_persona(path: Path) -> Persona:
    """Read a persona file (YAML, UTF-8). DocumentError names file, line and field of all that is wrong."""
    persona = load_document(path, Persona)
    voice = {language: choice.seen_from(path.parent) for language, choice in persona.voice.items()}
    persona = persona.model_copy(update={"voice": voice})
    if persona.licence is None:
        return persona
    clone = None if persona.clone is None else path.parent / persona.clone
    weights = None if persona.weights is None else path.parent / persona.weights
    files = {"licence": path.parent / persona.licence, "clone": clone, "weights": weights}
    return persona.model_copy(update=files)
