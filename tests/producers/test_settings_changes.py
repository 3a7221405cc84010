"""What the settings narrow is planned again at the next start, and only then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from producers.settings_changes import SettingsChanges
from shared.errors import Unavailable
from shared.messaging.publisher import Publisher
from shared.settings import TenantSettings
from shared.store.engine import Database
from shared.store.lease_keeper import LeaseKeeper
from shared.store.leases import Lease
from shared.store.mirrors import Mirror, Sighting
from tests.support.flow_stage import Announced
from tests.support.tenants import tenant_settings

pytestmark = pytest.mark.database

LICENCES = Mirror("licence")


@pytest.fixture
def lease(database: Database) -> Iterator[Lease]:
    with (
        LeaseKeeper(database, "test") as leases,
        leases.holding("acme", "poller", ["settings_changes"], within=timedelta(minutes=1)) as hold,
    ):
        yield hold.leases[0]


def mirror(database: Database, *keys: str) -> None:
    seen = [Sighting(key=key, digest=key, order=1, body="{}") for key in keys]
    database.write(lambda c: LICENCES.upsert(c, "acme", seen))


def source(database: Database, announced: Announced, settings: TenantSettings) -> SettingsChanges:
    return SettingsChanges("acme", settings, database, cast("Publisher", announced), LICENCES)


def keys(announced: Announced) -> list[str]:
    return [event.data.key for event in announced.events]


def test_every_asset_is_planned_once_after_a_change_of_what_decides(database: Database, lease: Lease) -> None:
    mirror(database, "a", "b", "c")
    announced, settings = Announced(), tenant_settings()
    source(database, announced, settings).poll_once(lease)
    source(database, announced, settings).poll_once(lease)
    assert ["a", "b", "c"] == keys(announced)

    longer = settings.model_copy(update={"withdrawal_margin": timedelta(hours=1)})
    source(database, announced, longer).poll_once(lease)

    assert ["a", "b", "c"] * 2 == keys(announced)
    assert 6 == len({event.id for event in announced.events})


def test_another_secret_or_address_plans_nothing_again(database: Database, lease: Lease) -> None:
    mirror(database, "a")
    announced, settings = Announced(), tenant_settings()
    source(database, announced, settings).poll_once(lease)

    moved = settings.trading_grid.model_copy(update={"base_url": "https://other.example.com"})
    source(database, announced, settings.model_copy(update={"trading_grid": moved})).poll_once(lease)

    assert ["a"] == keys(announced)


class Refusing(Announced):
    def announce(self, events: object) -> None:
        raise Unavailable(f"not confirmed: {events!r}"[:80])


def test_what_was_not_confirmed_is_announced_by_the_next_poll(database: Database, lease: Lease) -> None:
    mirror(database, "a")
    with pytest.raises(Unavailable):
        source(database, Refusing(), tenant_settings()).poll_once(lease)

    announced = Announced()
    source(database, announced, tenant_settings()).poll_once(lease)

    assert ["a"] == keys(announced)
