"""How a shop may be excused from one rule: a signed, dated waiver that names who and why, and runs out.

A waived rule still speaks: its findings warn. What a rule forbids can never be waived, nor what Castmate
itself stands for: the AI label, consent, the integrity of both, the truth of claims.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, model_validator

from bot.compliance.kinds import Simulcast
from bot.compliance.packs import Rule
from bot.compliance.signed import SignedPaper
from products.errors import Refused
from products.verdict import Severity

LONGEST = timedelta(days=90)
NEVER = {
    "label": "the AI label",
    "audio_label": "the AI label in the sound",
    "consent": "a person's consent",
    "integrity": "the integrity of the label",
    "metadata": "the AI mark in files",
    "claims": "the truth of what is said",
}


class Waiver(SignedPaper):
    """`rule`: its id. `by`: a named person; `why`: their reason, in words. Valid from `at` to `until`."""

    CONTEXT: ClassVar[bytes] = b"castmate waiver 1\n"
    rule: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=2)]
    why: Annotated[str, Field(min_length=10)]
    at: date
    until: date

    @model_validator(mode="after")
    def _dates(self) -> "Waiver":
        if not self.at <= self.until <= self.at + LONGEST:
            raise ValueError(
                f"a waiver runs for {LONGEST.days} days at most, and until a day after it was given"
            )
        return self

    def refusal(self, rule: Rule, at: date, keys: "tuple[Ed25519PublicKey, ...]") -> str | None:
        """Why this waiver does not excuse from the rule on that day; None = it does."""
        if (never := unwaivable(rule)) is not None:
            return never
        if not self.signed_by(keys):
            return "it is not signed with a compliance key"
        if not self.at <= at <= self.until:
            return f"it holds from {self.at} to {self.until}"
        return None


def unwaivable(rule: Rule) -> str | None:
    """Why nobody can waive this rule; None = compliance staff may."""
    if rule.kind in NEVER:
        return f"{NEVER[rule.kind]} is never waived"
    values = rule.params.model_dump()
    forbids = [
        name
        for name, value in values.items()
        if value == "forbidden" or (name.startswith("forbid_") and value)
    ]
    if forbids or (isinstance(rule.params, Simulcast) and not rule.params.allowed):
        return "what a rule forbids is never waived"
    return None


def waive(
    rules: Sequence[Rule], waivers: Sequence[Waiver], at: date, keys: "tuple[Ed25519PublicKey, ...]"
) -> tuple[tuple[Rule, ...], tuple[tuple[Rule, Waiver], ...], tuple[tuple[Waiver, str], ...]]:
    """(the rules, waived ones as warnings; who was excused from what; waivers that do not count
    and why). A waiver of a rule that does not apply is left out of all three.
    """
    by_id = {rule.id: rule for rule in rules}
    excused: dict[str, Waiver] = {}
    refused: list[tuple[Waiver, str]] = []
    for waiver in waivers:
        rule = by_id.get(waiver.rule)
        if rule is None:
            continue
        why_not = waiver.refusal(rule, at, keys)
        if why_not is None:
            excused[waiver.rule] = waiver
        else:
            refused.append((waiver, why_not))
    out = tuple(
        rule.model_copy(update={"severity": Severity.WARN}) if rule.id in excused and rule.binding else rule
        for rule in rules
    )
    return out, tuple((by_id[name], waiver) for name, waiver in excused.items()), tuple(refused)


def refuse_unwaivable(rule: Rule) -> None:
    """Raises Refused for a rule that nobody can waive."""
    if (never := unwaivable(rule)) is not None:
        raise Refused(f"{rule.id} cannot be waived: {never}.", remedy="Meet the rule, or air somewhere else.")
