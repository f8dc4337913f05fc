"""Writes a bill of materials of what `make setup` installs: CycloneDX 1.6 JSON from the hash-locked list.

    python scripts/sbom.py [FILE]       default: dist/castmate.cdx.json

Offline, and the same for the same lock: no time and no random number stands in it. Names, versions, hashes
and package URLs come from requirements/base.txt; licences from the packages where they are installed.
"""

import json
import re
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "base.txt"
OUT = ROOT / "dist" / "castmate.cdx.json"
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """(name, version, SHA-256 of each file that may be installed) of a lock. Raises ValueError for a line
    that is neither a pin, a hash nor a comment, and for a pin without a hash.
    """
    found: list[tuple[str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip().rstrip("\\").strip()
        if pin := PIN.match(bare):
            found.append((re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2], []))
        elif bare and not (found and HASH.fullmatch(bare)):
            raise ValueError(f"{LOCK.name}:{number} cannot be read: {bare!r}")
        if found:
            found[-1][2].extend(HASH.findall(bare))
    if bare_pins := [name for name, _, hashes in found if not hashes]:
        raise ValueError(f"{LOCK.name}: no hash for {', '.join(bare_pins)}")
    return [(name, version, tuple(hashes)) for name, version, hashes in found]


def licence(name: str) -> str:
    """As the installed package tells it; "" where it is not installed, or tells a whole text."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    said = next(iter([*told.get_all("License-Expression", []), *told.get_all("License", [])]), "")
    if not said or "\n" in said:
        kinds = [c.split(" :: ")[-1] for c in told.get_all("Classifier", []) if c.startswith("License ::")]
        said = ", ".join(kinds)
    return str(said)


def bill(lock: str, version: str) -> dict[str, Any]:
    """The document."""
    components = []
    for name, pinned, hashes in locked(lock):
        purl = f"pkg:pypi/{name}@{pinned}"
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": pinned,
            "purl": purl,
        }
        if len(hashes) == 1:  # of several files one is installed; which, the machine decides
            component["hashes"] = [{"alg": "SHA-256", "content": hashes[0]}]
        else:
            component["properties"] = [{"name": "castmate:sha256", "value": h} for h in hashes]
        if said := licence(name):
            component["licenses"] = [{"license": {"name": said}}]
        components.append(component)
    root = f"pkg:pypi/castmate@{version}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + lock)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "castmate",
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }


def main(out: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    made = bill(LOCK.read_text(encoding="utf-8"), project["version"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(f"{out}: {len(made['components'])} packages")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)
