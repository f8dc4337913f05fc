"""Typed WHIP endpoints in the list of connectors."""

from connectors.base import Cap
from connectors.registry import Entry

ENTRY = Entry(
    name="whip",
    title="WHIP endpoint",
    platform="rtmp",
    caps=frozenset({Cap.EGRESS}),
    address="whip+https://host/path#TOKEN",
)
