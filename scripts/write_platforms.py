"""Writes docs/platforms.md: what each connector can do, against what that was proven, and what only a live
account can tell. Drawn from the registry of connectors and tests/rigs/proofs.yaml.

    python scripts/write_platforms.py
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from connectors.base import Cap
from connectors.registry import Entry, listing

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "tests" / "rigs" / "proofs.yaml"
PAGE = ROOT / "docs" / "platforms.md"
NAMES = {
    Cap.EGRESS: "stream",
    Cap.CHAT_IN: "read the chat",
    Cap.CHAT_OUT: "answer in the chat",
    Cap.PIN: "pin products",
    Cap.DISCLOSE: "AI flag",
    Cap.METRICS: "figures",
    Cap.ORDERS: "orders",
}
HEAD = """# Platforms

What Castmate can do on each platform, what that was proven against, and what only a live account can tell.
`make docs` draws this page from the code; a test holds that nothing here claims more than a test shows. No
platform was tried with a live account yet.

```console
$ castmate connectors list
$ castmate connectors check
```

An account is logged in once with `castmate connectors login NAME --account WORD`; its secrets are sealed on
this machine. A show goes there with `castmate air SHOW --to NAME:WORD`, or with `channels: [room,
"NAME:WORD"]` in the show's file. On several platforms at once the rules of all hold, the strictest first.

Every connector runs through one contract (`tests/contract/test_connectors.py`). Chat that was lost is told as
a gap in the ledger; a chat that is connected and hears nothing is noticed within a minute. `make prove`
airs a show to YouTube, Twitch, Bilibili and a plain server at once, one of which fails and comes back
([test_air_everywhere](../tests/e2e/test_air_everywhere.py)), and one to a seller console
([test_air_console](../tests/e2e/test_air_console.py)).

No OpenAPI description by any of these platforms was found, so nothing is mocked from one; the YouTube of the
tests is held against Google's discovery document, field by field.
"""


def proofs() -> dict[str, Any]:
    """By connector: `against`, `rows` by capability with `by` and `live`, `not` with reasons."""
    read: dict[str, Any] = yaml.safe_load(PROOFS.read_text("utf-8"))
    return read


def page() -> str:
    known = proofs()
    parts = [HEAD]
    entries = [e for e in listing().entries.values() if e.ours]
    for entry in sorted(entries, key=lambda e: (e.make is not None, e.name)):
        parts.append("\n".join(_section(entry, known.get(entry.name, {}))))
    return "\n".join((*parts, _not_built())).rstrip() + "\n"


def _not_built() -> str:
    """Platforms whose rules are known and that have no connector."""
    folders = sorted(path.parent for path in (ROOT / "connectors").glob("*/policy.yaml"))
    names = ", ".join(f"`{folder.name}`" for folder in folders if not (folder / "entry.py").exists())
    return (
        f"## Not built\n\nRules are known, and there is no connector yet, for\n{names}.\n\n"
        "A show goes there by a typed address where the rules allow it; chat, answers and pins are done by\n"
        "hand on the platform's own page.\n"
    )


def _section(entry: Entry, known: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {entry.title}\n"
    yield f"`{entry.address or entry.name + ':ACCOUNT'}`; rules: `{entry.policy}`. {_limits(entry)}\n"
    yield f"Tried against {known.get('against', 'nothing that is listed')}.\n"
    yield "| capability | built | shown by | only a live account can tell |\n|---|---|---|---|"
    rows, lacks = known.get("rows", {}), known.get("not", {})
    for cap in Cap:
        if cap in entry.caps:
            row = rows.get(cap.value, {})
            yield f"| {NAMES[cap]} | yes | {_test(row.get('by', ''))} | {row.get('live', 'everything')} |"
        elif cap.value in lacks:
            yield f"| {NAMES[cap]} | no: {lacks[cap.value]} | | |"
    yield ""
    if entry.manual:
        yield "By hand:\n"
        yield from (f"- {step}" for step in entry.manual)
        yield ""


def _test(name: str) -> str:
    path, _, test = name.partition("::")
    return f"[{test or Path(path).stem}](../{path})" if path else "nothing"


def _limits(entry: Entry) -> str:
    """What is known of what it takes."""
    limits, chat = entry.ingest, entry.chat
    said = [
        f"picture at most {limits.max_video_kbps} kb/s" if limits.max_video_kbps else "",
        f"sound at most {limits.max_audio_kbps} kb/s" if limits.max_audio_kbps else "",
        f"at most {limits.max_stream_s // 3600} hours" if limits.max_stream_s else "",
        f"a gap of {limits.gap_closes_s:.0f} s ends it" if limits.gap_closes_s else "",
        "a key for one use" if limits.single_use_key else "",
        f"messages of at most {chat.max_chars} characters" if chat.max_chars else "",
        f"{chat.messages} messages in {chat.per_s:.0f} s" if chat.messages else "",
    ]
    known = [words for words in said if words]
    return ("Limits: " + ", ".join(known) + ".") if known else "No limits are known."


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
