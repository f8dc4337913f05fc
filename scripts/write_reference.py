"""Writes docs/settings.md and docs/commands.md from the code: the fields of Settings, and the command
line's own help.

    python scripts/write_reference.py
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.cli import app
from bot.settings import Settings

DOCS = Path(__file__).resolve().parents[1] / "docs"
PREFIX = str(Settings.model_config.get("env_prefix", ""))

SETTINGS_HEAD = """# Settings

Every setting has a default that works. To change one, set its variable before the command, or in the
service's environment; a command's own option wins over it. This page is written from the code by `make docs`.

```console
$ CASTMATE_VIDEO_KBPS=1800 castmate doctor
```

Secrets may lie in a file (`CASTMATE_LLM_KEY_FILE`) or in the keyring (`CASTMATE_LLM_KEY_KEYRING`) instead:
[security](security.md).

| variable | default | what it sets |
|---|---|---|
"""

COMMANDS_HEAD = """# Commands

The same words as `castmate --help` and `castmate COMMAND --help` give; `make docs` writes them here.
Exit codes: 0 done; 2 something that you can mend (the message says how); 1 a fault of ours or of a service
outside.
"""


def settings_page() -> str:
    rows = (
        f"| `{PREFIX}{name.upper()}` | {_default(name, field)} | {_cell(field.description)} |"
        for name, field in Settings.model_fields.items()
    )
    return SETTINGS_HEAD + "\n".join(rows) + "\n"


def _default(name: str, field: FieldInfo) -> str:
    if name == "data":
        return "`~/.local/share/castmate`"
    if name == "cache":
        return "`~/.cache/castmate`"
    value = field.default
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    return "none" if shown in (None, "") else f"`{shown}`"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def commands_page() -> str:
    parts = [COMMANDS_HEAD]
    for path, command in commands():
        parts.append("\n".join(_section(path, command)))
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name, e.g. `castmate packs check`."""
    yield from _walk(typer.main.get_command(app), "castmate")


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _walk(child, f"{path} {name}")


def _section(path: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    context = command.make_context(path, [], resilient_parsing=True)
    names = "".join(f" {p.name.upper()}" if p.required else f" [{p.name.upper()}]" for p in arguments)
    yield f"## {path}{names}\n"
    yield _paragraphs(command.help) + "\n"
    if arguments or options:
        yield "| option | takes | what it does |\n|---|---|---|"
        for p in arguments:
            yield f"| `{p.name.upper()}` | {_kind(p, context)} | {_cell(p.help)} |"
        for p in options:
            flags = ", ".join(f"`{o}`" for o in [*p.opts, *p.secondary_opts])
            yield f"| {flags} | {_kind(p, context)} | {_cell(p.help)} {_extra(p)}|"
        yield ""


def _paragraphs(text: str | None) -> str:
    """Help without the line breaks inside its paragraphs."""
    return "\n\n".join(" ".join(p.split()) for p in inspect.cleandoc(text or "").split("\n\n"))


def _kind(parameter: Any, context: Any) -> str:
    """What is to be written there, e.g. 'path'; nothing for a switch."""
    shown = str(parameter.display_type(context)).strip("<>").removeprefix("list[").removesuffix("]")
    return {"str": "words", "int": "whole number", "float": "number", "bool": ""}.get(shown, shown)


def _extra(parameter: Any) -> str:
    if parameter.required:
        return "Needed. "
    default = parameter.default
    if isinstance(default, Path) and default.is_absolute():
        return ""
    if default in (None, False, "", (), []) or callable(default) or getattr(parameter, "is_flag", False):
        return ""
    return f"Default: `{default}`. "


def main() -> None:
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
    (DOCS / "commands.md").write_text(commands_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
