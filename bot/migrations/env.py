"""Alembic's entry. The connection comes from bot/store.py; there is no ini file and no command of its own."""

from alembic import context
from sqlmodel import SQLModel

from bot.console import account_tables  # noqa: F401  each registers its tables
from bot.insight import stretches  # noqa: F401
from persona import script_tables  # noqa: F401
from products import questions, sales, tables  # noqa: F401
from schedules import tables as schedules_tables  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=True,  # but for SQLite, whose whole upgrade is one (bot/store.py)
)
with context.begin_transaction():
    context.run_migrations()
