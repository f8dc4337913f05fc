"""Alembic's entry. The connection comes from bot/store.py; there is no ini file and no command of its own."""

from alembic import context
from sqlmodel import SQLModel

import persona.script_tables  # noqa: F401  registers its tables
import products.questions  # noqa: F401  registers its tables
import products.tables  # noqa: F401  registers its tables
import schedules.tables  # noqa: F401  registers its tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
