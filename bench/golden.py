"""Labelled sentences of tests/golden/claims: read strictly, since a wrong label would be a wrong figure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests" / "golden" / "claims"
ROLES = frozenset(
    "price compare_at saving discount promotion stock quantity option availability spec code date deadline "
    "delivery rating sales_count ordinal origin material scarcity guarantee health safety financial "
    "environmental superlative comparative experience testimonial effect citation small_talk".split()
)
_NEEDED = {"id", "lang", "product", "text", "expect", "role", "reason"}
_MAY = {"jurisdiction", "others"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line. `true`: it may be said. `products`: the one on the table first; none for words about none."""

    id: str
    lang: str
    products: tuple[str, ...]
    text: str
    jurisdiction: str
    true: bool
    role: str
    reason: str


def read(part: str, folder: Path = FOLDER) -> tuple[Labelled, ...]:
    """All lines of `tuning` or `unseen`; empty when there are none. Raises ValueError with file and line."""
    lines: list[Labelled] = []
    seen: set[str] = set()
    for path in sorted((folder / part).glob("*.jsonl")):
        for line in _lines(path):
            if line.id in seen:
                raise ValueError(f"{path.name}: the id {line.id!r} stands twice")
            seen.add(line.id)
            lines.append(line)
    return tuple(lines)


def _lines(path: Path) -> Iterator[Labelled]:
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not text.strip():
            continue
        where = f"{path.name} line {number}"
        try:
            raw = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where}: no JSON: {error}") from error
        wrong = (_NEEDED - raw.keys()) | (raw.keys() - _NEEDED - _MAY)
        if wrong:
            raise ValueError(f"{where}: missing or unknown fields: {', '.join(sorted(wrong))}")
        if raw["expect"] not in ("cleared", "refused") or raw["role"] not in ROLES:
            raise ValueError(f"{where}: expect {raw['expect']!r}, role {raw['role']!r}")
        if raw["lang"] not in ("en", "zh"):
            raise ValueError(f"{where}: lang {raw['lang']!r}")
        products = tuple(p for p in (raw["product"], *raw.get("others", ())) if p)
        yield Labelled(
            raw["id"],
            raw["lang"],
            products,
            raw["text"],
            raw.get("jurisdiction", ""),
            raw["expect"] == "cleared",
            raw["role"],
            raw["reason"],
        )
