"""
What every process of the fleet is made of: settings, database, publisher, leases, vendors, health, and a way to stop.

SIGTERM or Ctrl-C asks it to stop: `/ready` turns false, work in hand is finished or left to the broker, exit status 0.
A second signal ends it at once: what was in hand comes again elsewhere.
"""

import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

import structlog

from ops.processes.vendors import tenants_of
from shared.clock import Clock, SystemClock
from shared.errors import Misconfigured
from shared.health import Health, HealthServer
from shared.messaging import declaring
from shared.messaging.publisher import Publisher
from shared.messaging.topology import topology
from shared.metrics import Metrics
from shared.settings import FleetSettings
from shared.store import migrate
from shared.store.engine import Database
from shared.store.lease_keeper import LeaseKeeper
from workers.gate import Gate
from workers.shares import Shares
from workers.tools import Tools

FORCED_EXIT: Final = 130

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FleetProcess:
    """A process of the fleet, ready to work until `stopping` is set."""

    settings: FleetSettings
    tools: Tools
    health: Health
    stopping: threading.Event

    @property
    def broker_url(self) -> str:
        """The broker's address with its password; read anew at each connect."""
        return self.settings.broker.url.get_secret_value()


@contextmanager
def fleet_process(settings: FleetSettings, name: str, *, port: int = 0) -> Iterator[FleetProcess]:
    """
    Build a process called `name` with its health server on `port` (0: any), and take it down in order.

    Raises Misconfigured when the broker's topology or the database is not as this release needs it.
    """
    stopping, owner = stop_on_signals(), _owner(name)
    with ExitStack() as stack:
        metrics, health = Metrics(tenants=settings.tenants), Health()
        database = stack.enter_context(open_database(settings))
        url = settings.broker.url.get_secret_value
        declaring.check(url(), topology())
        publisher = stack.enter_context(
            Publisher(
                url,
                on_blocked=metrics.broker_blocked,
                on_unrouted=metrics.unrouted,
                on_published=metrics.published,
                on_reconnected=metrics.broker_reconnected,
            )
        )
        leases = stack.enter_context(LeaseKeeper(database, owner))
        clock: Clock = SystemClock()
        tools = Tools(
            database=database,
            publisher=publisher,
            clock=clock,
            metrics=metrics,
            tenants=dict(tenants_of(settings, database, metrics, clock, owner)),
            leases=leases,
            gate=Gate(database),
            shares=Shares(sum(len(tenant.communities) for tenant in settings.tenants.values())),
        )
        health.check("broker", lambda: publisher.is_connected)
        health.check("database", lambda: _answers(database))
        server = stack.enter_context(HealthServer(health, metrics, host=settings.metrics_host, port=port))
        log.info("process started", process=name, health=server.url)
        yield FleetProcess(settings, tools, health, stopping)
        health.drain()
    log.info("process stopped", process=name)


def stop_on_signals() -> threading.Event:
    """Return an event that the first SIGTERM or SIGINT sets; a second one ends the process at once."""
    stopping = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(FORCED_EXIT)
        log.info("stopping", signal=signal.Signals(number).name)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


@contextmanager
def open_database(settings: FleetSettings) -> Iterator[Database]:
    """Open the fleet's database; raises Misconfigured when it is not as this release needs it."""
    url = settings.database.url.get_secret_value()
    if not migrate.is_current(url):
        raise Misconfigured("the database is not as this release needs it; run `fleet migrate`")
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _answers(database: Database) -> bool:
    database.ping()
    return True


def _owner(name: str) -> str:
    """Name this process in lease rows: readable, and never the same twice, whatever process ids do."""
    return f"{socket.gethostname()}:{name}:{os.getpid()}:{secrets.token_hex(4)}"
