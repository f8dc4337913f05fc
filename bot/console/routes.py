"""What each address of the console asks for. An address without a decision here does not exist: the guard
answers 404 before the application sees it, so a new route is closed until somebody decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.console.roles import Right, Scope

BODY_BYTES = 256_000
UPLOAD_BYTES = 512_000_000  # of a catalogue's file, which goes to the disk as it comes


class Door(StrEnum):
    OPEN = "open"  # anybody: buyers, the pages before signing in
    OWN = "own"  # judges by itself: the shows' link, /metrics
    SIGNED_IN = "signed in"  # whoever it is, a guest's browser too
    RIGHT = "right"
    SCOPE = "scope"  # programs, with a token


@dataclass(frozen=True, slots=True)
class Need:
    """`key`: a printed or made key in the address lets a browser in. `form`: its POST comes from a form,
    whose token the handler checks, not from a script. `delicate`: only shortly after a credential was shown.
    `body`: bytes that may come, at most.
    """

    door: Door
    right: Right | None = None
    scope: Scope | None = None
    key: bool = False
    form: bool = False
    delicate: bool = False
    body: int = BODY_BYTES


OPEN, OWN, SIGNED_IN = Need(Door.OPEN), Need(Door.OWN), Need(Door.SIGNED_IN)
BEFORE = Need(Door.OPEN, form=True)


def _right(
    right: Right, *, key: bool = False, form: bool = False, delicate: bool = False, body: int = BODY_BYTES
) -> Need:
    return Need(Door.RIGHT, right, key=key, form=form, delicate=delicate, body=body)


def _scope(scope: Scope | None = None) -> Need:
    return Need(Door.SCOPE, scope=scope)


MINE = _right(Right.ACCOUNT)
MY_FORM = _right(Right.ACCOUNT, form=True, delicate=True)
PEOPLE_FORM = _right(Right.PEOPLE, form=True, delicate=True)

# (method, path) -> what it asks for. SOCKET stands for WebSockets; {name} for one part of a path,
# {name:path} for all the rest.
NEEDS: dict[tuple[str, str], Need] = {
    ("GET", "/"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/static/{file:path}"): OPEN,
    ("GET", "/pictures/{file:path}"): OPEN,
    ("GET", "/room/{show}"): OPEN,
    ("SOCKET", "/room/{show}/media"): OPEN,
    ("SOCKET", "/room/{show}/chat"): OPEN,
    ("GET", "/offer/{show}/{handle}"): OPEN,
    ("SOCKET", "/link/{show}"): OWN,
    ("GET", "/metrics"): OWN,
    # the desk
    ("GET", "/console"): _right(Right.DESK, key=True),
    ("GET", "/console/{show}"): _right(Right.DESK, key=True),
    ("SOCKET", "/console/{show}/feed"): _right(Right.DESK),
    ("SOCKET", "/console/{show}/media"): _right(Right.DESK),
    ("POST", "/console/{show}/act"): _right(Right.DESK),
    ("POST", "/console/{show}/insert"): _right(Right.DESK),
    ("POST", "/console/{show}/arrange"): _right(Right.DESK),
    ("POST", "/console/{show}/pin"): _right(Right.DESK),
    ("POST", "/console/{show}/answer"): _right(Right.DESK),
    ("POST", "/console/{show}/keys"): _right(Right.DESK),
    # the co-host
    ("GET", "/cohost"): _right(Right.COHOST, key=True),
    ("SOCKET", "/cohost/{show}/senses"): _right(Right.COHOST),
    # the calendar: whoever may see it, and whoever may plan
    ("GET", "/calendar"): _right(Right.CALENDAR),
    ("GET", "/calendar/{rest:path}"): _right(Right.CALENDAR),
    ("POST", "/calendar/{rest:path}"): _right(Right.PLAN),
    # the catalogue: whoever may see it, and whoever keeps it
    ("GET", "/catalogue"): _right(Right.CATALOGUE),
    ("GET", "/catalogue/products/{handle}"): _right(Right.CATALOGUE),
    ("POST", "/catalogue/products/{handle}/points"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/products/{handle}/points/{point}/drop"): _right(Right.MERCH, form=True),
    ("GET", "/catalogue/pictures/{handle}"): _right(Right.CATALOGUE),
    ("GET", "/catalogue/questions"): _right(Right.CATALOGUE),
    ("POST", "/catalogue/questions/{question}/close"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/uploads"): _right(Right.MERCH, body=UPLOAD_BYTES),
    ("GET", "/catalogue/uploads/{upload}"): _right(Right.CATALOGUE),
    ("GET", "/catalogue/uploads/{upload}/progress"): _right(Right.CATALOGUE),
    ("GET", "/catalogue/uploads/{upload}/{name}"): _right(Right.CATALOGUE),
    ("POST", "/catalogue/uploads/{upload}/compare"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/uploads/{upload}/apply"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/uploads/{upload}/remove"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/undo"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/feeds"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/feeds/{feed}/now"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/feeds/{feed}/remove"): _right(Right.MERCH, form=True),
    ("POST", "/catalogue/fetch-pictures"): _right(Right.MERCH, form=True),
    # scripts and rehearsals: whoever may read or watch, and whoever may write or start them
    ("GET", "/scripts"): _right(Right.SCRIPTS),
    ("GET", "/scripts/{rest:path}"): _right(Right.SCRIPTS),
    ("POST", "/scripts/check"): _right(Right.WRITE),
    ("POST", "/scripts/{rest:path}"): _right(Right.WRITE, form=True),
    ("GET", "/rehearsals"): _right(Right.REHEARSALS),
    ("GET", "/rehearsals/{rest:path}"): _right(Right.REHEARSALS),
    ("POST", "/rehearsals/{rest:path}"): _right(Right.REHEARSE, form=True),
    # what shows brought
    ("GET", "/insight"): _right(Right.INSIGHT),
    ("GET", "/insight/{name}.csv"): _right(Right.INSIGHT),
    # the fleet: whoever runs shows may look, owners empty nodes
    ("GET", "/fleet"): _right(Right.FLEET),
    ("GET", "/fleet/now"): _right(Right.FLEET),
    ("POST", "/fleet/nodes/{node}/drain"): _right(Right.NODES, form=True),
    ("POST", "/fleet/nodes/{node}/undo"): _right(Right.NODES, form=True),
    # evidence, rules, licences; a performer's own clone
    ("GET", "/evidence"): _right(Right.EVIDENCE),
    ("GET", "/evidence/{show}"): _right(Right.EVIDENCE),
    ("POST", "/evidence/{show}/verify"): _right(Right.EVIDENCE),
    ("GET", "/evidence/{show}/picture"): _right(Right.EVIDENCE),
    ("GET", "/evidence/{show}/snapshot/{file}"): _right(Right.EVIDENCE),
    ("GET", "/evidence/{show}/export.{form}"): _right(Right.EVIDENCE),
    ("GET", "/rules"): _right(Right.EVIDENCE),
    ("POST", "/rules/key"): _right(Right.SIGN, form=True, delicate=True),
    ("POST", "/rules/confirm"): _right(Right.SIGN, form=True, delicate=True),
    ("POST", "/rules/waive"): _right(Right.SIGN, form=True, delicate=True),
    ("GET", "/licences"): _right(Right.EVIDENCE),
    ("GET", "/licences/{licence}/statement"): _right(Right.EVIDENCE),
    ("POST", "/licences/{licence}/performer"): PEOPLE_FORM,
    ("POST", "/licences/{licence}/sales"): _right(Right.EVIDENCE, form=True),
    ("GET", "/my-clone"): _right(Right.CLONE),
    ("GET", "/my-clone/{licence}"): _right(Right.CLONE),
    ("GET", "/my-clone/{licence}/statement"): _right(Right.CLONE),
    ("GET", "/my-clone/{licence}/withdraw"): _right(Right.CLONE),
    ("POST", "/my-clone/{licence}/withdraw"): _right(Right.CLONE, form=True, delicate=True),
    # signing in
    ("GET", "/sign-in"): OPEN,
    ("POST", "/sign-in"): BEFORE,
    ("GET", "/sign-in/code"): OPEN,
    ("POST", "/sign-in/code"): BEFORE,
    ("POST", "/sign-in/passkey/options"): OPEN,
    ("POST", "/sign-in/passkey"): OPEN,
    ("POST", "/sign-out"): Need(Door.SIGNED_IN, form=True),
    ("GET", "/set-up"): OPEN,
    ("POST", "/set-up"): BEFORE,
    ("GET", "/join"): OPEN,
    ("POST", "/join"): BEFORE,
    ("GET", "/phone"): OPEN,
    ("GET", "/phone/authority.crt"): OPEN,
    ("GET", "/phone/authority.mobileconfig"): OPEN,
    # one's own account
    ("GET", "/home"): MINE,
    ("GET", "/account"): MINE,
    ("GET", "/account/prove"): MINE,
    ("POST", "/account/prove"): _right(Right.ACCOUNT, form=True),
    ("POST", "/account/password"): MY_FORM,
    ("POST", "/account/codes/begin"): MY_FORM,
    ("POST", "/account/codes"): MY_FORM,
    ("POST", "/account/codes/off"): MY_FORM,
    ("POST", "/account/passkeys/options"): _right(Right.ACCOUNT, delicate=True),
    ("POST", "/account/passkeys"): _right(Right.ACCOUNT, delicate=True),
    ("POST", "/account/passkeys/{passkey}/remove"): MY_FORM,
    ("POST", "/account/sessions/{session}/end"): _right(Right.ACCOUNT, form=True),
    ("POST", "/account/sessions/end"): _right(Right.ACCOUNT, form=True),
    ("POST", "/account/tokens"): MY_FORM,
    ("POST", "/account/tokens/{token}/remove"): _right(Right.ACCOUNT, form=True),
    # people
    ("GET", "/people"): _right(Right.PEOPLE),
    ("POST", "/people/invite"): PEOPLE_FORM,
    ("POST", "/people/invitations/{invitation}/withdraw"): PEOPLE_FORM,
    ("POST", "/people/{account}/role"): PEOPLE_FORM,
    ("POST", "/people/{account}/reset"): PEOPLE_FORM,
    ("POST", "/people/{account}/sign-out"): PEOPLE_FORM,
    ("POST", "/people/{account}/close"): PEOPLE_FORM,
    ("GET", "/acts"): _right(Right.AUDIT),
    # programs
    ("GET", "/api"): MINE,
    ("GET", "/api/v1/openapi.json"): OPEN,
    ("GET", "/api/v1/me"): _scope(),
    ("GET", "/api/v1/shows"): _scope(Scope.SHOWS_READ),
    ("GET", "/api/v1/shows/{show}"): _scope(Scope.SHOWS_READ),
    ("POST", "/api/v1/shows/{show}/acts"): _scope(Scope.SHOWS_ACT),
    ("POST", "/api/v1/shows/{show}/lines"): _scope(Scope.SHOWS_ACT),
    ("POST", "/api/v1/shows/{show}/answers"): _scope(Scope.SHOWS_ACT),
    ("GET", "/api/v1/people"): _scope(Scope.PEOPLE_READ),
    ("GET", "/api/v1/acts"): _scope(Scope.AUDIT_READ),
}


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str], Need], ...]:
    def pattern(path: str) -> re.Pattern[str]:
        parts = re.split(r"(\{\w+(?::path)?\})", path)
        made = "".join(
            (".*" if part.endswith(":path}") else "[^/]+") if part.startswith("{") else re.escape(part)
            for part in parts
        )
        return re.compile(made)

    # Plain paths before those with parts to fill in, as routers are asked in their order.
    ranked = sorted(NEEDS.items(), key=lambda item: item[0][1].count("{"))
    return tuple((method, pattern(path), need) for (method, path), need in ranked)


def need_of(method: str, path: str) -> Need | None:
    """What `method` on `path` asks for; None: nobody decided. HEAD asks for what GET asks for."""
    asked = "GET" if method == "HEAD" else method
    return next((need for m, pattern, need in _compiled() if m == asked and pattern.fullmatch(path)), None)


def methods_of(path: str) -> Iterable[str]:
    """The methods that `path` knows, for 405."""
    return sorted({m for m, pattern, _ in _compiled() if m != "SOCKET" and pattern.fullmatch(path)})
