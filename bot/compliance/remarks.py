"""What a show's ledger says beside its intervals: what was found and refused, and which products were spoken
of for how long. Bounded: a show of days keeps as many of each as a page shows, and counts the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.compliance.ledger_file import Entry

MOST_REMARKS = 2000
MOST_SAID = 100_000  # lines of about three days on end
WORDS = 400  # characters of a text that are kept
SPOKEN = frozenset({"line.aired", "line.cut"})
KINDS = ("decision", "refused", "draft", "failed", "chat", "said", "stop", "clip", "clip_off")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was found, or that was kept off the air. `at`: seconds from the show's start.

    kind      one of KINDS: found in the decision before the show, a line refused on its way to the air, a
              language model's words refused, a line that failed, a chat answer not passed on, what a person
              before the camera said otherwise than the catalogue, the rules' stop, a filmed clip that was
              shown, one that was kept off the air
    text      the words it is about, or what was found; findings: rule, severity and message of each
    """

    kind: str
    at: float
    text: str
    findings: tuple[tuple[str, str, str], ...]
    entry: int

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule for rule, _, _ in self.findings if rule))


@dataclass(frozen=True, slots=True)
class Said:
    """A line on air that leaned on facts of a product. Seconds of air; `product`: its handle."""

    since: float
    until: float
    product: str


@dataclass(slots=True)
class Remarks:
    """Takes a ledger's entries in order. `more`: remarks that were counted and not kept; `lines`: spoken."""

    kept: list[Remark] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    more: int = 0
    lines: int = 0

    def take(self, entry: Entry, at: float, number: int) -> None:
        data = entry.data
        if entry.kind in SPOKEN:
            self._spoken(data)
        elif entry.kind == "show.decided":
            for found in _findings(data):
                self._keep(Remark("decision", at, found[2], (found,), number))
        elif entry.kind in ("line.refused", "line.failed", "draft.refused"):
            kind = {"line.refused": "refused", "line.failed": "failed"}.get(entry.kind, "draft")
            text = str(data.get("text", ""))
            reason = str(data.get("reason", ""))
            against = _findings(data) or ((("", "", reason),) if reason else ())
            self._keep(Remark(kind, at, text[:WORDS], against, number))
        elif entry.kind in ("chat.not_cleared", "chat.not_passed_on"):
            why = str(data.get("why", ""))
            self._keep(
                Remark("chat", at, str(data.get("text", ""))[:WORDS], (("", "", why),) if why else (), number)
            )
        elif entry.kind == "human.said" and _findings(data):
            self._keep(Remark("said", at, str(data.get("text", ""))[:WORDS], _findings(data), number))
        elif entry.kind == "licence.stop":
            reasons = data.get("reasons")
            text = "; ".join(map(str, reasons)) if isinstance(reasons, list) else ""
            self._keep(Remark("stop", at, text[:WORDS], (), number))
        elif entry.kind == "clip.started":
            self._keep(Remark("clip", at, _clip_in_words(data)[:WORDS], (), number))
        elif entry.kind in ("clip.refused", "clip.withdrawn"):
            text = f"{data.get('clip', '')}: {data.get('why', '')}"
            self._keep(Remark("clip_off", at, text[:WORDS], (), number))

    def _keep(self, remark: Remark) -> None:
        if len(self.kept) < MOST_REMARKS:
            self.kept.append(remark)
        else:
            self.more += 1

    def _spoken(self, data: Mapping[str, Any]) -> None:
        self.lines += 1
        since, until, facts = data.get("from_ms"), data.get("to_ms"), data.get("facts")
        if not (isinstance(since, int) and isinstance(until, int) and isinstance(facts, list)):
            return
        for product in dict.fromkeys(str(f).partition("/")[0] for f in facts if "/" in str(f)):
            if len(self.said) < MOST_SAID:
                self.said.append(Said(since / 1000, until / 1000, product))


def _clip_in_words(data: Mapping[str, Any]) -> str:
    """Which film, whose, of what, and under which licences."""
    licences = data.get("licences")
    people = ", ".join(map(str, licences)) if isinstance(licences, list) else ""
    told = (data.get("clip"), data.get("product"), data.get("rights"), people, data.get("sha256"))
    return " · ".join(str(part) for part in told if part)


def _findings(data: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    given = data.get("findings")
    return tuple(
        (str(f.get("rule", "")), str(f.get("severity", "")), str(f.get("message", ""))[:WORDS])
        for f in (given if isinstance(given, list) else ())
        if isinstance(f, dict)
    )
