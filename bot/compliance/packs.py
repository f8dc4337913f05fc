"""Policy packs: the law of a jurisdiction or the rules of a platform, as data that compliance staff own.

A file is a YAML list of packs. Law packs lie in bot/compliance/packs/*.yaml, a platform's in
connectors/<platform>/policy.yaml, a shop's own wherever its settings say. Reading a rule:

    stance      unknown => nobody goes live; a platform or jurisdiction without a pack => nobody either
    status      in_force | draft (can only warn) | unverified (keeps its severity) | repealed (ignored)
    confidence  A the official text itself | B quoted clause by clause with the official address
                C press, trade, law firm | D unverified, no source (never in force, never blocks)
    verify      auto (own frames, sound, text, files, answers) | evidence (a person supplies proof) | remind
    effective_from  null => in force since a day that is not known (in_force), or no day yet (draft)
    params_without_source   fields of params whose number or choice is the project's own; tune them freely
    quote       original words; quote_en own translation; null => wording unknown, never shown as a citation

Whatever cannot be read whole is an error that names file, pack and rule: a rule skipped is a rule broken.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import rfc8785
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.compliance.kinds import AnyParams, Text
from products.errors import Problem, SetupError
from products.verdict import Severity

SHIPPED_LAW = Path(__file__).parent / "packs"
SHIPPED_PLATFORMS = Path(__file__).parent.parent.parent / "connectors"
JURISDICTION = re.compile(r"\*|[A-Z]{2}(-[A-Z0-9]{1,3})?")
EU_MEMBERS = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)


class Stance(StrEnum):
    """What a pack says of a rendered person with a cloned voice before any single rule is looked at."""

    ALLOW_WITH_CONDITIONS = "allow_with_conditions"
    HUMAN_HOST_REQUIRED = "human_host_required"
    VENDOR_WHITELIST = "vendor_whitelist"
    FORBID_SYNTHETIC_VOICE = "forbid_synthetic_voice"
    FORBID_AI_PERSONA = "forbid_ai_persona"
    UNKNOWN = "unknown"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a rule comes from; null where unknown."""

    doc: Text
    article: Text | None = None
    url: Text | None = None
    quote: Text | None = None
    quote_en: Text | None = None

    def __str__(self) -> str:
        return self.doc if self.article is None else f"{self.doc}, {self.article}"


class Rule(Strict):
    """One rule. `id` is unique over all packs."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Za-z0-9.-]*$")]
    subject: Text
    summary: Text
    severity: Severity
    status: Literal["in_force", "draft", "unverified", "repealed"]
    effective_from: date | None = None
    effective_to: date | None = None
    verify: Literal["auto", "evidence", "remind"]
    confidence: Literal["A", "B", "C", "D"]
    binds: Annotated[tuple[str, ...], Field(min_length=1)]
    source: Source
    params: AnyParams
    params_without_source: tuple[str, ...] = ()
    note: Text | None = None
    last_checked: date | None = None
    review_after_days: Annotated[int | None, Field(ge=1)] = None
    checked_by: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Rule":
        if self.confidence == "D" and self.status == "in_force":
            raise ValueError("confidence D means no source: such a rule may not be in_force")
        if self.confidence == "D" and self.severity in (Severity.BLOCK, Severity.PAUSE):
            raise ValueError("confidence D means no source: such a rule may not block or pause")
        if self.effective_from and self.effective_to and self.effective_from > self.effective_to:
            raise ValueError("effective_to lies before effective_from")
        unknown = [f for f in self.params_without_source if f not in type(self.params).model_fields]
        if unknown:
            raise ValueError(f"params_without_source names {', '.join(unknown)}, which {self.kind} has not")
        return self

    @property
    def kind(self) -> str:
        return self.params.kind

    def effective(self, at: date) -> bool:
        """Whether the rule is applied on that day. Drafts are (they warn); what is repealed is not."""
        if self.status == "repealed":
            return False
        if self.effective_from is not None and at < self.effective_from:
            return False
        return self.effective_to is None or at <= self.effective_to

    @property
    def weight(self) -> Severity:
        """The severity that counts: a draft never does more than warn."""
        if self.status == "draft" and self.severity in (Severity.BLOCK, Severity.PAUSE):
            return Severity.WARN
        return self.severity

    @property
    def binding(self) -> bool:
        """Whether a breach can stop a show."""
        return self.weight in (Severity.BLOCK, Severity.PAUSE)


class Scope(Strict):
    """`jurisdictions`: where viewers are (law pack), or the market of shop or account (platform pack)."""

    jurisdictions: Annotated[tuple[str, ...], Field(min_length=1)]
    platforms: Annotated[tuple[str, ...], Field(min_length=1)]
    live: bool
    commerce: bool

    @model_validator(mode="after")
    def _codes(self) -> "Scope":
        for code in self.jurisdictions:
            if not JURISDICTION.fullmatch(code):
                raise ValueError(
                    f"{code!r} is no jurisdiction: write an ISO 3166 code such as US or US-NY, EU, or '*'"
                )
        for name in self.platforms:
            if not re.fullmatch(r"\*|[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} is no platform name: lower-case letters, digits and _, or '*'")
        return self


class Pack(Strict):
    """The rules of one platform or jurisdiction, dated. Law packs have platforms ['*']."""

    pack: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{2}\.\d{2}(\.\d+)?$")]
    scope: Scope
    stance: Stance
    extends: tuple[str, ...] = ()
    last_checked: date | None = None
    review_after_days: Annotated[int | None, Field(ge=1)] = None
    checked_by: Text | None = None
    note: Text | None = None
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> "Pack":
        if not self.rules and self.stance is not Stance.UNKNOWN:
            raise ValueError(
                "a pack without rules would let everything pass; only stance unknown may be empty"
            )
        return self

    @property
    def name(self) -> str:
        return self.pack

    @property
    def is_law(self) -> bool:
        return self.scope.platforms == ("*",)

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical content: what a stored decision names besides the version."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()

    def review_due(self) -> date | None:
        """The day after which the sources want another look; None = never checked, or no period set."""
        if self.last_checked is None or self.review_after_days is None:
            return None
        return self.last_checked + timedelta(days=self.review_after_days)

    def stale(self, at: date) -> bool:
        due = self.review_due()
        return due is not None and at > due


@dataclass(frozen=True)
class PackSet:
    """All packs that were loaded. Names of packs and ids of rules are unique. `own`: those of the shop, which
    add rules to the shipped ones and can never take one away.
    """

    packs: tuple[Pack, ...]
    files: Mapping[str, Path]
    own: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Pack]:
        return iter(self.packs)

    def __getitem__(self, name: str) -> Pack:
        for pack in self.packs:
            if pack.name == name:
                return pack
        raise SetupError(f"There is no policy pack named {name!r}.", remedy="See: castmate packs list")

    def platforms(self) -> tuple[str, ...]:
        return tuple(sorted({p for pack in self.packs for p in pack.scope.platforms if p != "*"}))

    def markets(self, platform: str) -> tuple[str, ...]:
        """The markets for which rules of the platform are known; ("*",) where it has one world."""
        own = (p for p in self.packs if platform in p.scope.platforms)
        return tuple(sorted({j for p in own for j in p.scope.jurisdictions}))

    def rules_of(self, pack: Pack) -> tuple[Rule, ...]:
        """The pack's own rules and those of the packs it extends, each once."""
        seen: dict[str, Rule] = {}
        stack, done = [pack.name], set[str]()
        while stack:
            current = self[stack.pop()]
            if current.name in done:
                continue
            done.add(current.name)
            seen.update((rule.id, rule) for rule in current.rules)
            stack.extend(current.extends)
        return tuple(seen.values())


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML in which a key given twice is an error: the second would silently hide the first."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in values:
            what = (
                f"the field {key!r} is given twice" if isinstance(key, str) else f"{key!r} is no field name"
            )
            raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark)
        values[key] = loader.construct_object(value_node, deep=True)
    return values


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_packs(folders: Sequence[Path] | None = None, own: Path | None = None) -> PackSet:
    """Read every `*.yaml` and `*/policy.yaml` of these folders (None: those that Castmate ships), and of the
    shop's `own` folder beside them, which may be empty or absent.

    Raises SetupError that lists every problem: unreadable file, unknown field, kind or condition, an id or a
    pack name that repeats, an empty pack, a pack extended that does not exist.
    """
    where = [SHIPPED_LAW, SHIPPED_PLATFORMS] if folders is None else list(folders)
    files = [f for folder in where for f in sorted([*folder.glob("*.yaml"), *folder.glob("*/policy.yaml")])]
    if own is not None:
        files += sorted(own.glob("*.yaml"))
    problems = [
        Problem(str(folder), None, None, None, "no policy pack lies here", "Name a folder that holds packs.")
        for folder in where
        if not any(f.is_relative_to(folder) for f in files)
    ]
    packs: list[Pack] = []
    origin: dict[str, Path] = {}
    for file in files:
        found, wrong = _read(file)
        problems += wrong
        for pack in found:
            if pack.name in origin:
                text = f"the pack name {pack.name} is taken by {origin[pack.name]}"
                problems.append(Problem(str(file), None, pack.name, None, text, "Rename one of the two."))
                continue
            origin[pack.name] = file
            packs.append(pack)
    problems += _across(packs, origin)
    if problems:
        lines = "\n".join(f"- {p}" for p in problems)
        raise SetupError(
            f"The policy packs cannot be used:\n{lines}", remedy="Until they load, nothing may go live."
        )
    mine = frozenset(name for name, f in origin.items() if own is not None and f.is_relative_to(own))
    return PackSet(tuple(packs), origin, mine)


def _read(file: Path) -> tuple[list[Pack], list[Problem]]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        what = getattr(error, "problem", None) or str(error)
        return [], [Problem(str(file), row, None, None, f"cannot be read as YAML: {what}", "Mend the line.")]
    if not isinstance(raw, list) or not raw:
        what = "a pack file is a list of packs; each begins with '- pack: name'"
        return [], [Problem(str(file), None, None, None, what, "Write at least one pack.")]
    packs: list[Pack] = []
    problems: list[Problem] = []
    for entry in raw:
        try:
            packs.append(Pack.model_validate(entry))
        except ValidationError as error:
            problems += [_problem(file, entry, dict(detail)) for detail in error.errors()]
    return packs, problems


def _problem(file: Path, entry: object, detail: Mapping[str, Any]) -> Problem:
    """Turn one pydantic error into where (pack, rule, field) and what, in plain words."""
    loc = [str(part) for part in detail["loc"]]
    pack = (
        entry.get("pack", "a pack without a name") if isinstance(entry, dict) else "an entry that is no pack"
    )
    where = f"pack {pack}"
    if loc[:1] == ["rules"] and len(loc) > 1 and isinstance(entry, dict):
        rule = entry["rules"][int(loc[1])]
        where += f", rule {rule.get('id', loc[1]) if isinstance(rule, dict) else loc[1]}"
        loc = loc[2:]
    if loc:
        where += f", {'.'.join(loc)}"
    remedy = "See bot/compliance/kinds.py and packs.py for the fields."
    if detail["type"] == "extra_forbidden":
        return Problem(str(file), None, where, None, "this field is not known", remedy)
    value = detail.get("input")
    if isinstance(value, bool) and detail["type"] == "string_type":
        remedy = "Quote it: YAML reads NO, no, on and yes as true or false."
    shown = None if isinstance(value, dict | list) else str(value)[:80]
    return Problem(str(file), None, where, shown, str(detail["msg"]).removeprefix("Value error, "), remedy)


def _across(packs: Sequence[Pack], origin: Mapping[str, Path]) -> list[Problem]:
    """What shows only when all packs lie side by side: ids that repeat, packs extended that are missing."""
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for pack in packs:
        file = str(origin[pack.name])
        for rule in pack.rules:
            if rule.id in first:
                text = f"the rule id {rule.id} is taken by pack {first[rule.id]}"
                problems.append(
                    Problem(file, None, f"pack {pack.name}", None, text, "Give it an id of its own.")
                )
            first.setdefault(rule.id, pack.name)
        for name in pack.extends:
            if name not in origin:
                text = f"extends {name}, which is no pack"
                problems.append(
                    Problem(file, None, f"pack {pack.name}", None, text, "Add the pack or drop it.")
                )
    return problems
