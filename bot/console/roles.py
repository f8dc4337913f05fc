"""Who may do what: six roles, each with the least that its work needs. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """A person's role in the shop."""

    OWNER = "owner"
    OPERATOR = "operator"
    MERCH = "merch"
    COHOST = "cohost"
    COMPLIANCE = "compliance"
    PERFORMER = "performer"


class Right(StrEnum):
    """What a page, a socket or an act asks for."""

    DESK = "console"
    COHOST = "cohost"
    CALENDAR = "calendar"  # see what is planned
    PLAN = "plan"  # change it
    CATALOGUE = "catalogue"  # see what is sold, and what may be said of it
    MERCH = "merch"  # bring files into it, answer what was asked
    SCRIPTS = "scripts"  # read what may be said
    WRITE = "write"  # draft it, approve it in one's name, retire it
    REHEARSALS = "rehearsals"  # watch them, read their reports
    REHEARSE = "rehearse"  # start and remove them
    INSIGHT = "insight"  # what shows brought: viewers, orders, what was said of the AI
    EVIDENCE = "evidence"  # read what ledgers, rules and licences say
    SIGN = "sign"  # confirmations and waivers, with one's own key
    CLONE = "clone"  # a performer's own: what aired, what is owed, the withdrawal
    FLEET = "fleet"  # see nodes, shows and what asks for attention
    NODES = "nodes"  # empty a node, or let it take shows again
    METRICS = "metrics"
    PEOPLE = "people"
    AUDIT = "audit"
    ACCOUNT = "account"  # one's own: everybody who signed in


EVERYBODY = frozenset({Right.ACCOUNT})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.OPERATOR: EVERYBODY
    | {Right.DESK, Right.COHOST, Right.CALENDAR, Right.PLAN, Right.METRICS}
    | {Right.SCRIPTS, Right.WRITE, Right.REHEARSALS, Right.REHEARSE, Right.CATALOGUE, Right.INSIGHT}
    | {Right.FLEET},
    Role.MERCH: EVERYBODY
    | {Right.CALENDAR, Right.SCRIPTS, Right.WRITE, Right.REHEARSALS}
    | {Right.CATALOGUE, Right.MERCH, Right.INSIGHT},
    Role.COHOST: EVERYBODY | {Right.COHOST, Right.CALENDAR},
    Role.COMPLIANCE: EVERYBODY
    | {Right.CALENDAR, Right.AUDIT, Right.SCRIPTS, Right.REHEARSALS}
    | {Right.EVIDENCE, Right.SIGN, Right.INSIGHT},
    Role.PERFORMER: EVERYBODY | {Right.CLONE},
}


class Scope(StrEnum):
    """What an API token may, at most."""

    SHOWS_READ = "shows:read"
    SHOWS_ACT = "shows:act"
    PEOPLE_READ = "people:read"
    AUDIT_READ = "audit:read"


SCOPE_RIGHT: Mapping[Scope, Right] = {
    Scope.SHOWS_READ: Right.DESK,
    Scope.SHOWS_ACT: Right.DESK,
    Scope.PEOPLE_READ: Right.PEOPLE,
    Scope.AUDIT_READ: Right.AUDIT,
}


def rights_of(role: Role, only: Role | None = None) -> frozenset[Right]:
    """What a person of `role` may in a browser that was let in as `only` (None: as they are): then their own
    account stays out of it, for another may hold that browser.
    """
    return RIGHTS[role] if only is None else (RIGHTS[role] & RIGHTS[only]) - EVERYBODY


def scopes_of(role: Role) -> tuple[Scope, ...]:
    """The scopes that a person of this role can give to a token."""
    return tuple(scope for scope, right in SCOPE_RIGHT.items() if right in RIGHTS[role])
