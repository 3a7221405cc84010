"""A PostgreSQL server is at hand with a database a test; it survives what a test does to it, and leaves nothing."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from ops.sandbox.postgres import PostgresAtHand, docker_server, postgres_at_hand
from ops.sandbox.servers.machine import Machine
from ops.sandbox.servers.postgres_cluster import connect
from shared.errors import Misconfigured
from tests.ops.sandbox.servers.listening import listening_addresses
from tests.ops.sandbox.servers.owning import Owner, nothing_is_left_of, processes_of
from tests.servers import at_hand_or_told

pytestmark = pytest.mark.database

OWNER = """
from ops.sandbox.postgres import postgres_at_hand
with postgres_at_hand() as server:
    told = dict(folder=str(server.cluster.folder.path))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresAtHand]:
    """A private durable cluster for the tests of this file; each leaves it running."""
    without_given = {k: v for k, v in Machine.this().environment.items() if k != "FLEET_TEST_DATABASE_URL"}
    with at_hand_or_told(postgres_at_hand(Machine(without_given), durable=True)) as server:
        if server.cluster is None:
            pytest.skip("the server of this machine is in a container, and cannot be killed")
        yield server


def value(url: str, query: LiteralString) -> object:
    with connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_it_listens_on_loopback_only(server: PostgresAtHand) -> None:
    assert server.cluster is not None
    addresses = listening_addresses(p.pid for p in processes_of(server.cluster.folder.path))

    assert {"127.0.0.1"} == {host for host, _ in addresses}


def test_nobody_is_let_in_without_the_password(server: PostgresAtHand) -> None:
    password = psycopg.conninfo.conninfo_to_dict(server.url.replace("+psycopg", ""))["password"]
    assert isinstance(password, str)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server.url.replace(password, "guess"))


def test_each_test_has_a_database_of_its_own_that_is_gone_afterwards(server: PostgresAtHand) -> None:
    with server.fresh_database() as one, server.fresh_database() as other:
        with connect(one) as connection:
            connection.execute("CREATE TABLE mine ()")
        assert value(other, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'") == 0
        left_open = connect(one)

    with left_open, pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    assert value(server.url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'fleet_test_%'") == 0


def test_a_database_is_copied_from_a_template(server: PostgresAtHand) -> None:
    with server.fresh_database() as template:
        with connect(template) as connection:
            connection.execute("CREATE TABLE migrated AS SELECT 7 AS revision")

        with server.fresh_database(template=template) as copy:
            assert value(copy, "SELECT revision FROM migrated") == 7


def test_what_was_committed_is_there_after_kill_and_start_on_the_same_address(server: PostgresAtHand) -> None:
    assert server.cluster is not None
    with server.fresh_database() as url:
        with connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'dear' AS letter")

        server.cluster.kill()
        with pytest.raises(psycopg.OperationalError):
            connect(url)
        server.cluster.start()

        assert value(url, "SELECT letter FROM kept") == "dear"


def test_nothing_is_left_when_the_process_that_started_it_is_killed(owner: Callable[[str], Owner]) -> None:
    mine = owner(OWNER)
    segment = shared_memory_segment(mine.folder / "cluster/data/postmaster.pid")
    assert segment in shared_memory_segments()

    mine.end(signal.SIGKILL)

    assert nothing_is_left_of(mine.folder)
    assert segment not in shared_memory_segments()


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_a_commit_waits_for_the_disk_only_where_it_was_asked_to(
    durable: bool,  # noqa: FBT001  a column of the table
    expected: str,
) -> None:
    with at_hand_or_told(postgres_at_hand(durable=durable)) as server:
        if server.cluster is None:
            pytest.skip("a server that is not ours has its own settings")
        assert (expected, expected) == (value(server.url, "SHOW fsync"), value(server.url, "SHOW synchronous_commit"))


def test_where_nothing_is_at_hand_the_message_lists_every_way_and_why_it_does_not_work(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told, postgres_at_hand(Machine({"PATH": ""}, tmp_path)):
        pass

    assert (
        "There is no PostgreSQL at hand. Any one of these is enough:\n"
        "  - set FLEET_TEST_DATABASE_URL to the address of a server whose user may create databases (now: not set)\n"
        "  - install the PostgreSQL server, of which a private cluster is started (now: not found)\n"
        "  - start a Docker engine (now: no Docker engine answers)"
    ) == str(told.value)


def test_a_given_server_is_taken_before_anything_is_started(server: PostgresAtHand, tmp_path: Path) -> None:
    machine = Machine({"PATH": "", "FLEET_TEST_DATABASE_URL": server.url}, tmp_path)

    with postgres_at_hand(machine) as given, given.fresh_database() as url:
        assert ("given", server.version, None) == (given.kind, given.version, given.cluster)
        assert value(url, "SELECT current_database()") != "postgres"


def test_a_given_server_that_does_not_answer_stops_here_and_its_password_is_not_told(tmp_path: Path) -> None:
    address = "postgresql+psycopg://me:s3cret@127.0.0.1:1/fleet"

    with (
        pytest.raises(Misconfigured, match=r"^FLEET_TEST_DATABASE_URL: no PostgreSQL that lets us in") as told,
        postgres_at_hand(Machine({"PATH": "", "FLEET_TEST_DATABASE_URL": address}, tmp_path)),
    ):
        pass

    assert "s3cret" not in str(told.value)


def test_the_address_with_its_password_is_not_in_a_servers_repr(server: PostgresAtHand) -> None:
    assert server.url not in repr(server)


@pytest.mark.requires("docker")
def test_a_server_in_a_container_makes_databases() -> None:
    with docker_server(Machine.this()) as server, server.fresh_database() as url:
        assert value(url, "SELECT 1") == 1


def shared_memory_segment(lock_file: Path) -> str:
    return lock_file.read_text().splitlines()[6].split()[1]


def shared_memory_segments() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}
