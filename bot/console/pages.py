"""What every page is made of: templates, its words, its language, safe headers."""

import hashlib
import json
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.console.account_words import ACCOUNT_WORDS
from bot.console.catalog import WORDS

NEVER = "geolocation=(), payment=(), usb=(), display-capture=()"
HERE = Path(__file__).parent
STATIC = HERE / "static"


class Pages:
    """Renders the templates with the words of a language. One per application."""

    def __init__(self, title: str, languages: tuple[str, ...]) -> None:
        self.title = title
        self.languages = tuple(name for name in languages if name in WORDS) or ("en",)
        self._version = _version(STATIC)
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
        )

    def language(self, request: Request, of_show: str) -> str:
        """?lang= of the address, else what the browser prefers, else the show's language."""
        asked = base(request.query_params.get("lang", ""))
        if asked in self.languages:
            return asked
        return preferred(request.headers.get("accept-language", ""), self.languages) or (
            base(of_show) if base(of_show) in self.languages else self.languages[0]
        )

    def render(
        self,
        template: str,
        language: str,
        *,
        status: int = 200,
        own_words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        page_words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        **values: Any,
    ) -> HTMLResponse:
        """`own_words`: by language, of this page and its scripts alone; `page_words`: of the page without its
        scripts.
        """
        # Scripts know these; what is only in templates is not sent twice.
        words = {**WORDS[language], **own_words.get(language, {})}
        text = self._environment.get_template(template).render(
            app=self.title,
            lang=language,
            html_lang={"zh": "zh-CN"}.get(language, language),
            others=[name for name in self.languages if name != language],
            w=ChainMap(dict(page_words.get(language, {})), dict(ACCOUNT_WORDS[language]), dict(words)),
            script_words=words,
            version=self._version,
            as_json=_as_json,
            **values,
        )
        return HTMLResponse(
            text, status_code=status, headers={"Cache-Control": "no-store", "Vary": "Accept-Language"}
        )


def base(tag: str) -> str:
    """ "zh" of "zh-Hans-CN"."""
    return tag.strip().lower().replace("_", "-").split("-")[0]


def preferred(accept: str, languages: tuple[str, ...]) -> str | None:
    """The language of `languages` that an Accept-Language header (RFC 9110, 12.5.4) puts first, or None."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")[:20]):
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if quality > 0 and base(tag) in languages:
            ranked.append((-quality, place, base(tag)))
    return min(ranked)[2] if ranked else None


def _as_json(value: Any) -> Markup:
    """JSON for a data block of a page: no character in it can end the block."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _version(folder: Path) -> str:
    """Changes when a static file does, so that a browser never mixes old and new."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class SecureHeaders:
    """Strict headers on every answer. Scripts, styles, pictures and sockets come from this server alone.
    `only_https`: browsers are told to ask for nothing else from now on.
    """

    def __init__(self, app: ASGIApp, *, only_https: bool) -> None:
        self._app, self._only_https = app, only_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        extra = headers_for(path, Headers(scope=scope).get("host", ""), self._only_https)

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with)


def headers_for(path: str, host: str, only_https: bool) -> Mapping[str, str]:
    """The headers of an answer. `host`: as asked; older Safari needs the socket's address spelled out."""
    plain_host = host if host and all(c.isalnum() or c in ".:-[]" for c in host) else ""
    sockets = f" ws://{plain_host} wss://{plain_host}" if plain_host else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"media-src 'self' blob:; connect-src 'self'{sockets}; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    if path.startswith("/pictures/"):  # an SVG of the shop must not run anything, even when opened by itself
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    devices = "camera=(self), microphone=(self)" if path.startswith("/cohost") else "camera=(), microphone=()"
    passkeys = "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    headers = {
        "Content-Security-Policy": policy,
        "Permissions-Policy": f"{devices}, {passkeys}, {NEVER}",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",  # with less, browsers hide the Origin of our own forms from us
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if only_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
