"""`sound:` of a show file: music under the show and short sounds at its turns.

sound:
  music: shop/theme.mp3       # or `house`: calm music that Castmate makes, free of rights
  music_level: -20            # dB under speech, -40 to -10
  jingles:                    # opening, product, ending; a file, or `chime`
    product: chime
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Occasion = Literal["opening", "product", "ending"]


class SoundEntry(BaseModel):
    """Paths are relative to the show file. `house` and `chime` name what is made without a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    music: Path | None = None
    music_level: float = Field(default=-20.0, ge=-40, le=-10)
    jingles: dict[Occasion, Path] = Field(default_factory=dict)
