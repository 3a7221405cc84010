"""The simulated Smint.io of one tenant, as an app to be served on loopback."""

from importlib import resources
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, SecretStr

from ops.sandbox.control import control_router
from ops.sandbox.faulting import Faulting
from ops.sandbox.smintio.account import Account, NoSuchLicence, UnknownContinuation
from ops.sandbox.smintio.assumptions import ASSUMPTIONS, VENDOR
from ops.sandbox.smintio.identity_routes import identity_routes
from ops.sandbox.smintio.licensing_routes import API_ROOT, licensing_routes, signed_link_routes
from ops.sandbox.smintio.persona import manager_routes
from ops.sandbox.smintio.token_office import TokenOffice
from ops.sandbox.world import World
from shared.settings import SmintioOperations, SmintioSettings

# Not public; these are the dossier's proposals (11 U1).
OPERATIONS: Final = SmintioOperations(
    generic_metadata="/metadata/sync",
    license_purchase_transactions="/transactionHistory/licensePurchaseTransactions/sync",
    binaries="/downloads/cartPurchaseTransactions/{cart}/licensePurchaseTransactions/{licence}/binaries/sync",
)


class Tenant(BaseModel):
    """Who may speak to the simulated tenant."""

    model_config = ConfigDict(frozen=True)

    client_id: str = "fleet"
    client_secret: SecretStr = SecretStr("sandbox-client-secret")
    manager_token: SecretStr = SecretStr("sandbox-manager")
    redirect_uris: frozenset[str] = frozenset({"http://127.0.0.1:7587"})


class SimulatedSmintio:
    """A tenant: its account, its identity server, and the app that shows both to the world."""

    def __init__(self, world: World, tenant: Tenant | None = None, operations: SmintioOperations = OPERATIONS) -> None:
        self.tenant = tenant or Tenant()
        self.account = Account(world.clock)
        self.office = TokenOffice(
            world.clock,
            {self.tenant.client_id: self.tenant.client_secret.get_secret_value()},
            redirect_uris=self.tenant.redirect_uris,
        )
        self.catalogues = (resources.files("ops.sandbox.smintio") / "catalogues.json").read_bytes()
        self.operations = operations
        self.app = smintio_app(world, self)

    def settings(self, base_url: str, **others: object) -> SmintioSettings:
        """Return the settings of a fleet that has just got consent and finds this tenant at `base_url`."""
        return SmintioSettings.model_validate(
            {
                "identity_url": base_url,
                "api_url": base_url + API_ROOT,
                "client_id": self.tenant.client_id,
                "client_secret": self.tenant.client_secret,
                "refresh_token": self.office.consent(self.tenant.client_id),
                "operations": self.operations,
                "download_hosts": ("127.0.0.1",),
                **others,
            }
        )


def smintio_app(world: World, smintio: SimulatedSmintio) -> FastAPI:
    """Return the app of a tenant, with its personas and the controls of `world`."""
    world.assume(ASSUMPTIONS)
    app = FastAPI(title="Simulated Smint.io", openapi_url="/__sandbox/openapi.json", docs_url=None, redoc_url=None)
    vendors_own = (
        identity_routes(smintio.office),
        licensing_routes(smintio.account, smintio.office, smintio.operations, lambda: smintio.catalogues),
        signed_link_routes(smintio.account),
    )
    for router in vendors_own:
        app.include_router(router)
    app.include_router(manager_routes(smintio.account, smintio.tenant.manager_token))
    app.include_router(control_router(world))

    operations = [route for router in vendors_own for route in router.routes]
    app.add_middleware(Faulting, world=world, vendor=VENDOR, operations=operations)

    @app.exception_handler(NoSuchLicence)
    @app.exception_handler(UnknownContinuation)
    async def not_found(_: Request, fault: Exception) -> Response:
        return JSONResponse({"detail": str(fault)}, status_code=404)

    return app
