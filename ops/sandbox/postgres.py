"""A PostgreSQL server at hand for tests: the first that can be had without asking anyone."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit

from psycopg import sql

from ops.sandbox.servers.docker_engine import container
from ops.sandbox.servers.machine import Machine
from ops.sandbox.servers.postgres_cluster import (
    SCHEME,
    STARTED_WITHIN_SECONDS,
    PostgresCluster,
    connect,
    installed_postgres,
    private_cluster,
    server_version,
)
from ops.sandbox.servers.server_folder import random_password
from ops.sandbox.servers.waiting import answer_within
from ops.sandbox.servers.ways import Way, first_open
from shared.errors import Misconfigured, Unavailable

URL_VARIABLE: Final = "FLEET_TEST_DATABASE_URL"
IMAGE: Final = "postgres:17-alpine"
PORT: Final = 5432


@dataclass(frozen=True)
class PostgresAtHand:
    """A PostgreSQL server that answers."""

    url: str = field(repr=False)
    """SQLAlchemy address of a database from which others are created, password included."""
    kind: str
    """How it was had: given, private cluster, or docker."""
    version: str
    cluster: PostgresCluster | None = None
    """The cluster to stop or kill, when it is private."""

    def create_database(self, *, template: str | None = None) -> str:
        """
        Create a database of a name of its own and return its address.

        `template` is the address of one that this server has, to be copied while nobody is connected to it.
        """
        name = f"fleet_test_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement = sql.SQL("{} TEMPLATE {}").format(statement, sql.Identifier(_name_in(template)))
        with connect(self.url) as connection:
            connection.execute(statement)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def drop_database(self, url: str) -> None:
        """Drop a database, also while someone is connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_name_in(url)))
        with connect(self.url) as connection:
            connection.execute(statement)

    @contextmanager
    def fresh_database(self, *, template: str | None = None) -> Iterator[str]:
        """Create a database, yield its address and drop it."""
        url = self.create_database(template=template)
        try:
            yield url
        finally:
            self.drop_database(url)


@contextmanager
def postgres_at_hand(machine: Machine | None = None, *, durable: bool = False) -> Iterator[PostgresAtHand]:
    """
    Yield the first PostgreSQL server that can be had; what was started for it ends with it, or with this process.

    In order: FLEET_TEST_DATABASE_URL; a private cluster of the installed server; Docker. With `durable` a private
    cluster confirms no commit before it is on the disk. Raises Misconfigured, listing the ways, when there is none.
    """
    machine = machine or Machine.this()
    ways = (
        Way(
            f"set {URL_VARIABLE} to the address of a server whose user may create databases",
            partial(given_server, machine),
        ),
        Way(
            "install the PostgreSQL server, of which a private cluster is started",
            partial(installed_server, machine, durable=durable),
        ),
        Way("start a Docker engine", partial(docker_server, machine)),
    )
    with first_open("PostgreSQL", ways) as server:
        yield server


@contextmanager
def given_server(machine: Machine) -> Iterator[PostgresAtHand]:
    """Yield the server of FLEET_TEST_DATABASE_URL; raises Misconfigured when it is set and does not let us in."""
    url = machine.setting(URL_VARIABLE)
    if url is None:
        raise Unavailable("not set")
    try:
        version = server_version(url)
    except Unavailable as fault:
        raise Misconfigured(f"{URL_VARIABLE}: {fault}; postgresql+psycopg://user:password@host/name is one") from fault
    yield PostgresAtHand(url, "given", version)


@contextmanager
def installed_server(machine: Machine, *, durable: bool) -> Iterator[PostgresAtHand]:
    """Yield a private cluster of the installed server."""
    home = installed_postgres(machine)
    if home is None:
        raise Unavailable("not found")
    with private_cluster(home, durable=durable) as cluster:
        yield PostgresAtHand(cluster.url, "private cluster", cluster.version, cluster)


@contextmanager
def docker_server(machine: Machine) -> Iterator[PostgresAtHand]:
    """Yield a server in a container."""
    password = random_password()
    login = {"POSTGRES_USER": "fleet", "POSTGRES_PASSWORD": password, "POSTGRES_DB": "postgres"}
    with container(machine, IMAGE, login, (PORT,)) as ((host, port),):
        url = f"{SCHEME}://fleet:{quote(password)}@{host}:{port}/postgres"
        version = answer_within(STARTED_WITHIN_SECONDS, lambda: server_version(url))
        yield PostgresAtHand(url, "docker", version)


def _name_in(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
