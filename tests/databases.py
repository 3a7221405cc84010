"""The fleet's own tables, ready for a test: a copy of a template that is migrated once a run, on both databases."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.sandbox.postgres import PostgresAtHand
from shared.store.engine import Database
from shared.store.migrate import upgrade


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    template = tmp_path_factory.mktemp("template") / "fleet.sqlite"
    upgrade(f"sqlite:///{template}")
    return template


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresAtHand) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    with postgres.fresh_database() as url:
        upgrade(url)
        yield url.rsplit("/", 1)[1].partition("?")[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of the test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        copy = tmp_path / "migrated.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
        return
    postgres: PostgresAtHand = request.getfixturevalue("postgres")
    with postgres.fresh_database(template=request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """A migrated database of the test's own, once on SQLite and once on PostgreSQL."""
    database = Database(migrated_url, pool_size=4)
    yield database
    database.close()
