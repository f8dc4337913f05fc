"""A stream address with a tool's chat, in the list of connectors."""

import secrets
from pathlib import Path

from connectors.account import Account
from connectors.base import Cap, Connector
from connectors.login import Field, Operator
from connectors.outside import Outside
from connectors.registry import Entry
from products.errors import SetupError

SECRET_BYTES = 32


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.webhook.connector import WebhookConnector

    return WebhookConnector(account, outside)


async def _login(account: Account, outside: Outside, operator: Operator) -> None:
    """Makes a secret where there is none, and writes it where the tool's owner finds it: it is never shown.
    What cannot work is said now. Raises SetupError or Refused.
    """
    from connectors.webhook.connector import stream_of
    from connectors.webhook.signatures import key_of, secret_from

    stream = stream_of(account.secret("address"), account.text("platform") or None)
    account.keep(rules=stream.platform)
    if not account.has("secret"):
        made = secret_from(secrets.token_bytes(SECRET_BYTES))
        name = operator.ask("File to write the secret to", default="castmate-webhook-secret.txt")
        _write_private(name, made.reveal() + "\n")
        account.keep(secret=made)
        operator.tell(f"The secret is in {name}. Give it to the tool, then delete the file.")
    key_of(account.secret("secret"))


def _write_private(name: str, text: str) -> None:
    """A new file that only its owner reads."""
    path = Path(name).expanduser()
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise SetupError(
            f"The secret cannot be written to {path}: {error.strerror}.",
            remedy="Name a file that is not there.",
        ) from None


ENTRY = Entry(
    name="webhook",
    title="Any stream address, with a tool's chat",
    platform="rtmp",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT}),
    fields=(
        Field("address", "Stream address (rtmp://, srt://, whip+https://)", "The platform's live page."),
        Field(
            "platform", "Platform whose rules apply (empty: as the address tells)", secret=False, needed=False
        ),
        Field("secret", "Secret (whsec_...; empty: one is made)", needed=False),
        Field("listen", "Listen on (empty: 127.0.0.1:8490)", secret=False, needed=False),
        Field("replies_to", "Address that replies are posted to (empty: none)", needed=False),
    ),
    login=_login,
    make=_make,
    manual=("Connect the tool that brings the chat (docs/webhook.md).",),
)
