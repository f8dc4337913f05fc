"""What the performer is asked to do before the camera: be silent, say the phrase, read, be silent again."""

from dataclasses import dataclass
from importlib.resources import files

import yaml

from products.errors import ContentError

LANGUAGES = ("en", "zh")
IDLE_S = 10.0  # before and after: 20 s in all


@dataclass(frozen=True, slots=True)
class Prompt:
    """sentences: to be read in order, about 40 s; phrase: said first, empty when none was issued."""

    language: str
    sentences: tuple[str, ...]
    phrase: str = ""

    @property
    def text(self) -> str:
        """What is heard when it is followed."""
        lines = [f"{self.phrase.capitalize()}." if self.phrase else "", *self.sentences]
        return (" " if self.language == "en" else "").join(line for line in lines if line)


def prompt(language: str, phrase: str = "") -> Prompt:
    """Raises ContentError for a language without a script."""
    if language not in LANGUAGES:
        raise ContentError(
            f"There is no script in {language!r}.", remedy=f"Use one of: {', '.join(LANGUAGES)}."
        )
    found = yaml.safe_load(files("persona.clone.footage").joinpath("prompts.yaml").read_text("utf-8"))
    return Prompt(language, tuple(str(line) for line in found[language]), phrase)
