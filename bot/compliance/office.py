"""The compliance office of a shop: a folder with its staff's keys, its own packs, and the papers they signed.

    keys/NAME.pem, NAME.pem.pub   Ed25519; the private half sealed with its owner's passphrase
    packs/*.yaml                  rules that the shop adds to the shipped ones
    confirmations/*.json          how a platform that is known in part was opened
    waivers/*.json                from which rule the shop is excused, by whom, why, until when
    proofs/*.json                 evidence: a registration, a declaration; with its document

Every paper that is added is an entry of the office's own ledger (ledger.jsonl). An operator who has no key
can add none that counts.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from bot.compliance.confirmation import Confirmation
from bot.compliance.keys import read_public_key
from bot.compliance.packs import PackSet, load_packs
from bot.compliance.signed import SignedPaper
from bot.compliance.waiver import Waiver
from products.errors import Problem, SetupError

P = TypeVar("P", bound=SignedPaper)
NAME = re.compile(r"[^\W_][\w ._'’(),&·-]{0,60}")  # of any script, never a path


class Proof(SignedPaper):
    """Evidence that a person supplied. `artefact`: as the rule names it; `file`, `sha256`: the document kept
    beside it; `until`: its last valid day, None = without end.
    """

    CONTEXT: ClassVar[bytes] = b"castmate proof 1\n"
    artefact: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=2)]
    at: date
    until: date | None = None
    file: str = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    note: str = ""


@dataclass(frozen=True)
class Office:
    """What compliance staff have laid down, read once. Papers are kept whether they count or not."""

    packs: PackSet
    keys: tuple[Ed25519PublicKey, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    proofs: tuple[Proof, ...] = ()

    def evidence(self) -> Mapping[str, date | None]:
        """Artefact -> its last valid day, of the proofs whose signature holds; the longest one counts."""
        known: dict[str, date | None] = {}
        for proof in self.proofs:
            if proof.signed_by(self.keys):
                before = known.get(proof.artefact, proof.until)
                known[proof.artefact] = None if None in (before, proof.until) else max(before, proof.until)  # type: ignore[type-var]
        return known


def open_office(folder: Path) -> Office:
    """Reads the folder; one that does not exist is an office without papers.

    Raises SetupError that lists every paper that cannot be read: what compliance staff laid down is never
    skipped in silence.
    """
    problems: list[Problem] = []
    keys = tuple(read_public_key(path) for path in sorted((folder / "keys").glob("*.pub")))
    confirmations = _papers(folder / "confirmations", Confirmation, problems)
    waivers = _papers(folder / "waivers", Waiver, problems)
    proofs = _papers(folder / "proofs", Proof, problems)
    problems += _changed_documents(folder, proofs)
    if problems:
        lines = "\n".join(f"- {p}" for p in problems)
        raise SetupError(
            f"Papers of the compliance office cannot be used:\n{lines}",
            remedy="Mend or remove each file named.",
        )
    return Office(load_packs(own=folder / "packs"), keys, confirmations, waivers, proofs)


def _papers(folder: Path, kind: type[P], problems: list[Problem]) -> tuple[P, ...]:
    papers: list[P] = []
    for path in sorted(folder.glob("*.json")):
        try:
            papers.append(kind.model_validate_json(path.read_bytes()))
        except ValidationError as error:
            for detail in error.errors():
                field = ".".join(str(part) for part in detail["loc"]) or None
                what = str(detail["msg"]).removeprefix("Value error, ")
                problems.append(Problem(str(path), None, field, None, what, "Write the paper anew."))
        except OSError as error:
            what = error.strerror or "it cannot be read"
            problems.append(Problem(str(path), None, None, None, what, "Mend its rights."))
    return tuple(papers)


def _changed_documents(folder: Path, proofs: Sequence[Proof]) -> list[Problem]:
    """A document that is gone, or is not the one that was signed for."""
    problems = []
    for proof in proofs:
        if not proof.file:
            continue
        path = folder / "proofs" / proof.file
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        if found != proof.sha256:
            what = f"the document of {proof.artefact} " + ("is gone" if found is None else "was changed")
            problems.append(Problem(str(path), None, None, None, what, "Put the signed document back."))
    return problems


def key_file(folder: Path, name: str) -> Path:
    """Where a member of staff's private key lies or would lie. Raises SetupError: the name cannot be one."""
    if not NAME.fullmatch(name):
        raise SetupError(
            f"{name!r} cannot be a key's name.", remedy="Write a person's name in plain letters."
        )
    return folder / "keys" / f"{name}.pem"


def make_key(folder: Path, name: str, passphrase: str) -> Path:
    """A key pair for a member of staff; the private half sealed with the passphrase. Raises SetupError."""
    path = key_file(folder, name)
    if len(passphrase) < 10:
        raise SetupError("The passphrase is too short.", remedy="Ten characters at least.")
    if path.exists():
        raise SetupError(f"{name} has a key already: {path}.", remedy="Use it, or choose another name.")
    key = Ed25519PrivateKey.generate()
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(sealed)
    path.with_name(path.name + ".pub").write_bytes(public)
    return path


def unseal_key(folder: Path, name: str, passphrase: str) -> Ed25519PrivateKey:
    """The private key of a member of staff. Raises SetupError: no such key, or a wrong passphrase."""
    path = key_file(folder, name)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase.encode())
    except FileNotFoundError:
        raise SetupError(
            f"{name} has no compliance key.", remedy=f'castmate compliance key "{name}" makes one.'
        ) from None
    except (ValueError, TypeError):
        raise SetupError(f"The passphrase does not open {name}'s key.", remedy="Try again.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{path} holds a key of another kind.", remedy="It must be Ed25519.")
    return key


def keep(folder: Path, paper: SignedPaper, name: str) -> Path:
    """Writes a paper into its folder under a name that is free. Returns where it lies."""
    places = {Confirmation: "confirmations", Waiver: "waivers", Proof: "proofs"}
    place = folder / places[type(paper)]
    place.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    path, number = place / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = place / f"{stem}-{number}.json"
    path.write_text(json.dumps(paper.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n")
    return path
