"""The schema that the migrations make is the one that the tables describe, on both databases."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from shared.store.connecting import connect
from shared.store.migrate import downgrade, is_current, upgrade
from shared.store.tables.schema import METADATA

pytestmark = pytest.mark.database


def tables_of(url: str) -> set[str]:
    engine = connect(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_migrations_make_exactly_what_the_tables_describe(database_url: str) -> None:
    upgrade(database_url)
    engine = connect(database_url)

    with engine.connect() as c:
        differences = compare_metadata(MigrationContext.configure(c), METADATA)

    engine.dispose()
    assert [] == differences


def test_every_migration_can_be_taken_back_and_applied_again(database_url: str) -> None:
    upgrade(database_url)

    downgrade(database_url)

    assert set() == tables_of(database_url)
    assert not is_current(database_url)
    upgrade(database_url)
    assert set(METADATA.tables) == tables_of(database_url)
    assert is_current(database_url)


def test_processes_that_migrate_at_once_all_find_the_schema_current(database_url: str) -> None:
    downgrade(database_url)
    faults: list[Exception] = []

    def migrate() -> None:
        try:
            upgrade(database_url)
        except Exception as fault:  # noqa: BLE001 - a thread's fault must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == faults
    assert is_current(database_url)
