"""A rehearsal's report as the page shows it. Pure; reads what bot/rehearsal.py wrote, trusts none of it."""

from collections.abc import Mapping
from typing import Any

LOUD, QUIET = -13.0, -19.0  # LUFS: speech is at -16

Report = Mapping[str, Any]


def report_view(report: Report, titles: Mapping[str, str]) -> dict[str, Any]:
    """`titles`: of products, by handle."""
    return {
        "measures": _measures(report),
        "lines": [_line(line) for line in _dicts(report.get("lines"))],
        "cut": [_line(line) for line in _dicts(report.get("cut"))],
        "refused": [
            {"text": str(r.get("text", "")), "findings": _findings(r)} for r in _dicts(report.get("refused"))
        ],
        "failed": [
            {"text": str(f.get("text", "")), "reason": str(f.get("reason", ""))}
            for f in _dicts(report.get("failed"))
        ],
        "products": [
            titles.get(str(handle), str(handle)) for handle in report.get("products") or () if handle
        ],
    }


def clock(seconds: float) -> str:
    """ "2:05" of 125.3."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def _measures(report: Report) -> list[dict[str, Any]]:
    """What was measured, each with whether it wants a look. Keys are words of the page."""
    figures = report.get("figures")
    found = figures if isinstance(figures, dict) else {}
    coverage, loudness = _number(found.get("label_coverage")), _number(found.get("loudness_lufs"))
    refused = len(_dicts(report.get("refused")))
    stopped = len(_dicts(report.get("failed"))) + len(_dicts(report.get("cut")))
    return [
        {"key": "reh_length", "value": clock(_number(found.get("seconds"))), "bad": False},
        {"key": "reh_lines", "value": str(len(_dicts(report.get("lines")))), "bad": False},
        {"key": "reh_products", "value": str(len(report.get("products") or ())), "bad": False},
        {"key": "reh_refused", "value": str(refused), "bad": False},
        {"key": "reh_stopped", "value": str(stopped), "bad": stopped > 0},
        {"key": "reh_label", "value": f"{coverage:.0%}", "bad": coverage < 1},
        {"key": "reh_loudness", "value": f"{loudness:.1f} LUFS", "bad": not QUIET <= loudness <= LOUD},
        {"key": "reh_speed", "value": f"{_number(found.get('speed')):.1f} ×", "bad": False},
    ]


def _line(line: Report) -> dict[str, Any]:
    begins = line.get("from_s")
    return {
        "text": str(line.get("text", "")),
        "language": str(line.get("language", "")),
        "kind": str(line.get("kind", "")),
        "from_s": _number(begins) if isinstance(begins, int | float) else None,
        "to_s": _number(line.get("to_s")),
        "clock": clock(_number(begins)),
        "writer": str(line.get("writer", "")),
        "pieces": _pieces(line),
        "facts": len(line.get("facts") or ()),
        "findings": _findings(line),
    }


def _pieces(line: Report) -> list[dict[str, str]]:
    """The sentence cut where a fact carries it."""
    text, at, found = str(line.get("text", "")), 0, []
    spans = sorted(
        (s["start"], s["end"], str(s["fact"]))
        for s in _dicts(line.get("statements"))
        if s.get("fact") and isinstance(s.get("start"), int) and isinstance(s.get("end"), int)
    )
    for start, end, fact in spans:
        if not at <= start < end <= len(text):
            continue
        found += [{"text": text[at:start], "fact": ""}, {"text": text[start:end], "fact": fact}]
        at = end
    return [piece for piece in (*found, {"text": text[at:], "fact": ""}) if piece["text"]]


def _findings(of: Report) -> list[dict[str, str]]:
    return [
        {name: str(f.get(name, "")) for name in ("rule", "severity", "message")}
        for f in _dicts(of.get("findings"))
    ]


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
