"""Where a speech server is and how it is asked: a value that the show hands to its studio."""

from dataclasses import dataclass, field
from typing import Literal

from persona.voice.foreign import Times


@dataclass(frozen=True, slots=True)
class SpeechServer:
    """Where it is. `url`: base address, e.g. http://127.0.0.1:8880/v1; `key` is never in a message or a log.

    timeout_s   for one clause, from asking to its last byte
    format      what is asked for; whatever comes is told apart by its first bytes
    times       see persona/voice/foreign.py
    """

    url: str
    model: str = "tts-1"
    key: str = field(default="", repr=False)
    timeout_s: float = 20.0
    format: Literal["wav", "pcm"] = "wav"
    times: Times = "embedded"
