"""The local room in the list of connectors."""

from connectors.base import Cap
from connectors.registry import Entry

ENTRY = Entry(
    name="room",
    title="Live room on this machine",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.PIN}),
    address="part of every show that a console serves",
)
