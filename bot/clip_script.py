"""What is said in a clip: lines of an approved script, or of a text file; what may not be said is named."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.shop import Shop
from bot.show.script_desk import ScriptDesk
from persona.script import Line, LineKind
from persona.scripts import Version, checked_words
from products.catalogue import Product
from products.errors import ContentError, Refused
from products.verdict import Clearance, Severity

SCRIPT_NAME = re.compile(r"(?P<version>[^/\s]+/[a-z]{2}/\d+)(?:#(?P<line>\d+))?")
LETTERS_A_SECOND, CHARACTERS_A_SECOND = 15.0, 4.2  # of speech: English, Mandarin
LARGEST = 64 * 1024  # bytes of a text file; a clip is short


@dataclass(frozen=True, slots=True)
class ClipScript:
    """source: as people name it ("orchard-tea/en/1#2", "tips.txt"); products: handles that it speaks of."""

    source: str
    language: str
    lines: tuple[Line, ...]
    products: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """About how long it takes to say."""
        wide = self.language.startswith("zh")
        length = sum(len(line.text) for line in self.lines)
        return length / (CHARACTERS_A_SECOND if wide else LETTERS_A_SECOND) + 0.5 * len(self.lines)


def script_language(script: str, given: str | None) -> str | None:
    """The language in which the script is: as given, or as an approved script's name says; None: unknown."""
    named = SCRIPT_NAME.fullmatch(script)
    return given or (None if named is None else named["version"].split("/")[1])


def read_script(script: str, shop: Shop, desk: ScriptDesk, handle: str | None = None) -> ClipScript:
    """The lines of `script`: a text file, one spoken line per line; PRODUCT/LANGUAGE/VERSION, an approved
    script; or one line of it, PRODUCT/LANGUAGE/VERSION#LINE (from 1). `handle`: what a text file is about.

    Raises ContentError for what cannot be read, Refused for words that nobody has approved and must have.
    """
    named = SCRIPT_NAME.fullmatch(script)
    if named is not None and not Path(script).is_file():
        return _approved(shop.scripts.get(named["version"]), named["line"], script, shop.language)
    return _written(Path(script), shop, desk, handle)


def refuse_uncleared(script: ClipScript, clearance: Clearance, now: datetime) -> None:
    """Raises Refused naming every line that may not be said, and why: a clip leaves none of its lines out."""
    why = []
    for number, line in enumerate(script.lines, 1):
        for finding in clearance.clear(line.utterance(), now).findings:
            if finding.severity in (Severity.BLOCK, Severity.PAUSE):
                why.append(f'line {number} ("{line.text}"), {finding.rule}: {finding.message}')
    if why:
        raise Refused(
            f"{script.source} may not be said. {' '.join(why)}",
            remedy="Change these lines; castmate claims check tries words against the catalogue.",
        )


def _approved(version: Version, line: str | None, source: str, language: str) -> ClipScript:
    if not version.usable:
        raise Refused(
            f"{version.name} is {version.state}: nobody has approved its words, or not any more.",
            remedy=f'Approve it: castmate scripts approve {version.name} --by "Your Name"',
        )
    if version.language != language:
        raise ContentError(
            f"{version.name} is not in {language!r}.", remedy=f"Use --lang {version.language}."
        )
    lines = version.lines()
    if line is not None:
        if not 1 <= int(line) <= len(lines):
            raise ContentError(
                f"{version.name} has no line {line}.", remedy=f"It has {len(lines)}: #1 is the first."
            )
        lines = (lines[int(line) - 1],)
    return ClipScript(source, language, lines, (version.product,))


def _written(path: Path, shop: Shop, desk: ScriptDesk, handle: str | None) -> ClipScript:
    """A line is held against the goods that it names, and against those named before it: "it" is one of
    them. Tips that come before any name are about none.
    """
    words = checked_words(_text_of(path).splitlines())
    table: list[Product] = []
    if handle is not None:
        asked = shop.catalogue.product(handle)
        if asked is None:
            raise ContentError(f"There is no product {handle!r}.", remedy="See castmate catalogue list.")
        table.append(asked)
    lines = []
    for k, text in enumerate(words, 1):
        named = _named_in(text, shop)
        table = [*named, *(p for p in table if p not in named)]
        handles = tuple(p.handle for p in table)
        lines.append(Line(f"{path.name}#{k}", LineKind.PITCH, text, shop.language, handles, writer="file"))
    strict = [p.handle for p in table if desk.strict(p)]
    if strict:
        raise Refused(
            f"{path} speaks of {', '.join(strict)}, of which only approved words may be said.",
            remedy=f"castmate scripts draft {strict[0]} --file {path}; once approved, name that script.",
        )
    spoken_of = tuple(dict.fromkeys(handle for line in lines for handle in line.products))
    return ClipScript(path.name, shop.language, tuple(lines), spoken_of)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ContentError(f"{path} is too long for a clip.", remedy="A clip has at most 20 lines.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContentError(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Give a text file, or an approved script as castmate scripts list names it.",
        ) from None
    except UnicodeDecodeError:
        raise ContentError(f"{path} is no UTF-8 text.", remedy="Save it as UTF-8 text.") from None


def _named_in(text: str, shop: Shop) -> list[Product]:
    """Products that the text calls by their title, in the order of the catalogue."""
    folded = text.casefold()
    return [
        p
        for p in shop.catalogue.products()
        if any(t.title.casefold() in folded for t in p.texts.values() if t.title)
    ]
