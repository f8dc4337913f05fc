"""Which fields of a ledger's entries are about a person, and how they are sealed and opened again.

A sealed value stands as {"of": ALIAS, "sealed": TEXT} where the plain one would be: AES-256-GCM under the
person's key of that show, with kind and field bound in, so that a value cannot be put elsewhere.
"""

import base64
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import JsonValue

from bot.compliance.ledger_file import Recorded
from bot.compliance.persons import PersonKeys


@dataclass(frozen=True, slots=True)
class Personal:
    """`person`: the field that says whom an entry is about; `prefix`: of what world its names are; `fields`:
    what is sealed.
    """

    person: str
    prefix: str
    fields: tuple[str, ...]


VIEWER = Personal("viewer", "", ("viewer", "text"))
COHOST = Personal("name", "cohost/", ("name", "account"))
# "cohost." stands for all kinds that begin so; entries of other kinds hold nothing about a viewer or co-host
TABLE: Mapping[str, Personal] = {
    "chat.in": VIEWER,
    "chat.handed_over": VIEWER,
    "chat.not_passed_on": VIEWER,
    "cohost.": COHOST,
    "human.said": Personal("name", "cohost/", ("name",)),  # what is said on the air is public
}
ERASED = "(erased)"


def personal(kind: str) -> Personal | None:
    """What of an entry of this kind is about a person; None: nothing."""
    return TABLE.get(kind) or TABLE.get(kind.partition(".")[0] + ".")


def seal(keys: PersonKeys, show: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The same data with its personal fields sealed. `show`: one run of it, its folder's name.

    Raises SetupError: the store of keys cannot be used.
    """
    about = personal(kind)
    fields = [] if about is None else [f for f in about.fields if data.get(f)]
    if about is None or not fields:
        return data
    # who said it is not always known: then the words have a key of their own, erased with the show's
    who = str(data.get(about.person) or f"unknown/{secrets.token_hex(8)}")
    alias, key = keys.key(about.prefix + who, show)
    out = dict(data)
    for field in fields:
        nonce = secrets.token_bytes(12)
        plain = json.dumps(data[field], ensure_ascii=True).encode()
        hidden = AESGCM(key).encrypt(nonce, plain, _bound(kind, field, alias))
        out[field] = {"of": alias, "sealed": base64.b64encode(nonce + hidden).decode()}
    return out


def opened(keys: PersonKeys | None, kind: str, data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The data with every field opened whose key is there; others read "(erased)"."""
    return {field: _open(keys, kind, field, value) for field, value in data.items()}


def opened_entries(entries: Iterable[Recorded], keys: PersonKeys | None) -> Iterator[Recorded]:
    """The entries of a ledger for people to read; `hash` stays that of the sealed one."""
    for recorded in entries:
        entry = recorded.entry
        data = opened(keys, entry.kind, entry.data)
        yield replace(recorded, entry=entry.model_copy(update={"data": data}))


def _open(keys: PersonKeys | None, kind: str, field: str, value: JsonValue) -> JsonValue:
    if not (isinstance(value, dict) and value.keys() == {"of", "sealed"}):
        return value
    alias, hidden = str(value["of"]), str(value["sealed"])
    key = None if keys is None else keys.opening(alias)
    if key is None:
        return ERASED
    try:
        raw = base64.b64decode(hidden, validate=True)
        plain: JsonValue = json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], _bound(kind, field, alias)))
    except (InvalidTag, ValueError):
        return "(does not open: it was changed)"
    return plain


def _bound(kind: str, field: str, alias: str) -> bytes:
    return "\0".join(("castmate personal 1", kind, field, alias)).encode()
