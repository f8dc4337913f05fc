"""Fits a sentence of a product page into speech by its frame alone: words and figures stay as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from persona.language import HAN
from persona.product_view import ProductView

_PROPERTY = re.compile(
    r"^(made|designed|built|hand-?made|hand-?woven|woven|knitted|printed|cut|machine[- ]washable|washable|"
    r"dishwasher[- ]safe|microwave[- ]safe|oven[- ]safe|waterproof|water[- ]resistant|rechargeable|"
    r"foldable|stackable|suitable|compatible|free of|easy to|safe for|ready to|lined|padded|coated|tested|"
    r"available)\b",
    re.IGNORECASE,
)
_PLURAL_OF = {
    "has": "have", "is": "are", "does": "do", "carries": "carry", "dries": "dry", "washes": "wash",
    "stretches": "stretch", "switches": "switch",
    "reaches": "reach", "attaches": "attach", "catches": "catch", "matches": "match",
}  # fmt: skip
_VERB = re.compile(
    r"^(keeps|holds|fits|comes|weighs|has|is|includes|features|works|lasts|charges|opens|folds|closes|protects|gives|"
    r"makes|lets|offers|runs|stands|measures|contains|connects|supports|uses|needs|adds|sits|packs|carries|dries|"
    r"washes|stretches|reaches|attaches|catches|matches|switches|plays|shows|takes|covers|does|provides)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(never|always|do not|don't|please|avoid|wash|store|keep|handle|use)\b", re.IGNORECASE
)
_WHOLE = re.compile(
    r"^(the|it|it's|its|this|these|they|you|your|we|our|each|every|all|no|with|when|if|whether|from|for|in|on|at|i)\b",
    re.IGNORECASE,
)
_SPEAKS = re.compile(r"\b(you|your|we|our|us|i|my)\b|\w['’](re|ll|ve|t|m)\b", re.IGNORECASE)
"""A page that addresses the reader speaks in sentences; no frame is put before them."""
_ZH_REQUEST = re.compile(r"^(请|切勿|勿|不要|避免|使用时|点燃时|禁止)|请勿|切勿")
_ZH_PROPERTY = re.compile(r"^(可以?|能|支持|适合|适用|采用|配有?|带有?|自带|内有|内置|附|含|由|不含|防|耐)")
_ZH_WHOLE = re.compile(r"^(这款|这|它|本品|该|我们|每)")
_BINDS = re.compile(
    r"[:;：；%％?？\"“”]|\b(?:no|not|never|without|free|except|excluding|only|unless|or|nor|non|less|than|each|both)\b"
    r"|n['’]t\b|[不无未非免勿没除仅只或否别禁]|以下|以上|包括|等",
    re.IGNORECASE,
)
"""What may hold for a whole list ("no lead, zinc or nickel"): such a sentence stays in one piece."""
_GOVERNS = re.compile(
    r"\b(?:to|for|against|with|by|resistant|suitable|compatible|safe|made|such|like|including|contains?)\b|"
    r"适合|适用|支持|兼容|含|耐",
    re.IGNORECASE,
)
"""What may hold for the bare words after it ("resistant to water, dust"), not for a part with a figure."""
_STANDS = re.compile(r"\d|^(?:an?|one|two|three|four|five|six)\b|\b[A-Z]{2,}")
_LEANS_BACK = re.compile(
    r"^(?:and|but|so|then|also|more|another|which|that|who|where|when|if|as|with|to|for|in|on|at|of|by|from|into|it|"
    r"they|its|their)\b|^\d+ more\b|再|^[更还也则而但并且和与及就才如若需须请另其]|^(?:以|为|给|从|在)|"
    r"\d\s*(?:hours?|minutes?|days?|weeks?|months?|years?|h|min)\b|小时|分钟|\d天|个月|\d年",
    re.IGNORECASE,
)
"""A part that cannot be understood without the one before it, or whose time would be taken for another's."""


@dataclass(frozen=True, slots=True)
class Point:
    """A page's sentence ready for a frame. `slot`: the phrasebook slot that takes it."""

    slot: str
    text: str
    source: str


def frame(sentence: str, view: ProductView, plural: bool) -> Point:
    """The slot that a sentence goes into, and the words to put there. Digits are never touched."""
    text = unbracketed(sentence).strip().rstrip(".。!！;；,， ")
    if text.endswith(("?", "？")):
        return Point("point.whole", text, sentence)
    if view.language == "zh":
        return Point(_zh_slot(text), text, sentence)
    if found := _VERB.match(text):
        verb = found.group(1).lower()
        return Point("point.verb", (_plural(verb) if plural else verb) + text[found.end() :], sentence)
    if _PROPERTY.match(text):
        return Point("point.property", text[0].lower() + text[1:], sentence)
    if _REQUEST.match(text):
        return Point("point.request", text[0].lower() + text[1:], sentence)
    if _WHOLE.match(text) or _SPEAKS.search(text):
        return Point("point.whole", text, sentence)
    return Point(_fragment_slot(text), text, sentence)


def points(view: ProductView, sentences: Sequence[str], plural: bool) -> list[Point]:
    """All sentences worth saying, in the page's order, without those that only repeat the list of sizes."""
    return [frame(s, view, plural) for s in sentences if s.strip() and not repeats_options(s, view)]


def repeats_options(sentence: str, view: ProductView) -> bool:
    """Whether a sentence only says again which sizes there are ("Sizes 36 to 45", "36码到45码")."""
    words = re.sub(
        r"[\d\s,，、.。~～–—-]+|sizes?|to|from|until|and|尺码|码|到|至|和|号",
        "",
        sentence,
        flags=re.IGNORECASE,
    )
    numbers = set(re.findall(r"\d+", sentence))
    values = {choice.value for axis in view.axes for choice in axis.choices}
    return not words and bool(numbers) and numbers <= values


def unbracketed(text: str) -> str:
    """Brackets become commas, which a voice can speak: "24 (our test)" -> "24, our test"."""
    text = re.sub(r"\s*\(([^()]*)\)", r", \1", text)
    text = re.sub(r"\s*（([^（）]*)）", r"，\1", text)
    return re.sub(r",\s*([,.;!?])", r"\1", re.sub(r"，([，。；！？])", r"\1", text))


def pieces(text: str) -> tuple[str, ...]:
    """The parts of a list of short facts, which may be told in any order; the text itself when it is none, or
    when one part may say something about another. `text` is a page's sentence as it stands there, in brackets
    and all: what is in brackets stays with its word.
    """
    bare = text.strip().rstrip(".。!！")
    found: list[str] = []
    for part in re.split(r"((?:,\s|[，、])(?![^（(]*[）)]))", bare):
        if re.fullmatch(r",\s|[，、]", part):
            continue
        if found and _LEANS_BACK.search(part):
            found[-1] += f"{', ' if bare.isascii() else '，'}{part}"
        else:
            found.append(part.strip())
    last = found[-1]
    one_list = re.search(r"\b(?:and|&)\b|[和与及]", last) and not re.search(r"\d", last)
    governed = (one_list and not _of_one_thing(last)) or any(
        _GOVERNS.search(part) and not all(map(_STANDS.search, found[k + 1 :])) for k, part in enumerate(found)
    )
    if governed or _BINDS.search(bare) or not all(1 < len(part) <= 60 for part in found):
        return (unbracketed(bare),)
    return tuple(map(unbracketed, found))


def _of_one_thing(part: str) -> bool:
    """Whether its "and" joins what the part itself names ("scent of grass and chamomile"), not the list."""
    return bool(re.search(r"\b(?:of|in)\b.* and \b|[与和].*[香味色]$", part))


def _plural(verb: str) -> str:
    return _PLURAL_OF.get(verb) or verb.removesuffix("s")


def _fragment_slot(text: str) -> str:
    """Short pieces of which most hold a number are read out as figures; else it is a point like others."""
    parts = re.split(r",\s|[，、；;]", text)
    with_number = sum(any(c.isdigit() for c in part) for part in parts)
    short = len(text) <= 26 * len(parts) and all(
        _after_number(part) <= 6 for part in parts if HAN.search(part)
    )
    many = with_number >= 2 if len(parts) > 1 else len(re.findall(r"\d+", text)) >= 2
    return "point.figures" if short and many and 2 * with_number >= len(parts) else "point"


def _after_number(part: str) -> int:
    """How many characters follow its last digit."""
    return len(part) - 1 - max((i for i, c in enumerate(part) if c.isdigit()), default=len(part) - 1)


def _zh_slot(text: str) -> str:
    if _ZH_REQUEST.search(text):
        return "point.request"
    if _ZH_WHOLE.match(text):
        return "point.whole"
    if _ZH_PROPERTY.match(text):
        return "point.property"
    return _fragment_slot(text)
