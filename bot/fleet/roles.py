"""What a node may do in the database, and no more: PostgreSQL's grants for its role.

A node's machine runs other people's streams and holds stream keys; whoever takes it over must not reach the
accounts, the calendar or the licences by way of the database, change a ledger's copy, or place shows.
"""

import re

from persona.script_tables import SCRIPT_TABLES
from products.errors import SetupError
from products.tables import CATALOGUE_TABLES

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
READ = ("alembic_version", *(t.name for t in (*CATALOGUE_TABLES, *SCRIPT_TABLES)))
LEASE_COLUMNS = ("owner", "epoch", "expires", "taken", "position", "state", "note", "crashes", "not_before")
NODE_COLUMNS = ("seen", "held")


def statements(role: str) -> tuple[str, ...]:
    """SQL for whoever owns the tables, after `castmate fleet prepare`. `role`: the nodes' role, letters,
    digits and underscores. They may be run again. Raises SetupError for another name.
    """
    if NAME.fullmatch(role) is None:
        raise SetupError(f"{role!r} is no name for a role.", remedy="Use small letters, digits and _.")
    made = f"create role {role} login password 'CHANGE ME'"
    return (
        f"do $$ begin {made}; exception when duplicate_object then null; end $$",
        f"grant usage on schema public to {role}",
        f"grant select on {', '.join(READ)} to {role}",
        # a show notes that an approved script was said
        f"grant update (state, approved_by, approved_at) on script to {role}",
        f"grant insert on script_event to {role}",
        # and what it sold
        f"grant select, insert, update (quantity, paid) on sale to {role}",
        f"grant usage on sequence script_event_id_seq, sale_id_seq to {role}",
        f"grant select, insert on fleet_node, ledger_copy to {role}",
        f"grant update ({', '.join(NODE_COLUMNS)}) on fleet_node to {role}",
        f"grant select, update ({', '.join(LEASE_COLUMNS)}) on show_lease to {role}",
    )
