"""What a show of a fleet writes beside its ledger (what it sold, that an approved script was said) is refused
once its lease is over, as its ledger's lines are. A show says by which lease it writes with the setting
`castmate.lease`, "epoch/show", of its connections (bot/fleet/writes.py); others, as the console, say nothing.
PostgreSQL alone.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WRITTEN = ("sale", "script", "script_event")
GUARD = """
create function show_write_guard() returns trigger language plpgsql as $$
declare
  lease text := coalesce(current_setting('castmate.lease', true), '');
begin
  if lease <> '' then
    perform 1 from show_lease l
      where l.show = substr(lease, strpos(lease, '/') + 1) and l.epoch = split_part(lease, '/', 1)::bigint
        and l.owner is not null and l.expires > clock_timestamp()
      for share;
    if not found then
      raise exception 'the lease % is over', lease using errcode = 'CM001';
    end if;
  end if;
  return new;
end $$;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(GUARD)
        for table in WRITTEN:
            op.execute(
                f"create trigger show_write_guard before insert or update on {table} for each row "
                "execute function show_write_guard()"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in WRITTEN:
            op.execute(f"drop trigger show_write_guard on {table}")
        op.execute("drop function show_write_guard()")
