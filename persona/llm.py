"""A language model behind an OpenAI-compatible server: one question, one text; late or dead is an error."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import openai

from products.errors import RemoteError

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Breaker:
    """After `limit` failures in a row nothing is tried for `rest` seconds, then once. `time`: monotonic."""

    time: Callable[[], float]
    limit: int = 3
    rest: float = 60.0
    failures: int = 0
    closed_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether to leave the server alone now."""
        return self.closed_at is not None and self.time() - self.closed_at < self.rest

    def succeeded(self) -> None:
        self.failures, self.closed_at = 0, None

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= self.limit:
            self.closed_at = self.time()


class LanguageModel:
    """Asks for JSON. Retries (2, with back-off) are the client's; time-outs and the breaker are here.

    The key is held by the client alone and is in no message: errors name their kind and status only.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        time: Callable[[], float],
        *,
        retries: int = 2,
        client: openai.AsyncOpenAI | None = None,
    ) -> None:
        self._client = client or openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", max_retries=retries
        )
        self._model = model
        self._breaker = Breaker(time)
        self._json_mode = True

    @property
    def resting(self) -> bool:
        """Whether the server failed so often that it is left alone for a while."""
        return self._breaker.open

    async def ask(self, system: str, user: str, seconds: float) -> str:
        """The text of its answer. RemoteError when late (`seconds`, all tries together), refused or gone."""
        if self._breaker.open:
            raise RemoteError("The language model is left alone for a minute after repeated failures.")
        try:
            async with asyncio.timeout(seconds):
                text = await self._complete(system, user, seconds)
        except (TimeoutError, openai.OpenAIError) as error:
            self._breaker.failed()
            status = getattr(error, "status_code", None)
            kind = type(error).__name__ + (f" {status}" if status else "")
            _log.warning("language model failed: %s", kind)
            raise RemoteError(
                f"The language model did not answer ({kind}).",
                remedy="Check its address, its name and its key.",
            ) from None
        self._breaker.succeeded()
        return text

    async def _complete(self, system: str, user: str, seconds: float) -> str:
        """Asks in JSON mode; a server that does not know it is asked plainly from then on."""
        if self._json_mode:
            try:
                return await self._send(system, user, seconds, json=True)
            except openai.BadRequestError:
                self._json_mode = False
        return await self._send(system, user, seconds, json=False)

    async def _send(self, system: str, user: str, seconds: float, *, json: bool) -> str:
        answer = await self._client.chat.completions.create(
            model=self._model,
            messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
            response_format={"type": "json_object"} if json else openai.omit,
            temperature=0.8,
            max_tokens=1200,
            timeout=seconds,
        )
        return (answer.choices[0].message.content or "") if answer.choices else ""

    async def close(self) -> None:
        await self._client.close()
