"""Each tenant's two vendors, built from its settings."""

from collections.abc import Iterator
from typing import Final

from shared.clock import Clock
from shared.metrics import Metrics
from shared.settings import FleetSettings
from shared.store.credentials import Credentials
from shared.store.engine import Database
from shared.vendors.smintio.client import Smintio
from shared.vendors.trading_grid.hal import HalTradingGrid
from shared.vendors.trading_grid.profile_files import load_profile
from workers.tools import Tenant

SMINTIO: Final = "smintio"
TRADING_GRID: Final = "trading_grid"


def tenants_of(
    settings: FleetSettings, database: Database, metrics: Metrics, clock: Clock, owner: str
) -> Iterator[tuple[str, Tenant]]:
    """
    Yield every tenant with its clients; nothing is contacted yet.

    Raises Misconfigured when a profile cannot be read or an address is not one that we may call.
    """
    for name, tenant in settings.tenants.items():
        tokens = Credentials(database, name, SMINTIO, owner)
        profile = load_profile(tenant.trading_grid.profile)
        yield (
            name,
            Tenant(
                name=name,
                settings=tenant,
                smintio=Smintio(tenant.smintio, tokens, name, observe=metrics.observing(SMINTIO), clock=clock),
                trading_grid=HalTradingGrid(tenant.trading_grid, profile, observe=metrics.observing(TRADING_GRID)),
            ),
        )
