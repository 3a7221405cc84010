"""A simulated Trading Grid on loopback with one partner community, and the client that speaks to it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import httpx

from ops.sandbox.clock import VirtualClock
from ops.sandbox.faults import Fault, Kind
from ops.sandbox.serving import serve
from ops.sandbox.trading_grid.app import SimulatedTradingGrid
from ops.sandbox.trading_grid.behaviour import Behaviour
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.rows import Company, Contact, Space
from ops.sandbox.world import World
from shared.settings import TradingGridSettings
from shared.vendors.trading_grid.hal import HalTradingGrid
from shared.vendors.trading_grid.port import Blob, Document, Draft
from shared.vendors.trading_grid.profile import Profile

PASSWORD = "correct horse battery staple"


@dataclass
class Here:
    sandbox: World
    simulated: SimulatedTradingGrid
    profile: Profile
    url: str
    client: HalTradingGrid
    space: Space
    http: httpx.Client = field(repr=False)

    @property
    def host(self) -> CommunityHost:
        return self.simulated.host

    def settings(self, **others: object) -> TradingGridSettings:
        return self.simulated.settings(self.url, profile="ac_hal_json", hub_company="1", **others)

    def fault(self, operation: str, kind: Kind, *, count: int = 1, **others: object) -> None:
        """Plan a fault of the simulated host."""
        planned = {"vendor": "trading_grid", "operation": operation, "kind": kind, "count": count, **others}
        self.sandbox.faults.inject(Fault.model_validate(planned))

    def blob(self, content: bytes = b"picture", name: str = "logo.jpg") -> Blob:
        return self.client.store_blob(iter([content]), name=name, mime_type="image/jpeg", length_bytes=len(content))

    def folder(self, name: str = "Campaign") -> str:
        space = next(space for space in self.client.list_spaces() if space.id == self.space.id)
        return self.client.ensure_folder(space, name)

    def document(self, key: str = "key-1", *, name: str = "logo.jpg", folder: str | None = None) -> Document:
        draft = Draft(key, name, "image/jpeg", {"valid_until": "2026-12-31"})
        return self.client.create_document(folder or self.folder(), draft, self.blob())

    def log_in(self, email: str = "alex@partner.example.com") -> dict[str, str]:
        answer = self.http.post("/persona/login", json={"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


@lru_cache
def _ssl_context() -> ssl.SSLContext:
    """Nothing here speaks TLS, yet each context costs a tenth of a second."""
    return httpx.create_ssl_context()


@contextmanager
def world(profile: Profile, folder: Path, behaviour: Behaviour | None = None) -> Iterator[Here]:
    """Hand out a host with one space, whose only member is Alex of company 9; Kim of our own company administers."""
    sandbox = World(VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)))
    simulated = SimulatedTradingGrid(sandbox, profile, blob_folder=folder, behaviour=behaviour)
    host = simulated.host
    for company in (Company("1", "Acme"), Company("9", "Partner EU"), Company("10", "Partner US")):
        host.directory.put_company(company)
    for contact in (
        Contact("c1", "Alex Example", "alex@partner.example.com", "9", PASSWORD),
        Contact("c2", "Sam Example", "sam@other.example.com", "10", PASSWORD),
        Contact("c3", "Kim Example", "kim@acme.example.com", "1", PASSWORD, is_administrator=True),
    ):
        host.directory.put_contact(contact)
    space = host.open_space("Partner EU")
    host.directory.set_role(space.id, "c1", "Observer")
    with (
        serve(simulated.app) as served,
        httpx.Client(base_url=served.base_url, verify=_ssl_context(), timeout=10) as http,
    ):
        settings = simulated.settings(served.base_url, profile="ac_hal_json", hub_company="1")
        client = HalTradingGrid(settings, profile)
        try:
            yield Here(sandbox, simulated, profile, served.base_url, client, space, http)
        finally:
            client.close()
