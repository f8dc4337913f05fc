"""What a plug-in declares: a file beside its code, read without running any of it.

A package that brings the connector or engine NAME has `NAME.castmate.toml` in its top folder:

    title = "Sample platform"
    hosts = ["api.sample.example", "*.chat.sample.example:8443"]   # no more than these, through our proxy
    folder = true                                                  # a folder of its own that it may write
    memory_mb = 512

    [connector]                            # or [engine]
    caps = ["egress", "chat_in", "chat_out"]
    [[connector.fields]]                   # of its account it gets these, and none besides
    name = "token"
    question = "Key of the application"
"""

import hashlib
import ipaddress
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from products.errors import SetupError

SUFFIX = ".castmate.toml"
NAME = r"^[a-z][a-z0-9_]{0,39}$"
HTTPS = 443
_LONGEST = 64 << 10

Words = Annotated[str, Field(max_length=1000)]
Number = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldDeclared(_Strict):
    """Something of an account that a person types at the login, and that the plug-in gets."""

    name: Annotated[str, Field(pattern=NAME)]
    question: Annotated[str, Field(min_length=1, max_length=200)]
    where: Words = ""
    secret: bool = True
    needed: bool = True


class IngestDeclared(_Strict):
    """As connectors.base.IngestLimits."""

    max_video_kbps: Number | None = None
    max_audio_kbps: Number | None = None
    max_width: Number | None = None
    max_height: Number | None = None
    max_fps: Number | None = None
    max_stream_s: Number | None = None


class ChatDeclared(_Strict):
    """As connectors.base.ChatLimits."""

    max_chars: Annotated[int, Field(ge=1, le=100_000)] | None = None
    messages: Annotated[int, Field(ge=1, le=100_000)] | None = None
    per_s: Annotated[float, Field(gt=0, le=86_400)] = 30.0


class ConnectorDeclared(_Strict):
    """A connector. `platform`: whose rules hold; empty: those of its own name."""

    caps: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)]
    platform: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,39})?$")] = ""
    fields: Annotated[tuple[FieldDeclared, ...], Field(min_length=1, max_length=40)]
    ingest: IngestDeclared = IngestDeclared()
    chat: ChatDeclared = ChatDeclared()
    manual: Annotated[tuple[Words, ...], Field(max_length=20)] = ()


class EngineDeclared(_Strict):
    """An engine that speaks over a performer's clone. `weights`: whether it reads a folder of one's own."""

    about: Annotated[str, Field(min_length=1, max_length=200)]
    weights: bool = False


class Declaration(_Strict):
    """All that a plug-in may do; what it does not name, it may not."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    hosts: Annotated[tuple[str, ...], Field(max_length=40)] = ()
    folder: bool = False
    memory_mb: Annotated[int, Field(ge=64, le=8192)] = 512
    connector: ConnectorDeclared | None = None
    engine: EngineDeclared | None = None

    @field_validator("hosts")
    @classmethod
    def _known_form(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{name}:{port}" for name, port in map(host_and_port, hosts))

    def allows(self, host: str, port: int) -> bool:
        """Whether it declares that it talks to this host at this port."""
        asked = host.lower().rstrip(".")
        return any(
            port == at and (asked == name or (name[0] == "*" and asked.endswith(name[1:])))
            for name, at in map(host_and_port, self.hosts)
        )

    def names(self, host: str) -> bool:
        """Whether this very host, not one below a `*.`, stands there: the operator read it."""
        asked = host.lower().rstrip(".")
        return any(asked == name for name, _ in map(host_and_port, self.hosts))

    def powers(self) -> dict[str, Any]:
        """What the operator agrees to, as lists and flags that can be compared."""
        made = self.connector
        return {
            "hosts": sorted(self.hosts),
            "fields": sorted(f.name for f in made.fields) if made else [],
            "caps": sorted(made.caps) if made else [],
            "platform": made.platform if made else "",
            "folder": self.folder,
            "weights": bool(self.engine and self.engine.weights),
            "memory_mb": self.memory_mb,
        }


def host_and_port(text: str) -> tuple[str, int]:
    """Of "api.example", "api.example:8443", "*.example:443" or "[::1]:443". Raises ValueError."""
    name, colon, port = text.lower().rpartition(":")
    if not colon or "]" in port or (":" in name and not name.startswith("[")):
        name, port = text.lower(), str(HTTPS)
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} has no port that there is")
    name = name.rstrip(".")
    if name.startswith("["):
        ipaddress.IPv6Address(name[1:-1])
        return name, int(port)
    labels = name.removeprefix("*.").split(".")
    if name.startswith("*.") and len(labels) < 2:
        raise ValueError(f"{text!r} would be half the world")
    if not all(part and part.strip("-") == part and _plain(part) for part in labels):
        raise ValueError(f"{text!r} is no host")
    return name, int(port)


def _plain(label: str) -> bool:
    return len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()


def read_declaration(path: Path) -> Declaration:
    """Raises SetupError that names the file, the field and what is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise SetupError(
            f"It declares nothing: {path.name} is not beside its code ({error.strerror}).",
            remedy="Ask its authors for a release that does, or remove it.",
        ) from None
    try:
        if len(raw) > _LONGEST:
            raise ValueError("it is longer than 64 KiB")
        return Declaration.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(str(part) for part in detail["loc"]) or "the file"
        what = f"{where}: {str(detail['msg']).removeprefix('Value error, ')}"
    except ValueError as error:  # what is no TOML, no UTF-8
        what = str(error)
    raise SetupError(f"{path.name} cannot be read: {what}.", remedy="Its authors must mend it.")


def digest(powers: Mapping[str, Any]) -> str:
    """SHA-256 over the powers, for the ledger."""
    return hashlib.sha256(json.dumps(powers, sort_keys=True).encode()).hexdigest()


def growth(agreed: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """What `wanted` has beyond what was agreed to, in words; everything where nothing was. Pure."""
    before: Mapping[str, Any] = agreed or {}
    found = []
    for key, words in (("hosts", "talks to"), ("fields", "gets of its account"), ("caps", "acts")):
        if more := sorted(set(wanted[key]) - set(before.get(key, ()))):
            found.append(f"{words}: {', '.join(more)}")
    for key, words in (
        ("folder", "writes a folder of its own"),
        ("weights", "reads a folder of weights of yours"),
    ):
        if wanted[key] and not before.get(key):
            found.append(words)
    if wanted["memory_mb"] > before.get("memory_mb", 0):
        found.append(f"memory: up to {wanted['memory_mb']} MB")
    if agreed is not None:
        for key, words in (("platform", "under the rules of"), ("package", "comes from the package")):
            if wanted.get(key) != before.get(key):
                found.append(f"{words}: {wanted.get(key) or 'its own name'}")
    return tuple(found)
