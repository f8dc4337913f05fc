"""castmate connectors check facebook_live: what must be so before a show, each with its remedy."""

from datetime import datetime

from connectors.account import Account
from connectors.base import Check, CheckState
from connectors.errors import AuthNeeded
from connectors.facebook_live.codes import AGAIN
from connectors.facebook_live.forms import Page, Permissions, read
from connectors.facebook_live.graph import EARLY, Graph
from products.errors import CastmateError

FOLLOWERS = 100  # /docs/graph-api/reference/page/live_videos: needed since 10 June 2024
NEEDED = {
    "pages_show_list": "find the Page",
    "pages_read_engagement": "read its comments",
    "pages_manage_posts": "make live videos",
    "pages_manage_engagement": "answer in the comments",
}


async def check_account(account: Account, graph: Graph, now: datetime) -> tuple[Check, ...]:
    """Stops after a login that is not good: everything else would fail for the same reason."""
    try:
        page = read(Page, await graph.get(f"/{_page_id(account)}", fields="id,name,followers_count"))
    except CastmateError as error:
        return (Check("login", CheckState.BAD, error.message, error.remedy or "Try again in a minute."),)
    found = [Check("login", CheckState.OK, f"Logged in to the Page {page.name or page.id}.")]
    found += [_life(graph, now), await _permissions(graph), _followers(page.followers_count)]
    found.append(
        Check("age", CheckState.BY_HAND, "The account must be 60 days old to go live.", "Make sure of it.")
    )
    return tuple(found)


def _page_id(account: Account) -> str:
    page = account.text("page_id")
    if not page:
        raise AuthNeeded("No Page was chosen.", remedy=AGAIN)
    return page


def _life(graph: Graph, now: datetime) -> Check:
    ends = graph.ends
    if ends is None:
        return Check("login's end", CheckState.BY_HAND, "It is not known when the login ends.", AGAIN)
    if ends - now < EARLY:
        says = f"The login ends on {ends:%Y-%m-%d}." if ends > now else "The login's time is over."
        return Check("login's end", CheckState.BAD, says, AGAIN)
    return Check("login's end", CheckState.OK, f"The login is good until {ends:%Y-%m-%d}.")


async def _permissions(graph: Graph) -> Check:
    try:
        given = read(Permissions, await graph.as_user("/me/permissions"))
    except CastmateError as error:
        return Check("permissions", CheckState.BAD, error.message, error.remedy or AGAIN)
    granted = {p.permission for p in given.data if p.status == "granted"}
    lacks = [words for name, words in NEEDED.items() if name not in granted]
    if lacks:
        return Check("permissions", CheckState.BAD, f"Castmate may not {', '.join(lacks)}.", AGAIN)
    return Check("permissions", CheckState.OK, "All that is needed.")


def _followers(count: int | None) -> Check:
    if count is None:
        return Check(
            "followers", CheckState.BY_HAND, "Facebook does not say how many follow the Page.",
            f"Make sure that it has {FOLLOWERS}.",
        )  # fmt: skip
    if count < FOLLOWERS:
        return Check(
            "followers",
            CheckState.BAD,
            f"The Page has {count} followers.",
            f"It needs {FOLLOWERS} to go live.",
        )
    return Check("followers", CheckState.OK, f"The Page has {count} followers.")
