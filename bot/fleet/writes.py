"""A show's own writes to the shop's database carry its lease, so that the database refuses them once it is
over (migration 0015). PostgreSQL alone; elsewhere shows run on one machine.
"""

from typing import Any

from sqlalchemy import Engine, event

STALLED_S = 2  # a show that stands still inside a transaction must not keep its successor from the lease


def carry_lease(engine: Engine, show: str, epoch: int) -> None:
    """Every connection that the engine makes from now on says by which lease it writes."""
    if engine.dialect.name != "postgresql":
        return

    def say(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('castmate.lease', %s, false)", (f"{epoch}/{show}",))
            cursor.execute(f"set idle_in_transaction_session_timeout = '{STALLED_S}s'")
        connection.commit()

    engine.dispose()  # none that was made before is used again
    event.listen(engine, "connect", say)
