"""Typed SRT addresses in the list of connectors."""

from connectors.base import Cap
from connectors.registry import Entry

ENTRY = Entry(
    name="srt",
    title="SRT address",
    platform="rtmp",
    caps=frozenset({Cap.EGRESS}),
    address="srt://host:port?streamid=ID",
)
