"""The bill of materials names every locked package, as CycloneDX 1.6 wants it."""

import importlib.util
import json
import re
import uuid
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
PIN = "one==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n"


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_locked_package_is_in_it_once(sbom: ModuleType) -> None:
    made = sbom.bill(LOCK, "0.1.0")
    named = {c["name"]: c["version"] for c in made["components"]}
    pinned = re.findall(r"^([a-zA-Z0-9][\w.-]*)(?:\[.*\])?==(\S+)", LOCK, re.MULTILINE)
    assert named == {re.sub(r"[-_.]+", "-", n).lower(): v for n, v in pinned} and len(named) > 50
    assert len(named) == len(made["components"])


def test_it_has_what_the_format_asks_for(sbom: ModuleType, tmp_path: Path) -> None:
    """The fields that bom-1.6.schema.json requires, its patterns of the serial number and of hashes."""
    sbom.main(tmp_path / "x.json")
    made = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert uuid.UUID(made["serialNumber"].removeprefix("urn:uuid:"))
    references = [c["bom-ref"] for c in made["components"]]
    assert len(set(references)) == len(references)
    for component in made["components"]:
        assert component["type"] == "library" and component["name"]
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        told = [h["content"] for h in component.get("hashes", ())]
        told += [p["value"] for p in component.get("properties", ())]
        assert told and all(re.fullmatch("[0-9a-f]{64}", h) for h in told)
    licensed = [c for c in made["components"] if "licenses" in c]
    assert len(licensed) > len(made["components"]) / 2


def test_the_same_lock_gives_the_same_bill(sbom: ModuleType) -> None:
    assert sbom.bill(LOCK, "0.1.0") == sbom.bill(LOCK, "0.1.0")
    assert sbom.bill(PIN, "0.1.0")["serialNumber"] != sbom.bill(LOCK, "0.1.0")["serialNumber"]


@pytest.mark.parametrize("line", ["-e .", "other @ https://example.org/x.whl", "loose>=1"])
def test_what_is_not_pinned_by_hash_is_refused(sbom: ModuleType, line: str) -> None:
    with pytest.raises(ValueError, match=r"base.txt:\d"):
        sbom.locked(PIN + line)
    with pytest.raises(ValueError, match="no hash for two"):
        sbom.locked(PIN + "two==1.0\n")
