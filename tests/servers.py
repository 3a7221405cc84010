"""
The servers of a test run: one RabbitMQ node with a virtual host a test, one PostgreSQL with a database a test.

Where one cannot be had, its tests are skipped on a laptop with a line that says so, and fail where CI is set.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest

from ops.sandbox.broker import BrokerAtHand, broker_at_hand
from ops.sandbox.postgres import PostgresAtHand, postgres_at_hand
from ops.sandbox.servers.rabbit_node import RabbitNode
from ops.sandbox.servers.server_folder import holding
from ops.sandbox.servers.waiting import wait_until
from shared.errors import Misconfigured, Unavailable

Server = TypeVar("Server")

MARKED_BY_FIXTURE = {
    "broker": "broker",
    "private_node": "broker",
    "database_url": "database",
    "migrated_url": "database",
    "postgres": "database",
}


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a server, so that `-m "not broker"` is true whoever forgets the marker."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKED_BY_FIXTURE:
                item.add_marker(MARKED_BY_FIXTURE[fixture])


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[BrokerAtHand]:
    """The broker of this run; the processes of pytest-xdist share one private node."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder if worker_id == "master" else folder.parent) / "broker.json"
    with at_hand_or_told(broker_of_the_run(shared)) as broker:
        yield broker


@pytest.fixture
def amqp_url(broker: BrokerAtHand) -> Iterator[str]:
    """The AMQP address of a virtual host of the test's own."""
    with broker.fresh_vhost(f"test-{secrets.token_hex(6)}") as url:
        yield url


@pytest.fixture
def cut_connections(broker: BrokerAtHand, amqp_url: str) -> Callable[[], None]:
    """Close, from the broker's side, every connection that the test has."""

    def cut() -> None:
        with broker.management() as management:
            vhost = unquote(urlsplit(amqp_url).path.removeprefix("/"))
            # The management API learns of a new connection a moment after its client does.
            assert wait_until(lambda: management.close_connections(vhost) > 0, within_seconds=15), "nothing to cut"

    return cut


@pytest.fixture
def private_node() -> Iterator[RabbitNode]:
    """A node for this test alone, to be stopped, killed or frozen."""
    with at_hand_or_told(broker_at_hand(private=True)) as broker:
        assert broker.node is not None
        yield broker.node


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresAtHand]:
    """The PostgreSQL server of this test process."""
    with at_hand_or_told(postgres_at_hand()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The SQLAlchemy address of an empty database of the test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'fleet.sqlite'}"
        return
    postgres: PostgresAtHand = request.getfixturevalue("postgres")
    with postgres.fresh_database() as url:
        yield url


@contextmanager
def at_hand_or_told(opening: AbstractContextManager[Server]) -> Iterator[Server]:
    """Open a server; where there is none, skip with the reason on a laptop and fail in CI."""
    with ExitStack() as opened:
        try:
            server = opened.enter_context(opening)
        except Misconfigured as reason:
            if is_ci(os.environ.get("CI", "")):
                pytest.fail(str(reason), pytrace=False)
            pytest.skip(str(reason))
        yield server


def is_ci(variable: str) -> bool:
    return variable.strip().lower() not in ("", "0", "false", "no")


@contextmanager
def broker_of_the_run(shared: Path) -> Iterator[BrokerAtHand]:
    """
    Join the private node that another process of this run has started, or start one for all.

    Each process holds the node's folder, so it lives as long as the last of them, whichever has started it.
    """
    with ExitStack() as held:
        with _locked(shared):
            broker = _joined(shared, held) or _started(shared, held)
        yield broker


@contextmanager
def _locked(shared: Path) -> Iterator[None]:
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _joined(shared: Path, held: ExitStack) -> BrokerAtHand | None:
    if not shared.exists():
        return None
    told = json.loads(shared.read_text())
    try:
        held.enter_context(holding(Path(told.pop("folder"))))
    except Unavailable:
        return None  # it has ended already: its processes had nothing more to do
    return BrokerAtHand(**told)


def _started(shared: Path, held: ExitStack) -> BrokerAtHand:
    broker = held.enter_context(broker_at_hand())
    if broker.node is not None:  # any other broker is found by each process for itself
        told = {
            "url": broker.url,
            "kind": broker.kind,
            "version": broker.version,
            "management_url": broker.management_url,
            "folder": str(broker.node.folder.path),
        }
        shared.touch(mode=0o600)
        shared.write_text(json.dumps(told))
    return broker
