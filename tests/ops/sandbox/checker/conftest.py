"""A small scenario on the real simulated Trading Grid, under a clock that stands still."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ops.sandbox.addresses import TradingGridAddress
from ops.sandbox.checker import Checker
from ops.sandbox.checker_claims import tracks_of
from ops.sandbox.clock import VirtualClock
from ops.sandbox.scenario import Scenario
from ops.sandbox.serving import serve
from ops.sandbox.stage import furnish
from ops.sandbox.trading_grid.app import SimulatedTradingGrid
from ops.sandbox.world import World
from shared.vendors.trading_grid.profile_files import load_profile
from tests.support.pretend_fleet import PretendFleet
from tests.support.small_stage import SMALL, Stage


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.model_validate(tomllib.loads(SMALL))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
def stage(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> Iterator[Stage]:
    profile = load_profile("ac_hal_json")
    trading_grid = SimulatedTradingGrid(World(clock), profile, blob_folder=tmp_path)
    host = trading_grid.host
    furniture = furnish(host, scenario)
    with serve(trading_grid.app) as served, httpx.Client(base_url=served.base_url) as http:
        address = TradingGridAddress(
            base_url=served.base_url,
            tenant_id="acme",
            client_id="fleet",
            client_secret="made-up",
            hub_company=furniture.hub_company,
            spaces=furniture.spaces,
            companies=furniture.companies,
            contacts=furniture.contacts,
            passwords=furniture.passwords,
        )
        fleet = PretendFleet(host, scenario, furniture.spaces, tmp_path)
        yield Stage(Checker(scenario, address, http), fleet, host, clock, address, tracks_of(scenario))
