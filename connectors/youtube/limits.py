"""What YouTube can do with a show, and how much it takes."""

from dataclasses import replace

from connectors.base import Cap
from connectors.rtmp.hosts import limits_of

CAPS = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.DISCLOSE, Cap.METRICS})
MAX_CHARS = 200  # as YouTube's own page takes; the API's documents name no figure
LIMITS = replace(limits_of("youtube"), video=("h264", "hevc", "av1"))  # obs-studio's services.json, both
