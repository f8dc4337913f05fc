"""A YouTube account as it is kept, and how a person logs it in."""

import secrets
from datetime import UTC, datetime, timedelta

from connectors.account import Account
from connectors.base import Secret
from connectors.login import Field, Operator
from connectors.outside import Outside
from connectors.youtube.endpoints import endpoints_of
from connectors.youtube.loopback import login_in_browser
from connectors.youtube.oauth import App, OAuth, Tokens

CONSOLE = (
    "In the Google API console (console.cloud.google.com/apis): enable the YouTube Data API v3, then create "
    "an OAuth client: Desktop app, or TVs and Limited Input devices for a login on another device."
)
FIELDS = (
    Field("client_id", "Client ID", CONSOLE, secret=False),
    Field("client_secret", "Client secret"),
    Field("privacy", "Broadcasts are public, unlisted or private [public]", secret=False, needed=False),
    Field("quota", "Quota units a day of the project [10000]", secret=False, needed=False),
)


def app_of(account: Account) -> App:
    """Raises AuthNeeded where the account lacks it."""
    return App(account.secret("client_id").reveal(), account.secret("client_secret"))


def tokens_of(account: Account, now: datetime) -> Tokens:
    """Raises AuthNeeded for an account that nobody has logged in. A time that cannot be read is over."""
    try:
        expires = datetime.fromisoformat(account.text("expires"))
        expires = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    except ValueError:
        expires = now - timedelta(days=1)
    access = account.secret("access_token") if account.has("access_token") else Secret("")
    return Tokens(access, account.secret("refresh_token"), expires, account.text("scope"))


def keep_tokens(account: Account, tokens: Tokens) -> None:
    account.keep(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires=tokens.expires.isoformat(),
        scope=tokens.scope,
    )


async def log_in(account: Account, outside: Outside, operator: Operator) -> None:
    """In this machine's browser, or by a code on another device. Raises what OAuth raises."""
    async with outside.client() as http:
        oauth = OAuth(http, app_of(account), endpoints_of(account))
        answer = (
            operator.ask("Log in with a browser on this machine? (yes/no)", default="yes").strip().lower()
        )
        if answer in ("", "y", "yes"):
            tokens = await login_in_browser(oauth, outside.now, secrets.token_bytes(48), operator.show_page)
        else:
            code = await oauth.device_code(outside.now())
            operator.tell(f"On any device open {code.url} and type {code.user_code}")
            tokens = await oauth.wait_for_device(code, outside.now, outside.sleep)
    keep_tokens(account, tokens)
    operator.tell("Logged in to YouTube.")
