"""castmate connectors login facebook_live: a token of the person who manages the Page becomes a long-lived
one, and gives the Page's own.

Source: developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived.
"""

from connectors.account import Account
from connectors.errors import AuthNeeded
from connectors.facebook_live.endpoints import endpoints_of
from connectors.facebook_live.forms import Page, Pages, read
from connectors.facebook_live.graph import Graph
from connectors.login import Field, Operator
from connectors.outside import Outside

_APP = (
    "Make an app once at developers.facebook.com/apps (type: Business), and let it pass App Review for "
    "pages_show_list, pages_read_engagement, pages_manage_posts and pages_manage_engagement. Its id and "
    "secret are under App settings, Basic."
)
_TOKEN = (
    "At developers.facebook.com/tools/explorer choose your app and those permissions, and generate a user "
    "access token as somebody who manages the Page."
)
FIELDS = (
    Field("app_id", "App id", _APP, secret=False),
    Field("app_secret", "App secret"),
    Field("user_token", "User access token", _TOKEN),
)


async def log_in(account: Account, outside: Outside, operator: Operator) -> None:
    """Raises AuthNeeded or RemoteError in plain words."""
    graph = Graph(account, outside, endpoints_of(account))
    try:
        account.keep(expires=None)  # whatever was typed: exchange it
        await graph.lengthen()
        pages = read(Pages, await graph.as_user("/me/accounts", fields="id,name", limit=100)).data
        page = _chosen(pages, account.text("page_id"), operator)
        account.keep(page_id=page.id)
        await graph.page_token()
        operator.tell(f"Castmate goes live as the Page {page.name or page.id}.")
    finally:
        await graph.aclose()


def _chosen(pages: tuple[Page, ...], known: str, operator: Operator) -> Page:
    if not pages:
        raise AuthNeeded(
            "This login manages no Page, or the app may not see them.",
            remedy="Generate the token as somebody who manages the Page, with pages_show_list.",
        )
    by_id = {page.id: page for page in pages}
    if known in by_id:
        return by_id[known]
    if len(pages) == 1:
        return pages[0]
    for number, page in enumerate(pages, 1):
        operator.tell(f"{number}  {page.name or page.id}")
    while True:
        answer = operator.ask("Which Page? (number)").strip()
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer[:6]) <= len(pages):
            return pages[int(answer) - 1]
