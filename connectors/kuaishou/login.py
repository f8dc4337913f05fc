"""castmate connectors login kuaishou: the person agrees in a browser and brings back the address.

Source: KwaiVideoTeam/kuaishou-liveopen-api, doc/快手授权和鉴权服务说明.md 2.1, 2.2.
"""

import hmac
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.account import Account
from connectors.kuaishou.api import BASE, Kuaishou
from connectors.login import Field, Operator
from connectors.outside import Outside
from products.errors import SetupError

SCOPE = "user_video_live"
_CONSOLE = (
    "The open platform takes enterprises; Kuaishou gives app id, secret and business id once it agreed."
)
FIELDS = (
    Field("app_id", "App id", _CONSOLE, secret=False),
    Field("app_secret", "App secret"),
    Field("biz_id", "Business id (bizId), empty where you were given none", secret=False, needed=False),
    Field("redirect_uri", "Redirect address that is registered for the app", secret=False),
    Field("cover", "Cover picture on this machine (.jpg or .png, at most 2 MB)", secret=False),
    Field("shop", "A shopping live, with the cart? (yes/no) [yes]", secret=False, needed=False),
)


async def log_in(account: Account, outside: Outside, operator: Operator) -> None:
    """Raises SetupError for an address that is not the answer to this login."""
    state, redirect = secrets.token_urlsafe(24), account.text("redirect_uri")
    query = {
        "app_id": account.text("app_id"), "response_type": "code", "scope": SCOPE,
        "redirect_uri": redirect, "state": state, "ua": "pc",
    }  # fmt: skip
    operator.tell(
        "Agree in the browser as the account that goes live; it then leads to your redirect address."
    )
    operator.show_page(f"{account.text('api_base', BASE).rstrip('/')}/oauth2/authorize?{urlencode(query)}")
    back = operator.ask("The whole address that the browser was led to", secret=True).strip()
    code = code_in(back, redirect, state)
    api = Kuaishou(account, outside)
    try:
        await api.exchange(code)
    finally:
        await api.aclose()
    operator.tell("Logged in to Kuaishou.")


def code_in(back: str, redirect: str, state: str) -> str:
    """Raises SetupError where the address is another, or belongs to another login."""
    query = parse_qs(urlsplit(back).query)
    if not back.startswith(redirect) or not hmac.compare_digest(
        query.get("state", [""])[0].encode(), state.encode()
    ):
        raise SetupError("That address is not the answer to this login.", remedy="Run the login again.")
    code = query.get("code", [""])[0]
    if not code:
        raise SetupError("Kuaishou did not give access.", remedy="Run the login again and agree.")
    return code
