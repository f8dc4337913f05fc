"""Typed RTMP addresses in the list of connectors."""

from connectors.base import Cap
from connectors.registry import Entry

ENTRY = Entry(
    name="rtmp", title="RTMP address", caps=frozenset({Cap.EGRESS}), address="rtmp[s]://host[:port]/app/key"
)
