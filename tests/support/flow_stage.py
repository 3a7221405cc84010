"""Flow 1 by hand, step by step and in one process: real clients, real store, both vendors simulated, no broker."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ops.sandbox.serving import serve
from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.smintio.files import File
from ops.sandbox.smintio.licences import licence
from producers.smintio_licences import SmintioLicences
from producers.trading_grid_directory import TradingGridDirectory
from shared.events import ChangeEvent
from shared.messaging.dues import SWEEPER, due_event
from shared.messaging.publisher import Publisher
from shared.metrics import Metrics
from shared.settings import TenantSettings
from shared.store import leases, ledger
from shared.store.engine import Database
from shared.store.lease_keeper import LASTING, LeaseKeeper
from shared.store.leases import Lease
from shared.store.mirrors import Mirror
from shared.vendors.smintio.client import Smintio
from shared.vendors.trading_grid.profile_files import load_profile
from tests.vendors.smintio.kept_tokens import KeptTokens
from tests.vendors.trading_grid.world import Here, world
from workers.actors import ACTORS
from workers.gate import Gate
from workers.harness import Result
from workers.shares import Shares
from workers.tools import Tenant, Tools

ASSET = "79468"


@dataclass
class Announced:
    """Stands where the broker stands: what was announced waits here to be handed on, or to be looked at."""

    events: list[ChangeEvent] = field(default_factory=list)

    def announce(self, events: Sequence[ChangeEvent]) -> None:
        self.events.extend(events)


@dataclass
class FlowStage:
    """One tenant with one community and one publication; what moves, moves because a test says so."""

    here: Here
    simulated: SimulatedSmintio
    tools: Tools
    announced: Announced

    @property
    def tenant(self) -> Tenant:
        return self.tools.tenants["acme"]

    def buy(self, content: bytes = b"\xff\xd8\xff\xe0 first") -> None:
        file = File(uuid="f1", kind="image", name="logo.jpg", seed="logo", given=content, given_type="image/jpeg")
        self.simulated.account.buy(licence(ASSET, name="Logo"), [file])

    def resettle(self, **changed: object) -> None:
        """Go on with other settings, as after a restart."""
        settings = TenantSettings.model_validate(self.tenant.settings.model_dump() | changed)
        self.tools = replace(self.tools, tenants={"acme": replace(self.tenant, settings=settings)})

    def poll_licences(self) -> None:
        tenant, tools = self.tenant, self.tools
        poller = SmintioLicences("acme", LASTING, tenant.smintio, tools.database, tools.publisher, Mirror("licence"))
        with self.lease("smintio_licences") as lease:
            while poller.poll_once(lease):
                pass

    def directory(self) -> TradingGridDirectory:
        tenant, tools = self.tenant, self.tools
        spaces = frozenset(community.space for community in tenant.settings.communities.values())
        return TradingGridDirectory(
            "acme", LASTING, spaces, tenant.trading_grid, tools.database, tools.publisher, Mirror("community")
        )

    def poll_directory(self) -> None:
        with self.lease("trading_grid_directory") as lease:
            self.directory().poll_once(lease)

    @contextmanager
    def lease(self, poller: str) -> Iterator[Lease]:
        taken = leases.take(self.tools.database, "acme", "poller", [poller], owner="test", lasting=LASTING)
        yield taken[poller]
        leases.release(self.tools.database, [*taken.values()])

    def work(self, queue: str) -> Mapping[str, Result]:
        """Let an actor work on all that is announced for its queue; return how each subject ended."""
        actor = ACTORS[queue]
        mine = [event for event in self.announced.events if isinstance(event, actor.queue.listens)]
        self.announced.events = [event for event in self.announced.events if event not in mine]
        ended: dict[str, Result] = {}
        for event in mine:
            subject = actor.subject_of(event)
            try:
                ended[subject.key] = actor.work({subject: event}, self.tools)[subject]
            except Exception as fault:  # noqa: BLE001 - what the harness would get
                ended[subject.key] = fault
        return ended

    def plan(self) -> None:
        planners = [ACTORS[name] for name in ("publish_assets", "replan_assets")]
        while due := [p for p in planners if any(isinstance(e, p.queue.listens) for e in self.announced.events)]:
            for planner in due:
                self.work(planner.queue.name)

    def sweep(self) -> None:
        """Announce what is not as it is wanted, as the sweeper does in its time."""
        with self.tools.database.read() as c:
            rows = [row for row in ledger.of_asset(c, "acme", ASSET) if row.made_generation < row.wanted_generation]
        dues = [ledger.Due(row.key, row.wanted_generation, row.wanted_state, row.seen_at) for row in rows]
        self.announced.announce([due_event("acme", due, source=SWEEPER) for due in dues])

    def publish(self) -> Mapping[str, Result]:
        """Poll both vendors, plan, and deliver once."""
        self.poll_directory()
        self.poll_licences()
        self.plan()
        return self.work("deliver")

    def row(self) -> ledger.Delivery:
        with self.tools.database.read() as c:
            (row,) = ledger.of_asset(c, "acme", ASSET)
        return row

    def seen_by(self, contact: str) -> list[str]:
        """Name the spaces in which this contact sees a document, one for each document."""
        return [seen.space_id for seen in self.here.host.views.of(contact)]


@contextmanager
def flow_stage(database: Database, folder: Path) -> Iterator[FlowStage]:
    """Open a stage: Alex of company 9 is the only member of the only community."""
    profile = load_profile("ac_hal_json")
    with world(profile, folder) as here:
        simulated = SimulatedSmintio(here.sandbox)
        with serve(simulated.app) as served, LeaseKeeper(database, "test") as keeper:
            settings = TenantSettings.model_validate(
                {
                    "smintio": simulated.settings(served.base_url),
                    "trading_grid": here.settings(),
                    "communities": {"eu": {"space": here.space.id, "companies": ("9",)}},
                    "publications": {"all": {"title": "All", "folder": "All", "assets": {}, "audience": {}, "use": {}}},
                }
            )
            smintio = Smintio(settings.smintio, KeptTokens(), "acme", clock=here.sandbox.clock)
            announced = Announced()
            tenant = Tenant("acme", settings, smintio, here.client)
            tools = Tools(
                database=database,
                publisher=cast("Publisher", announced),
                clock=here.sandbox.clock,
                metrics=Metrics(),
                tenants={"acme": tenant},
                leases=keeper,
                gate=Gate(database),
                shares=Shares(communities=1),
            )
            try:
                yield FlowStage(here, simulated, tools, announced)
            finally:
                smintio.close()
