"""Claims that are made by words rather than numbers: health, superlatives, scarcity, guarantees, experience,
praise.

The words stand in claim_words.yaml, by type; ways to put a sentence in claim_frames.yaml. The names of the
types are those of policy packs (`forbidden_claim_types`), and `superlative`.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml


class ClaimType(StrEnum):
    DISEASE = "disease_treatment"
    MEDICAL = "medical_wording"
    HEALTH = "health_claim"
    AUTHORITY = "ai_medical_authority"
    SUPERLATIVE = "superlative"
    SCARCITY = "false_scarcity"
    GUARANTEE = "guarantee_or_warranty"
    EXPERIENCE = "first_person_use_without_experience"
    TESTIMONIAL = "fake_testimonial"
    REVIEW = "customer_review_claim"
    EFFECT = "fabricated_usage_effect"
    COMPARISON = "competitor_comparison"
    CITATION = "citation_without_source"


NEVER_SAYABLE = frozenset(
    {
        ClaimType.DISEASE,
        ClaimType.MEDICAL,
        ClaimType.HEALTH,
        ClaimType.AUTHORITY,
        ClaimType.SUPERLATIVE,
        ClaimType.SCARCITY,
        ClaimType.EXPERIENCE,
        ClaimType.TESTIMONIAL,
        ClaimType.REVIEW,
        ClaimType.EFFECT,
        ClaimType.COMPARISON,
        ClaimType.CITATION,
    }
)


_CHINESE = re.compile(r"[\u3400-\u9fff]")
_Patterns = Mapping[ClaimType, re.Pattern[str]]


@cache
def _patterns() -> tuple[_Patterns, _Patterns, re.Pattern[str]]:
    """By type, all words and those that can stand in a text without a Chinese character (half the work); and
    the harmless look-alikes.
    """
    raw = yaml.safe_load((files("products") / "claim_words.yaml").read_text("utf-8"))
    frames = yaml.safe_load((files("products") / "claim_frames.yaml").read_text("utf-8"))
    classes = {name: "|".join(raw.pop(name)) for name in ("ill", "zh_ill")} | frames.pop("classes")
    for kind, forms in frames.items():
        raw[kind] = [*raw[kind], *forms]

    def compiled(alternatives: list[str]) -> re.Pattern[str]:
        text = "|".join(f"(?:{a})" for a in alternatives)
        for name, body in classes.items():
            text = text.replace(f"{{{name}}}", body)
        return re.compile(text, re.I)

    harmless = compiled(raw.pop("harmless"))
    every = {ClaimType(kind): compiled(words) for kind, words in raw.items()}
    latin = {
        ClaimType(kind): compiled(found)
        for kind, words in raw.items()
        if (found := [w for w in words if not _CHINESE.search(w)])
    }
    return every, latin, harmless


def mask(text: str) -> str:
    """The text with harmless look-alikes blanked ("at best", "第一步"), every character in its place."""
    return _patterns()[2].sub(lambda m: "\x00" * len(m.group()), text)


def find_words(text: str) -> Iterator[tuple[int, int, ClaimType]]:
    """(start, end, type) of each claim made by words. Spans of different types may overlap."""
    masked = mask(text)
    every, latin, _ = _patterns()
    for kind, pattern in (every if _CHINESE.search(text) else latin).items():
        for match in pattern.finditer(masked):
            if match.end() > match.start():
                yield match.start(), match.end(), kind
