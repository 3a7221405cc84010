"""Every source that the fleet polls, by name, and the pollers of one tenant's sources."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from producers.licence_clock import LicenceClock
from producers.poller import Poller
from producers.settings_changes import SettingsChanges
from producers.smintio_licences import SmintioLicences
from producers.sweeper import Sweeper
from producers.trading_grid_directory import TradingGridDirectory
from shared.clock import Clock
from shared.messaging.publisher import Publisher
from shared.settings import TenantSettings
from shared.store.engine import Database
from shared.store.mirrors import Mirror
from shared.vendors.smintio.client import Smintio
from shared.vendors.trading_grid.port import TradingGrid


@dataclass(frozen=True)
class SourceTools:
    """What a tenant's pollers work with."""

    tenant: str
    settings: TenantSettings
    smintio: Smintio
    trading_grid: TradingGrid
    database: Database
    publisher: Publisher
    clock: Clock
    waiting: Callable[[str], int]
    """How many messages wait in a queue; for the thread that asked first."""


def smintio_licences(tools: SourceTools) -> Poller:
    """Poll what was licensed in Smint.io."""
    return SmintioLicences(
        tenant=tools.tenant,
        every=tools.settings.smintio.poll_every,
        smintio=tools.smintio,
        database=tools.database,
        publisher=tools.publisher,
        mirror=Mirror("licence"),
    )


def trading_grid_directory(tools: SourceTools) -> Poller:
    """Poll the partner communities of Trading Grid."""
    return TradingGridDirectory(
        tenant=tools.tenant,
        every=tools.settings.trading_grid.poll_every,
        spaces=frozenset(community.space for community in tools.settings.communities.values()),
        trading_grid=tools.trading_grid,
        database=tools.database,
        publisher=tools.publisher,
        mirror=Mirror("community"),
    )


def licence_clock(tools: SourceTools) -> Poller:
    """Watch for the instants at which a right turns."""
    return LicenceClock(tenant=tools.tenant, database=tools.database, publisher=tools.publisher, clock=tools.clock)


def settings_changes(tools: SourceTools) -> Poller:
    """Notice that the settings decide otherwise than before."""
    return SettingsChanges(
        tenant=tools.tenant,
        settings=tools.settings,
        database=tools.database,
        publisher=tools.publisher,
        mirror=Mirror("licence"),
    )


def sweeper(tools: SourceTools) -> Poller:
    """Look for what is wanted and not yet so."""
    return Sweeper(tenant=tools.tenant, database=tools.database, publisher=tools.publisher, waiting=tools.waiting)


SOURCES: Final[dict[str, Callable[[SourceTools], Poller]]] = {
    source.__name__: source
    for source in (smintio_licences, trading_grid_directory, licence_clock, settings_changes, sweeper)
}
