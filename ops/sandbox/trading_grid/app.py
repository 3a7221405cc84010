"""The simulated Trading Grid as a web application."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.hal_routes import HalRoutes
from ops.sandbox.trading_grid.journal import Journal
from ops.sandbox.trading_grid.persona import persona_routes
from ops.sandbox.trading_grid.refusals import Refused
from ops.sandbox.trading_grid.sandbox_routes import sandbox_routes
from ops.sandbox.trading_grid.token_office import TokenEnded, TokenOffice
from ops.sandbox.trading_grid.token_routes import token_routes
from shared.clock import Clock
from shared.vendors.trading_grid.profile import Profile


def trading_grid_app(community_host: CommunityHost, clock: Clock, profile: Profile) -> FastAPI:
    """Return the application: the vendor's surface as `profile` maps it, the personas, and the sandbox's own pages."""
    app = FastAPI(title="Simulated Trading Grid", docs_url=None, redoc_url=None, openapi_url=None)
    office = TokenOffice(lifetime_seconds=community_host.behaviour.token_lifetime_seconds)
    journal = Journal(clock)
    app.include_router(token_routes(community_host, profile, office))
    app.include_router(HalRoutes(community_host, profile, office, journal).router)
    app.include_router(persona_routes(community_host, clock))
    app.include_router(sandbox_routes(community_host, journal, office))
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
