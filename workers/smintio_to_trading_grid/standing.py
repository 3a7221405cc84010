"""
May a document stand, or be seen, at this moment: generation, verdict and members, each read when asked.

Nothing here is remembered between two questions. What was true when an upload began says nothing about its end.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from shared.communities import Community, Membership
from shared.errors import Transient
from shared.store import ledger
from shared.store.ledger import Delivery
from shared.store.mirrors import MirrorRow
from workers.executing import Errand
from workers.smintio_to_trading_grid.judging import COMMUNITIES, LICENCES, judge, licence_of
from workers.tools import Tools


class Moved(Transient):
    """What is wanted changed while we were making it."""


@dataclass(frozen=True)
class Standing:
    """The questions about one document that an executor was asked to make."""

    errand: Errand
    tools: Tools
    row: Delivery
    """As it was when the work began."""
    space: str

    def may_begin(self) -> bool:
        """Tell whether the document may stand, by the members whom the directory last saw: never enough to show it."""
        with self.tools.database.read() as c:
            seen = COMMUNITIES.read(c, self._tenant, [self.space]).get(self.space)
            members = Community.model_validate_json(seen.body).members if seen else None
            return self._may_stand(c, members)

    def may_be_seen(self) -> bool:
        """Tell whether the document may be seen, by the members whom the vendor names now."""
        members = tuple(
            Membership(member=m.id, company=m.company_id, role=m.role)
            for m in self.errand.tenant.trading_grid.list_members(self.space)
        )
        with self.tools.database.read() as c:
            return self._may_stand(c, members)

    def is_still_wanted(self) -> bool:
        """Tell whether nobody has wanted anything else meanwhile."""
        with self.tools.database.read() as c:
            return self._is_still_wanted(c)

    def _may_stand(self, c: Connection, members: tuple[Membership, ...] | None) -> bool:
        licence = LICENCES.read(c, self._tenant, [self.row.asset]).get(self.row.asset)
        return self._is_still_wanted(c) and licence is not None and self._is_permitted(licence, members)

    def _is_permitted(self, licence: MirrorRow, members: tuple[Membership, ...] | None) -> bool:
        settings = self.errand.tenant.settings
        publication = settings.publications.get(self.row.publication)
        community = settings.communities.get(self.row.community)
        if publication is None or community is None:
            return False
        at = self.tools.clock.now()
        return judge(licence_of(licence), publication, community, members, settings, at=at).permits

    def _is_still_wanted(self, c: Connection) -> bool:
        row = ledger.read(c, self._tenant, self.row.key)
        return row is not None and row.wanted_generation == self.row.wanted_generation

    @property
    def _tenant(self) -> str:
        return self.errand.tenant.name
