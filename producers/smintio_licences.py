"""
Poll the licence feed of Smint.io.

Announces  smintio.licence.changed
Reads      licence purchase transactions by continuation, from where the cursor stands
Writes     the mirror of licences; records that cannot be read are set aside with their reason
Never      skips a page: the cursor moves when everything on it is confirmed and routed
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from producers.announcing import announce_changes
from shared.events import LicenceChanged
from shared.messaging.publisher import Publisher
from shared.store import cursors, leases, set_aside
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.mirrors import Mirror, Sighting
from shared.vendors import exact_json
from shared.vendors.smintio.client import LostContinuation, Smintio
from shared.vendors.smintio.models import Malformed, Transaction, TransactionPage

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SmintioLicences:
    """The licence feed of one tenant."""

    tenant: str
    every: timedelta
    smintio: Smintio
    database: Database
    publisher: Publisher
    mirror: Mirror
    name: str = "smintio_licences"

    def poll_once(self, lease: Lease) -> bool:
        """Mirror and announce one page of the feed; return whether more pages may follow at once."""
        with self.database.read() as c:
            cursor = cursors.read(c, self.tenant, self.name)
        try:
            page = self.smintio.transactions(cursor.value)
        except LostContinuation:
            # The feed is at-least-once and ordered by update: reading it again from its start loses nothing.
            log.warning("continuation refused, reading the feed from its start", tenant=self.tenant)
            self.database.write(lambda c: cursors.advance(c, self.tenant, self.name, cursor, None))
            return False  # after a rest: a vendor that refuses every continuation must not be read in a circle
        self.database.write(lambda c: self._mirror(c, page, lease))
        self._announce()
        self.database.write(lambda c: cursors.advance(c, self.tenant, self.name, cursor, page.continuation))
        return not page.is_end

    def _mirror(self, c: Connection, page: TransactionPage, lease: Lease) -> None:
        leases.guard(c, [lease])
        readable = [record for record in page.transactions if isinstance(record, Transaction)]
        self.mirror.upsert(c, self.tenant, [_sighting(record) for record in readable])
        for record in page.transactions:
            if isinstance(record, Malformed):
                log.warning("record set aside", tenant=self.tenant, key=record.uuid, reason=record.reason)
                set_aside.set_aside(
                    c,
                    self.tenant,
                    self.name,
                    record.uuid or "(no uuid)",
                    record.reason,
                    exact_json.encode(record.raw),
                )

    def _announce(self) -> None:
        announce_changes(
            self.database, self.publisher, self.mirror, LicenceChanged, source=self.name, tenant=self.tenant
        )


def _sighting(record: Transaction) -> Sighting:
    body = record.encoded()
    return Sighting(key=record.uuid, digest=hashlib.sha256(body.encode()).hexdigest(), order=record.order, body=body)
