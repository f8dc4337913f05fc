"""Whether a role of the database may read all of it: the console's may, a node's may not (roles.py)."""

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from products.errors import RemoteError

# `case`, so that no function is asked about what it does not know
_HIDDEN = """
select current_user, count(*) filter (where not case c.relkind
    when 'S' then has_sequence_privilege(c.oid, 'select') else has_table_privilege(c.oid, 'select') end)
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'S')
"""


def kept_from(engine: Engine) -> str:
    """The name of the role that we are, when the database keeps a table from it; "" when it may read all.
    Raises RemoteError: no answer.
    """
    try:
        with engine.connect() as connection:
            role, hidden = connection.execute(text(_HIDDEN)).one()
    except SQLAlchemyError as error:
        raise RemoteError(
            f"The database does not answer ({getattr(error, 'orig', None) or error}).",
            remedy="Start it, or back up what lies on this machine alone: backup FILE --no-database.",
        ) from error
    return str(role) if hidden else ""
