"""The fleet, on PostgreSQL alone: nodes, leases with an epoch, copies of ledgers; and what nobody may do,
held by the database itself. On SQLite shows run on one machine and nothing is made.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
create table fleet_node (
  id       text primary key,
  name     text not null,
  capacity integer not null check (capacity >= 0),
  held     integer not null default 0,
  draining boolean not null default false,
  ttl_s    double precision not null check (ttl_s > 0),
  started  timestamptz not null default clock_timestamp(),
  seen     timestamptz not null default clock_timestamp());

create table show_lease (
  show       text primary key,
  file       text not null,
  key        text not null,
  start_utc  timestamptz not null,
  until      timestamptz,
  run        bigint,
  position   text not null default '',
  state      text not null default 'wanted' check (state in ('wanted', 'ended', 'failed')),
  ending     boolean not null default false,
  note       text not null default '',
  crashes    integer not null default 0,
  placed     timestamptz not null default clock_timestamp(),
  not_before timestamptz not null default clock_timestamp(),
  owner      text,
  epoch      bigint not null default 0,
  taken      timestamptz,
  expires    timestamptz,
  check ((owner is null) = (expires is null))) with (fillfactor = 50);

create table ledger_copy (
  show  text not null,
  epoch bigint not null,
  n     bigint not null,
  node  text not null,
  line  text not null,
  primary key (show, epoch, n));
"""

GUARDS = """
create function show_lease_guard() returns trigger language plpgsql as $$
begin
  if new.epoch < old.epoch then
    raise exception 'the epoch of % cannot go back', old.show using errcode = 'CM001';
  end if;
  if new.owner is not null and new.owner is distinct from old.owner then
    if new.epoch <= old.epoch then
      raise exception 'a new owner of % needs a new epoch', old.show using errcode = 'CM001';
    end if;
    if old.expires > clock_timestamp() then
      raise exception '% is owned until %', old.show, old.expires using errcode = 'CM001';
    end if;
  end if;
  return new;
end $$;

create trigger show_lease_guard before update on show_lease for each row
when (old.owner is distinct from new.owner or old.epoch is distinct from new.epoch)
execute function show_lease_guard();

create function ledger_copy_guard() returns trigger language plpgsql as $$
begin
  perform 1 from show_lease l
    where l.show = new.show and l.epoch = new.epoch and l.owner = new.node and l.expires > clock_timestamp()
    for share;
  if not found then
    raise exception 'epoch % of % is over for %', new.epoch, new.show, new.node using errcode = 'CM001';
  end if;
  return new;
end $$;

create trigger ledger_copy_guard before insert on ledger_copy for each row
execute function ledger_copy_guard();
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TABLES)
        op.execute(GUARDS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop table ledger_copy, show_lease, fleet_node")
        op.execute("drop function show_lease_guard(), ledger_copy_guard()")
