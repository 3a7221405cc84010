"""
`python -m ops.sandbox --port-file F`: both vendors of a scenario in one process, on free ports of loopback.

When both answer and the scenario's first purchases are made, F says where they are and how to get in. The process ends
at SIGTERM or Ctrl-C; `ops.processes.children` lets it end with its parent.
"""

import argparse
import secrets
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
from pydantic import SecretStr

from ops.sandbox.addresses import Addresses, SmintioAddress, TradingGridAddress
from ops.sandbox.clock import VirtualClock
from ops.sandbox.people import MarketingManager
from ops.sandbox.playing import buy_what_is_there_at_the_start
from ops.sandbox.scenario import DEMO, load_scenario
from ops.sandbox.serving import serve
from ops.sandbox.smintio.app import SimulatedSmintio, Tenant
from ops.sandbox.stage import Furniture, furnish
from ops.sandbox.trading_grid.app import CLIENT_ID, CLIENT_SECRET, SimulatedTradingGrid
from ops.sandbox.world import World
from shared.vendors.trading_grid.profile_files import load_profile

PROFILE: Final = "ac_hal_json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate until told to stop."""
    asked = _parser().parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    scenario = load_scenario(asked.scenario)
    world = World(VirtualClock(is_ticking=True))
    smintio = SimulatedSmintio(world, Tenant(manager_token=SecretStr(secrets.token_urlsafe(24))))
    asked.folder.mkdir(parents=True, exist_ok=True)
    trading_grid = SimulatedTradingGrid(world, load_profile(PROFILE), blob_folder=asked.folder)
    furniture = furnish(trading_grid.host, scenario)
    with serve(smintio.app) as smintio_at, serve(trading_grid.app) as trading_grid_at, httpx.Client() as http:
        addresses = addresses_of(smintio, smintio_at.base_url, trading_grid_at.base_url, furniture)
        buy_what_is_there_at_the_start(scenario, MarketingManager(http, addresses.smintio, world.clock.now))
        addresses.write(asked.port_file)
        stopping.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.sandbox", description="Simulate both vendors of a scenario.")
    parser.add_argument("--scenario", type=Path, default=DEMO, help="a scenario; by default that of the demo")
    parser.add_argument("--port-file", type=Path, required=True, help="is written when everything is there")
    parser.add_argument("--folder", type=Path, required=True, help="where the simulated Trading Grid keeps its files")
    return parser


def addresses_of(smintio: SimulatedSmintio, smintio_url: str, trading_grid_url: str, furniture: Furniture) -> Addresses:
    """Say where both vendors are and how to get in."""
    return Addresses(
        smintio=_smintio_address(smintio, smintio_url),
        trading_grid=TradingGridAddress(
            base_url=trading_grid_url,
            tenant_id="sandbox",
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            hub_company=furniture.hub_company,
            spaces=furniture.spaces,
            companies=furniture.companies,
            contacts=furniture.contacts,
            passwords=furniture.passwords,
        ),
    )


def _smintio_address(smintio: SimulatedSmintio, url: str) -> SmintioAddress:
    settings = smintio.settings(url)
    return SmintioAddress(
        identity_url=settings.identity_url,
        api_url=settings.api_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        refresh_token=settings.refresh_token,
        generic_metadata=settings.operations.generic_metadata,
        license_purchase_transactions=settings.operations.license_purchase_transactions,
        binaries=settings.operations.binaries,
        persona_url=url,
        manager_token=smintio.tenant.manager_token,
    )


if __name__ == "__main__":
    main()
