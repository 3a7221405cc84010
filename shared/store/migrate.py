"""Bring a database to the schema that this version of the fleet expects."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.store.connecting import WRITES, connect
from shared.store.engine import translated

MIGRATIONS: Final = Path(__file__).parent / "migrations"
LATEST: Final = "head"
EMPTY: Final = "base"
CONNECTION: Final = "connection"
"""Under this name the migrations find the open transaction that they run in."""

# Any number will do as long as nobody else uses it: one process migrates, the others wait and find nothing to do.
_POSTGRESQL_LOCK: Final = 4_851_217


def upgrade(url: str) -> None:
    """
    Apply what is missing, all of it or nothing. Safe to call from several processes at once.

    Raises Unavailable when the database does not answer.
    """
    _move(url, lambda config: command.upgrade(config, LATEST))


def downgrade(url: str, revision: str = EMPTY) -> None:
    """Go back to `revision`. Data in what it removes is lost."""
    _move(url, lambda config: command.downgrade(config, revision))


def is_current(url: str) -> bool:
    """Tell whether the database has exactly the schema that this version expects."""
    engine = connect(url, pool_size=1)
    try:
        with translated(), engine.connect() as c:
            present = MigrationContext.configure(c).get_current_heads()
    finally:
        engine.dispose()
    return set(present) == set(ScriptDirectory.from_config(_config()).get_heads())


def _move(url: str, move: Callable[[Config], None]) -> None:
    engine = connect(url, pool_size=1)
    try:
        with translated(), engine.execution_options(**{WRITES: True}).begin() as c:
            _wait_for_other_processes(c)
            config = _config()
            config.attributes[CONNECTION] = c
            move(config)
    finally:
        engine.dispose()


def _wait_for_other_processes(c: Connection) -> None:
    if c.dialect.name != "postgresql":
        return  # the writing transaction that is open already keeps them out
    c.execute(text("SET LOCAL statement_timeout = 0"))  # building an index on a large table takes its time
    c.execute(text("SET LOCAL lock_timeout = 0"))
    c.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _POSTGRESQL_LOCK})
    # From here on a table that is in use makes the migration fail soon, instead of stopping everybody behind it.
    c.execute(text("SET LOCAL lock_timeout = '10s'"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
