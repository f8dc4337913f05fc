"""Content Credentials (C2PA) of files: a signed manifest inside an MP4 that says how it was made.

A live stream cannot carry one (FLV is refused); a recording's segments, rehearsal films and exports do. Sign
last: any remux loses the manifest. The AIGC record of the file stays.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.compliance.certificate import Credential
from products.errors import ContentError, SetupError

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # real footage or photographs, and what AI made
ALL_AI = "trainedAlgorithmicMedia"
RECORDING = "castmate.recording"  # our own assertion: which show, which part of it, which segments
UNTRUSTED = "signingCredential.untrusted"  # the one finding that a shop's own certificate always brings
SIGNED = frozenset({".mp4", ".mov", ".m4a"})


def source_type(asked: str | None, *, captured: bool) -> str:
    """The IPTC digital source type. `asked`: what the packs name; `captured`: anything real is in the picture
    (footage of a person, photographs of products, a human co-host).
    """
    return asked or (COMPOSITE if captured else ALL_AI)


@dataclass(frozen=True, slots=True)
class Made:
    """What a manifest says. `source`: IPTC term; `facts`: of the recording, JSON values."""

    title: str
    source: str
    facts: Mapping[str, Any]

    def manifest(self, when: datetime) -> dict[str, Any]:
        agent = {"name": "Castmate", "version": version("castmate")}
        created = {
            "action": "c2pa.created",
            "when": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "digitalSourceType": IPTC + self.source,
            "softwareAgent": agent,
        }
        return {
            "claim_generator_info": [agent],
            "title": self.title,
            "format": "video/mp4",
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
                {"label": RECORDING, "data": dict(self.facts)},
            ],
        }


class Signer:
    """Signs files in place with one credential. `now` is the time that the manifest names.

    timestamps  address of an RFC 3161 time-stamping authority; None: none, nothing leaves this machine
    """

    def __init__(self, credential: Credential, timestamps: str | None = None) -> None:
        self.credential, self._timestamps = credential, timestamps

    def sign(self, path: Path, made: Made, now: datetime) -> None:
        """Whole or not at all. Raises ContentError for a file that cannot carry a manifest, SetupError when
        signing fails, OSError when the disk does.
        """
        import c2pa  # 50 MB of native code: only where something is signed

        if path.suffix.lower() not in SIGNED:
            raise ContentError(
                f"{path.name} cannot carry Content Credentials.", remedy="Choose a name that ends in .mp4."
            )
        made_by = self.credential
        info = c2pa.C2paSignerInfo(
            made_by.algorithm, made_by.chain.encode(), made_by.key.encode(), self._timestamps
        )
        fresh = path.with_name(f".{path.stem}.signing{path.suffix}")
        fresh.unlink(missing_ok=True)
        try:
            with c2pa.Signer.from_info(info) as signer, c2pa.Builder(made.manifest(now)) as builder:
                builder.sign_file(path, fresh, signer)
            with fresh.open("rb+") as file:
                os.fsync(file.fileno())
            fresh.replace(path)
        except c2pa.C2paError as error:
            raise SetupError(
                f"{path.name} could not be signed: {error}.",
                remedy="Check the C2PA certificate and its key (castmate doctor).",
            ) from None
        finally:
            fresh.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a file's manifest says, as read back. `sound`: nothing was changed and the signature is good;
    `trusted`: the signer is on the trust list that was asked (a shop's own never is). `why`: failure codes.
    """

    sound: bool
    trusted: bool
    signer: str
    source: str
    facts: Mapping[str, Any]
    why: tuple[str, ...]


def read_credentials(path: Path) -> Credentials | None:
    """None where the file carries no manifest. Raises ContentError for a file that cannot be read."""
    import c2pa

    try:
        with c2pa.Reader(path) as reader:
            told: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except (c2pa.C2paError, OSError) as error:
        raise ContentError(f"{path.name} cannot be read for Content Credentials: {error}.") from None
    manifest = told["manifests"][told["active_manifest"]]
    assertions = {a["label"]: a["data"] for a in manifest.get("assertions", ())}
    actions: Sequence[Mapping[str, Any]] = next(
        (d["actions"] for k, d in assertions.items() if k.startswith("c2pa.actions")), []
    )
    source = str(next((a["digitalSourceType"] for a in actions if "digitalSourceType" in a), ""))
    failures = _failures(told)
    return Credentials(
        sound=not [code for code in failures if code != UNTRUSTED],
        trusted=UNTRUSTED not in failures,
        signer=str(manifest.get("signature_info", {}).get("issuer", "")),
        source=source.removeprefix(IPTC),
        facts=assertions.get(RECORDING, {}),
        why=failures,
    )


def _failures(told: Mapping[str, Any]) -> tuple[str, ...]:
    results: Mapping[str, Any] = told.get("validation_results", {}).get("activeManifest", {})
    found: Sequence[Mapping[str, Any]] = results.get("failure", told.get("validation_status", ()))
    return tuple(dict.fromkeys(str(item["code"]) for item in found))
