"""A migrated database for each test, on SQLite and on PostgreSQL: a copy of a template that is migrated once a run."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from shared.store.engine import Database
from shared.store.migrate import is_current, upgrade


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    if not is_current(database_url):
        upgrade(database_url)
    database = Database(database_url, pool_size=4)
    yield database
    database.close()


# From here on: until tests/conftest.py provides `database_url`, one for each kind of database.


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Path]:
    """Start a private PostgreSQL that can be reached by a socket in its own folder only."""
    if shutil.which("initdb") is None:
        pytest.skip("no initdb on the path")
    # PostgreSQL refuses to run as root.
    as_nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    folder = Path(f"/tmp/fleet-{secrets.token_hex(4)}")  # noqa: S108 - a socket's path must be short
    folder.mkdir(mode=0o700)
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")

    def run(*command: str) -> None:
        subprocess.run([*as_nobody, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)  # noqa: S603 - our own

    run("initdb", "-D", "data", "-A", "trust", "-U", "fleet", "--no-sync", "-E", "UTF8")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    run("pg_ctl", "-w", "-D", "data", "-l", "log", "-o", options, "start")
    try:
        yield folder
    finally:
        run("pg_ctl", "-w", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Path) -> str:
    administer(postgresql_server, "CREATE DATABASE {}", "template")
    upgrade(postgresql_url(postgresql_server, "template"))
    return "template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = tmp_path_factory.mktemp("template") / "fleet.db"
    upgrade(f"sqlite:///{template}")
    return template


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        copy = request.getfixturevalue("tmp_path") / "fleet.db"
        shutil.copy(template, copy)
        yield f"sqlite:///{copy}"
        return
    server: Path = request.getfixturevalue("postgresql_server")
    name = f"t{secrets.token_hex(6)}"
    administer(server, "CREATE DATABASE {} TEMPLATE {}", name, request.getfixturevalue("postgresql_template"))
    yield postgresql_url(server, name)
    administer(server, "DROP DATABASE {} WITH (FORCE)", name)


def postgresql_url(server: Path, name: str) -> str:
    return f"postgresql+psycopg://fleet@/{name}?host={server}"


def administer(server: Path, statement: str, *names: str) -> None:
    with psycopg.connect(host=str(server), user="fleet", dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
