"""What an actor works with, built once when its process starts."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.clock import Clock
from shared.messaging.publisher import Publisher
from shared.metrics import Metrics
from shared.settings import TenantSettings
from shared.store.engine import Database
from shared.store.lease_keeper import LeaseKeeper
from shared.vendors.smintio.client import Smintio
from shared.vendors.trading_grid.port import TradingGrid
from workers.gate import Gate
from workers.shares import Shares


@dataclass(frozen=True)
class Tenant:
    """One customer: its settings and its two vendors."""

    name: str
    settings: TenantSettings
    smintio: Smintio
    trading_grid: TradingGrid


@dataclass(frozen=True)
class Tools:
    """The collaborators of every actor."""

    database: Database
    publisher: Publisher
    clock: Clock
    metrics: Metrics
    tenants: Mapping[str, Tenant]
    leases: LeaseKeeper
    gate: Gate
    shares: Shares
