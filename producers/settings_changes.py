"""
Notice that the settings decide otherwise than before: what they narrowed must go, what they widened may come.

Announces  fleet.asset.due, for every licensed asset of the tenant
Reads      the tenant's communities, publications and margin as this process was started with
Writes     their digest, once everything is announced
Never      says which assets are concerned: the planner finds that most are not
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from shared.events import AssetDue, Flow, announce
from shared.messaging.publisher import Publisher
from shared.settings import TenantSettings
from shared.store import cursors, leases
from shared.store.cursors import Cursor
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.mirrors import Mirror, MirrorRow
from shared.store.paging import pages

PAGE: Final = 500


@dataclass(frozen=True)
class SettingsChanges:
    """The settings of one tenant, as far as they decide what stands where."""

    tenant: str
    settings: TenantSettings
    database: Database
    publisher: Publisher
    mirror: Mirror
    every: timedelta = timedelta(minutes=1)  # settings change with a restart; another process may have other ones
    name: str = "settings_changes"

    def poll_once(self, lease: Lease) -> bool:
        """Have every asset planned again if the settings are not those of the last time; never more at once."""
        with self.database.read() as c:
            cursor = cursors.read(c, self.tenant, self.name)
        digest = self._digest()
        if cursor.value == digest:
            return False
        for page in pages(self.database, lambda c, after: self.mirror.page(c, self.tenant, after, PAGE)):
            self._announce(page, cursor)
        self.database.write(lambda c: self._note(c, lease, cursor, digest))
        return False

    def _note(self, c: Connection, lease: Lease, cursor: Cursor, digest: str) -> None:
        leases.guard(c, [lease])
        cursors.advance(c, self.tenant, self.name, cursor, digest)

    def _announce(self, page: Sequence[MirrorRow], cursor: Cursor) -> None:
        now = datetime.now(UTC)
        self.publisher.announce(
            [
                announce(
                    AssetDue,
                    source=self.name,
                    tenant=self.tenant,
                    key=row.key,
                    version=cursor.version + 1,
                    seen_at=now,
                    flow=Flow.PUBLISH_ASSETS,
                )
                for row in page
            ]
        )

    def _digest(self) -> str:
        """Return what tells these settings from others; secrets and addresses are none of it."""
        decisive = self.settings.model_dump(
            mode="json",
            include={
                "communities": True,
                "publications": True,
                "withdrawal_margin": True,
                "trading_grid": {"hub_company"},
            },
        )
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
