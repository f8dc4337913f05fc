"""Claims that are made by words rather than numbers: health, superlatives, scarcity, guarantees, experience,
praise.

The words stand in claim_words.yaml, by type. The names of the types are those of policy packs
(`forbidden_claim_types`), and `superlative`.
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
        ClaimType.CITATION,
    }
)


@cache
def _patterns() -> tuple[Mapping[ClaimType, re.Pattern[str]], re.Pattern[str]]:
    raw = yaml.safe_load((files("products") / "claim_words.yaml").read_text("utf-8"))
    ill, zh_ill = "|".join(raw.pop("ill")), "|".join(raw.pop("zh_ill"))

    def compiled(alternatives: list[str]) -> re.Pattern[str]:
        text = "|".join(f"(?:{a})" for a in alternatives)
        return re.compile(text.replace("{ill}", ill).replace("{zh_ill}", zh_ill), re.I)

    harmless = compiled(raw.pop("harmless"))
    return {ClaimType(kind): compiled(alternatives) for kind, alternatives in raw.items()}, harmless


def mask(text: str) -> str:
    """The text with harmless look-alikes blanked ("at best", "第一步"), every character in its place."""
    return _patterns()[1].sub(lambda m: "\x00" * len(m.group()), text)


def find_words(text: str) -> Iterator[tuple[int, int, ClaimType]]:
    """(start, end, type) of each claim made by words. Spans of different types may overlap."""
    masked = mask(text)
    for kind, pattern in _patterns()[0].items():
        for match in pattern.finditer(masked):
            if match.end() > match.start():
                yield match.start(), match.end(), kind
