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
    name: str = "trading_grid_directory"

    def poll_once(self, lease: Lease) -> bool:
        """Read all spaces once, mirror and announce those that changed; there is never more at once."""
        self._announce()  # what an earlier scan saw and died over
        for space in self.trading_grid.list_spaces():
            if space.id in self.spaces and self._mirror(space, self.trading_grid.list_members(space.id), lease):
                self._announce()  # at once: a stranger in the first space does not wait for the last one to be read
        return False

    def _announce(self) -> None:
        announce_changes(
            self.database, self.publisher, self.mirror, CommunityChanged, source=self.name, tenant=self.tenant
        )

    def _mirror(self, space: Space, members: tuple[Member, ...], lease: Lease) -> int:
        """Mirror one space and return how many records changed."""
        community = Community.seen(
            space=space.id,
            name=space.name,
            folder=space.folder_id,
            members=(Membership(member=m.id, company=m.company_id, role=m.role) for m in members),
        )
        # The directory has no version of its own (dossier 4): the order of our scans is the order. The lease's fence
        # tells it; a clock would not, when it is set back or another host's.
        sighting = Sighting(
            key=space.id, digest=community.digest(), order=lease.fence, body=community.model_dump_json()
        )

        def write(c: Connection) -> int:
            leases.guard(c, [lease])
            return self.mirror.upsert(c, self.tenant, [sighting])

        return self.database.write(write)
