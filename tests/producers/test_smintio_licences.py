"""The licence feed's cursor moves only past what is confirmed, and one broken record stops nobody else's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest

from producers.smintio_licences import SmintioLicences
from shared.errors import Unavailable
from shared.messaging.publisher import Publisher
from shared.store import cursors, set_aside
from shared.store.engine import Database
from shared.store.lease_keeper import LeaseKeeper
from shared.store.leases import Lease
from shared.store.mirrors import Mirror
from shared.vendors.smintio.client import Smintio
from shared.vendors.smintio.models import Transaction, TransactionPage
from tests.support.flow_stage import Announced

pytestmark = pytest.mark.database

RECORDS: tuple[object, ...] = (
    {"uuid": "1", "state": "completed"},
    {"uuid": "2", "can_be_synced": "perhaps"},
    {"uuid": "3"},
)


@dataclass(frozen=True)
class Feed:
    """A feed of one page."""

    def transactions(self, continuation: str | None) -> TransactionPage:
        del continuation
        return TransactionPage("after-the-page", tuple(Transaction.read(record) for record in RECORDS), is_end=False)


class Refusing(Announced):
    def announce(self, events: object) -> None:
        raise Unavailable(f"not confirmed: {events!r}"[:80])


@pytest.fixture
def lease(database: Database) -> Iterator[Lease]:
    with (
        LeaseKeeper(database, "test") as leases,
        leases.holding("acme", "poller", ["smintio_licences"], within=timedelta(minutes=1)) as hold,
    ):
        yield hold.leases[0]


def poll(database: Database, lease: Lease, announced: Announced) -> None:
    feed, publisher = cast("Smintio", Feed()), cast("Publisher", announced)
    SmintioLicences("acme", timedelta(), feed, database, publisher, Mirror("licence")).poll_once(lease)


def cursor_of(database: Database) -> str | None:
    with database.read() as c:
        return cursors.read(c, "acme", "smintio_licences").value


def test_the_cursor_stays_until_everything_on_the_page_is_confirmed(database: Database, lease: Lease) -> None:
    with pytest.raises(Unavailable):
        poll(database, lease, Refusing())
    assert None is cursor_of(database)

    announced = Announced()
    poll(database, lease, announced)

    assert ["1", "3"] == sorted(event.data.key for event in announced.events)
    assert "after-the-page" == cursor_of(database)


def test_a_record_that_cannot_be_read_is_set_aside_with_its_reason(database: Database, lease: Lease) -> None:
    poll(database, lease, Announced())

    with database.read() as c:
        (aside,) = set_aside.listed(c, "acme")
    assert ("smintio_licences", "2") == (aside.source, aside.key)
    assert "can_be_synced" in aside.reason
