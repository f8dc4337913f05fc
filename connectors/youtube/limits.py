"""What YouTube can do with a show, and how much it takes."""

from connectors.base import Cap, IngestLimits

CAPS = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.DISCLOSE, Cap.METRICS})
MAX_CHARS = 200  # as YouTube's own page takes; the API's documents name no figure
LIMITS = IngestLimits(
    max_video_kbps=51_000,
    max_audio_kbps=160,
    max_keyframe_s=2.0,
    video=("h264", "hevc", "av1"),
    max_fps=60,
)
"""obs-studio's services.json, "YouTube - RTMPS" """
