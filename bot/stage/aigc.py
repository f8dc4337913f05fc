"""The AIGC record: the implicit label in a file's metadata (GB 45438-2025, Appendix E)."""

import json
import re
from pathlib import Path

import av

from products.errors import Bug, SetupError

KEY = "AIGC"
_MEMBERS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_VALUE = re.compile(
    r"[\x21\x23-\x5B\x5D-\x7E]+"
)  # Appendix E: printable ASCII without space, quote, backslash


def aigc_record(producer: str, produce_id: str, reserved: str = "") -> str:
    """The seven members as JSON, all strings; Label "1": it is AI-generated.

    producer     the provider's code (not a name with spaces or Chinese characters)
    produce_id   the provider's unique id of this content, e.g. the show's id
    reserved     the provider's own integrity data, e.g. a ledger hash

    At the first write the propagator is the producer (Appendix E, note 1). Raises SetupError for other
    code points.
    """
    for name, value in (("ContentProducer", producer), ("ProduceID", produce_id)):
        if not _VALUE.fullmatch(value):
            raise SetupError(
                f"The AIGC record cannot hold {name} {value!r} (GB 45438-2025, Appendix E).",
                remedy="Use a code of printable ASCII characters without space, quote or backslash.",
            )
    values = ("1", producer, produce_id, reserved, producer, produce_id, "")
    return json.dumps(dict(zip(_MEMBERS, values, strict=True)), separators=(",", ":"))


def read_aigc(path: Path) -> dict[str, str] | None:
    """The record in a file, in either form that is met ({...} or {"AIGC": {...}}); None where there is
    none."""
    with av.open(str(path)) as container:
        text = {k.upper(): v for k, v in container.metadata.items()}.get(KEY)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, dict) and isinstance(value.get(KEY), dict):
        value = value[KEY]
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None


def require_aigc(path: Path, record: str) -> None:
    """Raises Bug unless the file carries `record`: a mux that drops it has deleted a label."""
    if read_aigc(path) != json.loads(record):
        raise Bug(f"{path.name} came out without its AIGC record.", remedy="Do not publish the file.")
