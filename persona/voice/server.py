"""A voice behind any server that speaks OpenAI's POST /v1/audio/speech (https://platform.openai.com/docs/
api-reference/audio/createSpeech): text in JSON, sound back. Slow, refusing, broken and endless answers are
each an error that says which; none stops the show.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable

import httpx
import numpy as np

from persona.llm_limits import Breaker, retry_after
from persona.voice.finish import Samples
from persona.voice.riff import read_pcm, read_wav
from persona.voice.speech_server import SpeechServer
from products.errors import CastmateError, RemoteError, SetupError

_log = logging.getLogger(__name__)
CONNECT_S = 5.0
LONGEST_S = 60.0  # of speech in one clause: more is no answer to it
MOST_BYTES = int(LONGEST_S * 48_000 * 4 * 2)
AGAIN_S = 0.3
REST_S = 5.0  # while the server is left alone, a line fails no sooner: the rundown is not run through
SLACK = (0.4, 2.5)  # times the expected length: outside, the sound is of another rate or of another text
_REMEDY = "Check CASTMATE_SPEECH_URL, CASTMATE_SPEECH_MODEL and the persona's voice."


class ServerSource:
    """One voice of the server, see persona/voice/foreign.py. `client` and the clocks are given by tests."""

    def __init__(
        self,
        server: SpeechServer,
        voice: str,
        speed: float = 1.0,
        *,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not server.url.startswith(("http://", "https://")):
            raise SetupError(
                "No speech server is set.",
                remedy="Set CASTMATE_SPEECH_URL to its base address, e.g. http://127.0.0.1:8880/v1.",
            )
        self._server, self._voice, self._speed, self._clock = server, voice, speed, clock
        self._client = client or httpx.Client(follow_redirects=False)
        self._breaker = Breaker(clock)
        self._closed = threading.Event()

    @property
    def identity(self) -> str:
        address = hashlib.sha256(self._server.url.encode()).hexdigest()[:16]
        return f"server {address} {self._server.model} {self._voice} {self._speed:.3f}"

    def load(self) -> None:
        """Nothing is asked beforehand: a server may charge for each word."""

    def close(self) -> None:
        self._closed.set()
        self._client.close()

    def speak(self, text: str, seconds: float) -> tuple[Samples, int]:
        if self._breaker.open:
            self._closed.wait(REST_S)
            raise RemoteError("The speech server is left alone for a while after failures.", remedy=_REMEDY)
        pause = [0.0]
        try:
            sound, rate = self._asked(text, pause)
            _refuse_unlike(sound, rate, seconds / self._speed)
        except RemoteError as error:
            self._breaker.failed(pause[0])
            _log.warning("speech server failed: %s", error.message)
            raise
        self._breaker.succeeded()
        return sound, rate

    def _asked(self, text: str, pause: list[float]) -> tuple[Samples, int]:
        """Tries twice where the connection broke or the server itself failed. `pause`: set by Retry-After."""
        until = self._clock() + self._server.timeout_s
        for attempt in (1, 2):
            try:
                return _sound_of(self._exchange(text, until, pause), self._server.format)
            except _TryAgain as again:
                if attempt == 2 or self._clock() + AGAIN_S >= until or self._closed.wait(AGAIN_S):
                    raise again.error from None
        raise AssertionError("not reached")

    def _exchange(self, text: str, until: float, pause: list[float]) -> bytes:
        """The body of the answer, bounded in bytes and time. Raises _TryAgain, RemoteError."""
        server = self._server
        asked: dict[str, object] = {
            "model": server.model, "voice": self._voice, "input": text, "response_format": server.format,
        }  # fmt: skip
        if self._speed != 1.0:
            asked["speed"] = self._speed
        headers = {"authorization": f"Bearer {server.key}"} if server.key else {}
        left = max(0.1, until - self._clock())
        wait = httpx.Timeout(left, connect=min(CONNECT_S, left))
        try:
            with self._client.stream(
                "POST", f"{server.url.rstrip('/')}/audio/speech", json=asked, headers=headers, timeout=wait
            ) as answer:
                self._refuse_status(answer, pause)
                return self._body(answer, until)
        except httpx.TimeoutException:
            raise self._late() from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise _TryAgain(
                RemoteError(f"The speech server does not answer ({type(error).__name__}).", remedy=_REMEDY)
            ) from None

    def _refuse_status(self, answer: httpx.Response, pause: list[float]) -> None:
        status = answer.status_code
        if status == 200:
            return
        if status == 429:
            pause[0] = retry_after(answer.headers.get("retry-after")) or 1.0
            raise RemoteError(
                "The speech server asks for less (429).", remedy="Speak less by it, or raise its limit."
            )
        if status >= 500:
            raise _TryAgain(RemoteError(f"The speech server failed ({status}).", remedy="Look at its log."))
        if status in (401, 403):
            raise RemoteError(
                f"The speech server refuses the key ({status}).", remedy="Check CASTMATE_SPEECH_KEY."
            )
        raise RemoteError(f"The speech server does not take what is asked of it ({status}).", remedy=_REMEDY)

    def _body(self, answer: httpx.Response, until: float) -> bytes:
        body = bytearray()
        for piece in answer.iter_bytes():  # as it comes: a trickle must be seen, too
            body += piece
            if len(body) > MOST_BYTES:
                raise RemoteError(
                    f"The speech server sends without end: more than {LONGEST_S:.0f} s for one clause.",
                    remedy=_REMEDY,
                )
            if self._clock() > until:
                raise self._late()
        return bytes(body)

    def _late(self) -> RemoteError:
        return RemoteError(
            f"The speech server took longer than {self._server.timeout_s:g} s.",
            remedy="Use a quicker one, or raise CASTMATE_SPEECH_TIMEOUT_S.",
        )


class _TryAgain(CastmateError):
    """Carries what is raised when there is no other try."""

    def __init__(self, error: RemoteError) -> None:
        super().__init__(error.message, remedy=error.remedy)
        self.error = error


def _sound_of(body: bytes, asked: str) -> tuple[Samples, int]:
    """Raises RemoteError for what is no sound: nothing, a page, JSON, a format that was not asked for."""
    try:
        if body[:4] == b"RIFF":
            return read_wav(body)
        if asked == "pcm" and body[:3] not in (b"ID3", b"fLa", b"Ogg") and body[:1] not in (b"{", b"<"):
            return read_pcm(body)
        raise ValueError("it is no WAV file" if body else "it is empty")
    except ValueError as error:
        raise RemoteError(f"What the speech server sent is no speech: {error}.", remedy=_REMEDY) from None


def _refuse_unlike(sound: Samples, rate: int, expected: float) -> None:
    """Raises RemoteError for silence, and for a length that no voice takes for these words."""
    length = len(sound) / rate
    loud = float(np.abs(sound).max(initial=0.0))
    if loud < 1e-3:
        raise RemoteError("The speech server sent silence.", remedy=_REMEDY)
    if length > LONGEST_S or not SLACK[0] * expected - 0.5 <= length <= SLACK[1] * expected + 1.5:
        raise RemoteError(
            f"The speech server sent {length:.1f} s of sound for words that take about {expected:.1f} s: of "
            "another rate, or of other words.",
            remedy=_REMEDY,
        )
