"""The simulated Trading Grid, as an app to be served on loopback."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import SecretStr

from ops.sandbox.control import control_router
from ops.sandbox.faulting import Faulting
from ops.sandbox.trading_grid.assumptions import ASSUMPTIONS, VENDOR
from ops.sandbox.trading_grid.behaviour import Behaviour
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.hal_routes import HalRoutes
from ops.sandbox.trading_grid.persona import persona_routes
from ops.sandbox.trading_grid.refusals import Refused
from ops.sandbox.trading_grid.sandbox_routes import sandbox_routes
from ops.sandbox.trading_grid.token_office import TokenEnded, TokenOffice
from ops.sandbox.trading_grid.token_routes import token_routes
from ops.sandbox.trading_grid.write_log import WriteLog, WriteLogging
from ops.sandbox.world import World
from shared.settings import TradingGridSettings
from shared.vendors.trading_grid.profile import Profile

CLIENT_ID: Final = "fleet"
CLIENT_SECRET: Final = "sandbox-client-secret"  # noqa: S105 - opens nothing but the simulation


class SimulatedTradingGrid:
    """A community host that a service account may enter, and the app that shows it to the world."""

    def __init__(
        self, world: World, profile: Profile, *, blob_folder: Path, behaviour: Behaviour | None = None
    ) -> None:
        self.host = CommunityHost(world.clock, profile, blob_folder=blob_folder, behaviour=behaviour)
        self.host.admit_account(CLIENT_ID, CLIENT_SECRET)
        self.log = WriteLog(world.clock)
        self.office = TokenOffice(lifetime_seconds=self.host.behaviour.token_lifetime_seconds)
        self.app = trading_grid_app(self, world, profile)

    def settings(self, base_url: str, *, profile: str, hub_company: str, **others: object) -> TradingGridSettings:
        """Return the settings of a fleet that finds this host at `base_url` and speaks to it as `profile` says."""
        return TradingGridSettings.model_validate(
            {
                "profile": profile,
                "base_url": base_url,
                "tenant_id": "sandbox",
                "client_id": CLIENT_ID,
                "client_secret": SecretStr(CLIENT_SECRET),
                "hub_company": hub_company,
                **others,
            }
        )


def trading_grid_app(trading_grid: SimulatedTradingGrid, world: World, profile: Profile) -> FastAPI:
    """Return the app: the vendor's surface as `profile` maps it, the personas, and the controls of `world`."""
    world.assume(ASSUMPTIONS)
    host, office, log = trading_grid.host, trading_grid.office, trading_grid.log
    app = FastAPI(title="Simulated Trading Grid", openapi_url="/__sandbox/openapi.json", docs_url=None, redoc_url=None)
    tokens = token_routes(host, profile, office)
    surface = HalRoutes(host, profile, office).router
    for router in (tokens, surface, persona_routes(host, world.clock), sandbox_routes(host, log, office)):
        app.include_router(router)
    app.include_router(control_router(world))
    app.add_middleware(Faulting, world=world, vendor=VENDOR, operations=[*tokens.routes, *surface.routes])
    app.add_middleware(WriteLogging, log=log, operations=surface.routes)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(TokenEnded, _token_ended)
    return app


def _refused(_: Request, refusal: Exception) -> Response:
    status = refusal.status if isinstance(refusal, Refused) else Refused.status
    return JSONResponse({"exception": str(refusal)}, status_code=status)


def _token_ended(_: Request, __: Exception) -> Response:
    return JSONResponse(
        {"error": "invalid_token", "error_description": "The access token expired"},
        status_code=401,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
