"""The one typeface of the picture: Noto Sans CJK (SC), variable weight, from the package
`manimgx_fonts_cjk`."""

from enum import IntEnum
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from products.errors import SetupError

FAMILY = "Noto Sans CJK SC"
_PACKAGE = "manimgx_fonts_cjk"
_FILE = "NotoSansCJK-VF.otf.ttc"
_REMEDY = "Run `make setup`: it installs the fonts with the other dependencies."


class Weight(IntEnum):
    """Points on the font's weight axis (100..900), by their usual names."""

    REGULAR = 400
    MEDIUM = 500
    BOLD = 700
    BLACK = 900


def font_file() -> Path:
    """Where the font collection lies. Raises SetupError when its package is not installed."""
    spec = find_spec(_PACKAGE)
    path = Path(spec.origin).parent / _FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise SetupError(f"The font {_FILE} (package {_PACKAGE}) is not installed.", remedy=_REMEDY)
    return path


@lru_cache(maxsize=1)
def face_index(path: Path) -> int:
    """The collection holds one face a region (JP, KR, SC, TC, HK); the order is not promised, so look for
    the name."""
    index = 0
    while True:
        try:
            name = ImageFont.truetype(str(path), 16, index=index).getname()[0]
        except OSError:
            raise SetupError(f"{path.name} holds no face named {FAMILY}.", remedy=_REMEDY) from None
        if name == FAMILY:
            return index
        index += 1


@lru_cache(maxsize=256)
def face(size: float, weight: Weight = Weight.REGULAR) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels to the em. Shared: do not change its variation."""
    path = font_file()
    font = ImageFont.truetype(str(path), size, index=face_index(path))
    font.set_variation_by_axes([int(weight)])
    return font


@lru_cache(maxsize=16384)
def has_glyph(char: str) -> bool:
    """Whether the font can draw `char` (one character): its picture is not that of the missing glyph."""
    return char.isspace() or _picture(char) != _missing()


@lru_cache(maxsize=1)
def _missing() -> bytes:
    return _picture("\U0010fffd")  # a private-use character that no font of ours holds


def _picture(char: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((4, 32), char, font=face(24.0), fill=255, anchor="ls")
    return image.tobytes()
