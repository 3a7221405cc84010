"""
Poll the partner spaces of Trading Grid and who is in them.

Announces  trading_grid.community.changed
Reads      every space that the settings name as a community, and its members
Writes     the mirror of communities
Never      concludes from absence: a space that is not listed keeps its row (design: absence is not deletion)
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from producers.announcing import announce_changes
from shared.clock import Clock
from shared.communities import Community, Membership
from shared.events import CommunityChanged
from shared.messaging.publisher import Publisher
from shared.store import leases
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.mirrors import Mirror, Sighting
from shared.vendors.trading_grid.port import Member, Space, TradingGrid


@dataclass(frozen=True)
class TradingGridDirectory:
    """The spaces of one tenant's communities."""

    tenant: str
    every: timedelta
    spaces: frozenset[str]
    """Ids of the spaces that are communities; others are none of our business."""
    trading_grid: TradingGrid
    database: Database
    publisher: Publisher
    mirror: Mirror
    clock: Clock
    name: str = "trading_grid_directory"

    def poll_once(self, lease: Lease) -> bool:
        """Read all spaces once, mirror and announce those that changed; there is never more at once."""
        for space in self.trading_grid.list_spaces():
            if space.id in self.spaces:
                self._mirror(space, self.trading_grid.list_members(space.id), lease)
        announce_changes(
            self.database, self.publisher, self.mirror, CommunityChanged, source=self.name, tenant=self.tenant
        )
        return False

    def _mirror(self, space: Space, members: tuple[Member, ...], lease: Lease) -> None:
        community = Community.seen(
            space=space.id,
            name=space.name,
            folder=space.folder_id,
            members=(Membership(member=m.id, company=m.company_id, role=m.role) for m in members),
        )
        # The directory has no version of its own (dossier 4): the order of our scans, kept by the lease, is the order.
        order = int(self.clock.now().timestamp() * 1_000_000)
        sighting = Sighting(key=space.id, digest=community.digest(), order=order, body=community.model_dump_json())

        def write(c: Connection) -> None:
            leases.guard(c, [lease])
            self.mirror.upsert(c, self.tenant, [sighting])

        self.database.write(write)
