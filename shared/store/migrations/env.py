"""Run by Alembic for every command: works in the transaction that shared/store/migrate.py has opened."""

from alembic import context
from sqlalchemy import Connection

from shared.store.migrate import CONNECTION
from shared.store.tables.schema import METADATA


def run() -> None:
    connection = context.config.attributes[CONNECTION]
    if not isinstance(connection, Connection):
        raise TypeError("migrations run through shared.store.migrate, which opens their transaction")
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
