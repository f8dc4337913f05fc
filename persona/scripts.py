"""Scripts that a shop keeps: versions, who approved them and when, and what changed between two. Pure.

    draft --approve--> approved --first said--> aired
      |--send back--> sent back
      `--------------------retire--------------------> retired      (from each of the four)

The words of a version never change: an edit is a new version, which starts as a draft. Several versions may
be approved at once; the show takes turns among them, so that nothing is said twice within two hours.
"""

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from persona.script import Line, LineKind
from products.errors import ContentError


class ScriptState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    AIRED = "aired"  # approved, and said on air since
    RETURNED = "sent back"  # a person read the draft and wants other words
    RETIRED = "retired"


USABLE = frozenset({ScriptState.APPROVED, ScriptState.AIRED})
_MOVES: Mapping[ScriptState, frozenset[ScriptState]] = {
    ScriptState.DRAFT: frozenset({ScriptState.APPROVED, ScriptState.RETURNED, ScriptState.RETIRED}),
    ScriptState.RETURNED: frozenset({ScriptState.RETIRED}),
    ScriptState.APPROVED: frozenset({ScriptState.AIRED, ScriptState.RETIRED}),
    ScriptState.AIRED: frozenset({ScriptState.RETIRED}),
    ScriptState.RETIRED: frozenset(),
}
_NOBODY = re.compile(
    r"\b(ai|llm|gpt|bot|admin(istrator)?|root|system|castmate|auto(matic)?|user|nobody|anonymous|team|staff|test)\b"
    r"|机器人|管理员|系统|人工智能|自动|用户|匿名|团队",
    re.IGNORECASE,
)
LONGEST_LINE = 400
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a product's script in one language. `version` counts from 1.

    words        the lines as they are spoken, in order
    author       who wrote it: a person, or "template" / "llm"
    approved_by  the named person; None while it is a draft
    """

    product: str
    language: str
    version: int
    words: tuple[str, ...]
    author: str
    made_at: datetime
    state: ScriptState = ScriptState.DRAFT
    approved_by: str | None = None
    approved_at: datetime | None = None

    @property
    def name(self) -> str:
        """As people call it: orchard-tea/en/2."""
        return f"{self.product}/{self.language}/{self.version}"

    @property
    def usable(self) -> bool:
        return self.state in USABLE

    @property
    def digest(self) -> str:
        return digest_of(self.words)

    def lines(self) -> tuple[Line, ...]:
        """Its words as Lines; clearance finds the facts that they lean on, each time they air."""
        return tuple(
            Line(
                id=f"{self.name}/{place}",
                kind=LineKind.PITCH,
                text=text,
                language=self.language,
                products=(self.product,),
                writer="script",
                script=self.name,
                approved_by=self.approved_by,
            )
            for place, text in enumerate(self.words)
        )


def digest_of(words: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(words).encode(), digest_size=16).hexdigest()


def checked_words(words: Sequence[str]) -> tuple[str, ...]:
    """The lines with single spaces, without empty ones. ContentError when there is nothing, or too much."""
    lines = tuple(line for line in (" ".join(word.split()) for word in words) if line)
    if not lines:
        raise ContentError("A script needs at least one line.", remedy="Write one line of speech per item.")
    if len(lines) > MOST_LINES:
        raise ContentError(
            f"A script of {len(lines)} lines is too long.", remedy=f"Use at most {MOST_LINES}."
        )
    for place, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise ContentError(
                f"Line {place} of the script is longer than {LONGEST_LINE} characters.",
                remedy="Split it: a line is one or two spoken sentences.",
            )
    return lines


def named_person(name: str) -> str:
    """The name of somebody who can be asked. ContentError for an empty one or one that names no person."""
    name = " ".join(name.split())
    letters = sum(c.isalpha() for c in name)
    if letters < 2 or len(name) > 80 or _NOBODY.search(name):
        raise ContentError(
            f"{name!r} is not the name of a person.",
            remedy='Give the name of who answers for it: --by "Lin Hao".',
        )
    return name


def moved(version: Version, state: ScriptState, by: str, at: datetime) -> Version:
    """The version in its new state. ContentError when that step does not exist, or nobody is named."""
    if state not in _MOVES[version.state]:
        allowed = ", ".join(sorted(_MOVES[version.state])) or "nothing more"
        raise ContentError(
            f"{version.name} is {version.state}; it cannot become {state}.",
            remedy=f"It can become: {allowed}.",
        )
    if state is ScriptState.APPROVED:
        return replace(version, state=state, approved_by=named_person(by), approved_at=at)
    return replace(version, state=state)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a diff. `kind`: "same", "changed", "removed", "added".

    pieces   the words in order: (" ", kept), ("-", taken out), ("+", put in); joined, they give the texts
    """

    kind: str
    pieces: tuple[tuple[str, str], ...]

    @property
    def before(self) -> str:
        return "".join(text for sign, text in self.pieces if sign != "+")

    @property
    def after(self) -> str:
        return "".join(text for sign, text in self.pieces if sign != "-")


def diff(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """What an editor changed, line by line, and word by word within a line that was changed."""
    changes: list[Change] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if tag == "equal":
            changes += [Change("same", ((" ", line),)) for line in before[a1:a2]]
            continue
        pairs = min(a2 - a1, b2 - b1)
        changes += [_changed(before[a1 + k], after[b1 + k]) for k in range(pairs)]
        changes += [Change("removed", (("-", line),)) for line in before[a1 + pairs : a2]]
        changes += [Change("added", (("+", line),)) for line in after[b1 + pairs : b2]]
    return tuple(changes)


def _changed(before: str, after: str) -> Change:
    old, new = _pieces(before), _pieces(after)
    pieces: list[tuple[str, str]] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            pieces.append((" ", "".join(old[a1:a2])))
            continue
        if a2 > a1:
            pieces.append(("-", "".join(old[a1:a2])))
        if b2 > b1:
            pieces.append(("+", "".join(new[b1:b2])))
    return Change("changed", tuple(pieces))


def _pieces(text: str) -> list[str]:
    """Words with the space after them; Chinese by character; numbers whole."""
    return re.findall(r"[^\W_㐀-鿿]+(?:[.,'’-][^\W_㐀-鿿]+)*\s*|.\s*", text, re.DOTALL)
