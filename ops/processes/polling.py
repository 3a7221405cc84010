"""`fleet poll SOURCE...`: run some pollers of every tenant until told to stop."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from ops.processes.fleet_process import FleetProcess, fleet_process
from producers.poller import Loop
from producers.sources import SOURCES, SourceTools
from shared.messaging.depths import QueueDepths
from shared.settings import FleetSettings

TURN_WITHIN: Final = timedelta(minutes=5)  # one page of a slow vendor, its confirms, and a pause of the broker


def poll(settings: FleetSettings, sources: Sequence[str], *, port: int = 0) -> None:
    """Poll `sources` until a signal asks to stop; raises Misconfigured when the process cannot start."""
    with fleet_process(settings, f"poll-{'-'.join(sources)}", port=port) as process:
        threads = [threading.Thread(target=loop.run, name=loop.poller.name) for loop in _loops(process, sources)]
        for thread in threads:
            thread.start()
        process.stopping.wait()
        process.health.drain()
        for thread in threads:
            thread.join()


def _loops(process: FleetProcess, sources: Sequence[str]) -> Iterator[Loop]:
    tools = process.tools
    for tenant in tools.tenants.values():
        source_tools = SourceTools(
            tenant=tenant.name,
            settings=tenant.settings,
            smintio=tenant.smintio,
            trading_grid=tenant.trading_grid,
            database=tools.database,
            publisher=tools.publisher,
            clock=tools.clock,
            waiting=QueueDepths(lambda: process.broker_url).waiting,
        )
        for name in sources:
            beat = process.health.beat(f"poller {tenant.name} {name}", within=TURN_WITHIN)
            yield Loop(SOURCES[name](source_tools), tools.leases, tools.metrics, process.stopping, beat)
