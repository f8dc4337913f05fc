"""The project's typeface in a PDF: Noto Sans CJK cut to the characters of one paper, with TrueType
outlines.

PDF writers embed TrueType outlines; the shipped font has cubic ones and a weight axis. So: choose the
characters, fix the weight, approximate the curves by quadratics within a thousandth of the em.
"""

import io
from collections.abc import Iterable
from hashlib import sha256

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer

from bot.stage.fonts import Weight, face, face_index, font_file

ALWAYS = "".join(map(chr, range(32, 127)))
_DROP = ("BASE", "VORG", "vhea", "vmtx", "VVAR", "GPOS", "GSUB", "GDEF", "STAT", "DSIG")
_NOTHING = (
    "maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions "
    "maxComponentElements maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth"
).split()
FIRST_CJK = "\u2e80"
EM = 100.0  # size at which widths are measured


def width(text: str, size: float, weight: Weight = Weight.REGULAR) -> float:
    """Width of `text` in points at `size` points."""
    return float(face(EM, weight).getlength(text)) * size / EM


def wrap(text: str, size: float, limit: float, weight: Weight = Weight.REGULAR) -> list[str]:
    """Lines of at most `limit` points: broken at blanks, else anywhere (Chinese, hashes)."""
    lines = [""]
    for word in text.replace("\n", " ").split(" "):
        fits = (lines[-1] + " " + word) if lines[-1] else word
        if width(fits, size, weight) <= limit:
            lines[-1] = fits
            continue
        if any(char >= FIRST_CJK for char in word):  # breaks anywhere, so it may begin on this line
            lines[-1] += " " if lines[-1] else ""
        elif lines[-1]:
            lines.append("")
        for char in word:
            if width(lines[-1] + char, size, weight) > limit:
                lines.append("")
            lines[-1] += char
    return lines


def cut_font(chars: Iterable[str], weight: Weight) -> bytes:
    """A TrueType font with these characters (and ASCII) at this weight. What it lacks shows as a box."""
    chars = tuple(chars)
    path = font_file()
    font = TTFont(path, fontNumber=face_index(path), lazy=True)
    options = Options()
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [1, 2, 4, 6]
    options.drop_tables += list(_DROP)
    subsetter = Subsetter(options)
    subsetter.populate(text=ALWAYS + "".join(chars))
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": int(weight)})
    digest = sha256("".join(sorted(set(chars))).encode()).hexdigest()[:12]
    for record in font["name"].names:  # writers of PDF keep fonts apart by this name, over papers as well
        record.string = f"CastmatePaper-{int(weight)}-{digest}"
    _quadratic(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _quadratic(font: TTFont) -> None:
    """Exchanges CFF2 outlines for TrueType ones, in place."""
    shapes, glyphs, error = font.getGlyphSet(), {}, font["head"].unitsPerEm / 1000
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        shapes[name].draw(Cu2QuPen(pen, error, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = font.getGlyphOrder(), glyphs
    for name in ("CFF ", "CFF2"):
        if name in font:
            del font[name]
    profile = font["maxp"]
    profile.tableVersion, profile.maxZones = 0x00010000, 1
    for name in _NOTHING:
        setattr(profile, name, 0)
    table.compile(font)
    font["post"].formatType = 3.0
    font.sfntVersion = "\0\1\0\0"
