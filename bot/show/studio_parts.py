"""What the studio process opens: the persona's voices and its clone. Light to import; a value that can be
pickled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from persona.clone.base import Clone
from persona.voice.base import Voice
from persona.voice.speech_server import SpeechServer


@dataclass(frozen=True, slots=True)
class StudioParts:
    """`voices` by language as in persona.voice.registry.open_voice; `reel`: path of the host's.

    `cache`: folder for rendered speech, or None. `said`: the shop's pronunciations, by language. `server`:
    where voices of the engine "server" are. Calling it loads the models (seconds).
    """

    voices: Mapping[str, Mapping[str, Any]]
    reel: Path
    cache: Path | None
    threads: int = 1
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    server: SpeechServer | None = None

    def __call__(self) -> tuple[Voice, Clone]:
        from persona.clone.opening import open_clone  # heavy imports belong to the studio process alone
        from persona.voice.registry import open_voice

        book = open_voice(
            self.voices,
            said=self.said,
            cache=self.cache,
            intra_op_num_threads=self.threads,
            server=self.server,
        )
        book.load()
        return book, open_clone(self.reel)
