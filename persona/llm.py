"""A language model behind an OpenAI-compatible server: one question, one text; late or dear is an error."""

import asyncio
import logging
from collections.abc import Callable

import httpx
import openai

from persona.llm_limits import Breaker, Budget, Cache, Stream, retry_after, tokens_of
from products.errors import RemoteError

__all__ = ["Breaker", "LanguageModel"]

_log = logging.getLogger(__name__)
MOST_TOKENS = 1200

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError, httpx.HTTPError, httpx.StreamError)
"""What the client raises over a body that is no answer (a page of HTML, JSON that breaks off): it believes
whatever comes with status 200. ValueError holds JSONDecodeError and UnicodeDecodeError.
"""


class UnusableBody(openai.OpenAIError):
    """The server said yes and sent something that is no answer."""


class LanguageModel:
    """Asks for JSON, as a stream that is cut once it is whole or too long. Bounds are persona/llm_limits.py.

    The key is held by the client alone and is in no message: errors name their kind and status only.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        time: Callable[[], float],
        *,
        retries: int = 1,
        client: openai.AsyncOpenAI | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._client = client or openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", max_retries=0
        )
        self._model, self._retries, self.time = model, retries, time
        self._breaker = Breaker(time)
        self._budget = budget or Budget(time)
        self._cache = Cache(time)
        self._json_mode = self._streams = True

    @property
    def resting(self) -> bool:
        """Whether the server failed so often, or asked so, that it is left alone for a while."""
        return self._breaker.open

    @property
    def used(self) -> tuple[int, float]:
        """(tokens, money) of the last hour."""
        return self._budget.used()

    async def ask(self, system: str, user: str, seconds: float) -> str:
        """The text of its answer, a kept one for an equal question. RemoteError when it is late (`seconds`,
        all tries together), refused or gone, and when the hour's budget is spent.
        """
        key = f"{system}\0{user}"
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        if self._breaker.open:
            raise RemoteError("The language model is left alone for a while after failures.")
        if not self._budget.allows(tokens_of(key), MOST_TOKENS):
            raise RemoteError(
                "The language model's budget of this hour is spent.",
                remedy="Raise CASTMATE_LLM_TOKENS_PER_HOUR or CASTMATE_LLM_MONEY_PER_HOUR.",
            )
        try:
            async with asyncio.timeout(seconds):
                text = await self._patiently(system, user, seconds)
        except (TimeoutError, openai.OpenAIError) as error:
            response = getattr(error, "response", None)
            header = response.headers.get("retry-after") if response is not None else None
            self._breaker.failed(retry_after(header))
            self._budget.spend(tokens_of(key), 0)
            status = getattr(error, "status_code", None)
            kind = type(error).__name__ + (f" {status}" if status else "")
            _log.warning("language model failed: %s", kind)
            raise RemoteError(
                f"The language model did not answer ({kind}).",
                remedy="Check its address, its name and its key.",
            ) from None
        self._breaker.succeeded()
        self._budget.spend(tokens_of(key), tokens_of(text))
        self._cache.put(key, text)
        return text

    def refuse(self, system: str, user: str) -> None:
        """Its answer to this was no good: it is not given again."""
        self._cache.drop(f"{system}\0{user}")

    async def _patiently(self, system: str, user: str, seconds: float) -> str:
        """Tries again after a broken connection or a server's fault; not after a 429, which asks for rest."""
        for attempt in range(self._retries + 1):
            try:
                return await self._complete(system, user, seconds)
            except (openai.APIConnectionError, openai.InternalServerError) as error:
                if attempt == self._retries or isinstance(error, openai.APITimeoutError):
                    raise
                await asyncio.sleep(0.3 * 2**attempt)
        raise AssertionError("not reached")

    async def _complete(self, system: str, user: str, seconds: float) -> str:
        """Asks in JSON mode and as a stream; a server that knows neither is asked plainly from then on."""
        try:
            text = await self._send(system, user, seconds)
        except openai.BadRequestError:
            if not self._json_mode:
                raise
            self._json_mode = False
            text = await self._send(system, user, seconds)
        if not text and self._streams:
            self._streams = False
            try:
                text = await self._send(system, user, seconds)
            finally:
                self._streams = not text
        return text

    async def _send(self, system: str, user: str, seconds: float) -> str:
        """The text of one answer. UnusableBody when what came is not of the protocol's form."""
        try:
            text = await self._exchange(system, user, seconds)
        except _MALFORMED as error:
            raise UnusableBody(type(error).__name__) from None
        if not isinstance(text, str):
            raise UnusableBody("content that is no text")
        return text

    async def _exchange(self, system: str, user: str, seconds: float) -> object:
        messages: list[openai.types.chat.ChatCompletionMessageParam] = [
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        ]
        if not self._streams:
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                response_format={"type": "json_object"} if self._json_mode else openai.omit,
                temperature=0.8,
                max_tokens=MOST_TOKENS,
                timeout=seconds,
            )
            return (answer.choices[0].message.content or "") if answer.choices else ""
        pieces = await self._client.chat.completions.create(
            model=self._model,
            messages=messages,
            response_format={"type": "json_object"} if self._json_mode else openai.omit,
            temperature=0.8,
            max_tokens=MOST_TOKENS,
            timeout=seconds,
            stream=True,
        )
        got = Stream()
        async with pieces:
            async for piece in pieces:
                if piece.choices:
                    got.feed(piece.choices[0].delta.content or "")
                if got.whole or got.too_long:
                    break
        return got.text

    async def close(self) -> None:
        await self._client.close()
