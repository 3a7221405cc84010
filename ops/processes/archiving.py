"""`fleet archive`: bring dead letters into rows until told to stop."""

from datetime import timedelta
from typing import Final

from ops.processes.fleet_process import fleet_process
from shared.settings import FleetSettings
from workers.archiver import Archiver

TURN_WITHIN: Final = timedelta(seconds=30)  # it turns every second, or every three while the broker is away


def archive(settings: FleetSettings, *, port: int = 0) -> None:
    """Archive dead letters until a signal asks to stop; raises Misconfigured when the process cannot start."""
    with fleet_process(settings, "archive", port=port) as process:
        beat = process.health.beat("archiver", within=TURN_WITHIN)
        Archiver(lambda: process.broker_url, process.tools.database, process.stopping, beat).run()
