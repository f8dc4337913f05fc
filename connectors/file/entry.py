"""Files in the list of connectors."""

from connectors.base import Cap
from connectors.registry import Entry

ENTRY = Entry(
    name="file",
    title="File",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN}),
    address="a name ending in .mp4 or .flv",
)
