"""Whether a show must be heard to be AI, and how: the packs' audio label rules, less those that are
waived.
"""

import re
from dataclasses import dataclass

from bot.compliance.kinds import AudioLabel
from bot.compliance.merge import Merged

WORDS = {"en": "This voice is AI-generated.", "zh": "数字人主播由人工智能技术生成"}


@dataclass(frozen=True, slots=True)
class AudiblePlan:
    """What has to sound. `asked`: rules that are not waived; empty = nothing has to. `morse`: the rhythm that
    would satisfy all of them, or None: then words must be said, matching `patterns`, at `pace` characters a
    minute. `positions`: where; one of each rule's is in it.
    """

    asked: tuple[str, ...]
    waived: tuple[str, ...]
    morse: str | None
    patterns: tuple[str, ...]
    pace: tuple[int, int] | None
    positions: tuple[str, ...]

    def words(self, language: str) -> str:
        """A notice that matches all patterns: in the language, and in more where the patterns want it."""
        first = language.split("-")[0] if language.split("-")[0] in WORDS else "en"
        texts = [WORDS[first], *(w for tag, w in WORDS.items() if tag != first)]
        for count in range(1, len(texts) + 1):
            text = " ".join(texts[:count])
            if all(re.search(p, text) for p in self.patterns):
                return text
        return " ".join(texts)


def audible_plan(merged: Merged, *, onscreen: bool) -> AudiblePlan:
    """`onscreen`: the AI label stands on the picture all the time, and on the page around it; that waives
    rules which say so (GB 45438-2025 5.6, the labelling measures' article 4(2), EU article 50(4)).
    """
    rules = [(r, r.params) for r in merged.rules if isinstance(r.params, AudioLabel)]
    asked = [(r, p) for r, p in rules if not (onscreen and p.waived_by is not None)]
    rhythms = {p.morse for _, p in asked if "morse" in p.any_of and p.morse}
    by_rhythm = bool(asked) and all("morse" in p.any_of for _, p in asked) and len(rhythms) == 1
    paces = [p.chars_per_min for _, p in asked if p.chars_per_min is not None]
    positions: list[str] = []
    for _, p in asked:
        if not set(p.positions) & set(positions):
            positions += ["start"] if "start" in p.positions else [*p.positions[:1]]
    return AudiblePlan(
        asked=tuple(r.id for r, _ in asked),
        waived=tuple(r.id for r, p in rules if (r, p) not in asked),
        morse=rhythms.pop() if by_rhythm else None,
        patterns=tuple(dict.fromkeys(x for _, p in asked for x in p.must_match_all)),
        pace=(max(p[0] for p in paces), min(p[1] for p in paces)) if paces else None,
        positions=tuple(positions),
    )
