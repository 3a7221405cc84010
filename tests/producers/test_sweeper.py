"""The sweeper announces what is not so, but never into a long queue, what must wait, or faster than hands are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import update

from producers.sweeper import FIRST_HANDS, LONG_QUEUE, Sweeper
from shared.events import ChangeEvent, DeliveryDue, WithdrawalDue
from shared.messaging.publisher import Publisher
from shared.store import leases, ledger, pauses
from shared.store.engine import Database
from shared.store.lease_keeper import LASTING
from shared.store.leases import Lease
from shared.store.ledger import Decision, State, Wanted
from shared.store.pauses import FLEET
from shared.store.tables.delivering import DELIVERY, OVER_SHARE

pytestmark = pytest.mark.database

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@dataclass
class Stage:
    database: Database
    announced: list[ChangeEvent] = field(default_factory=list)
    waiting: int = 0

    def announce(self, events: Sequence[ChangeEvent]) -> None:
        self.announced.extend(events)

    def want(self, community: str, *assets: str, publication: str = "brand") -> None:
        for asset in assets:
            wanted = Wanted(publication, community, asset, State.PRESENT, Decision.PERMIT, (), "d1", "{}", seen_at=NOW)
            self.database.write(lambda c, a=asset, w=wanted: ledger.want(c, "acme", [a], [w]))  # type: ignore[misc]

    def make(self, key: str, state: State = State.PRESENT, *, generation: int = 1) -> None:
        with self.lease(key) as lease:
            self.database.write(
                lambda c: ledger.record_made(c, lease, generation=generation, state=state, digest="d1", document_id="1")
            )

    def lease(self, key: str) -> "Taken":
        return Taken(self.database, key)

    def unwant(self, *assets: str) -> None:
        self.database.write(lambda c: ledger.want(c, "acme", assets, []))

    def stall(self, community: str, *assets: str) -> None:
        for asset in assets:
            self.database.write(lambda c, a=asset: ledger.stall(c, "acme", f"brand/{community}/{a}", OVER_SHARE))  # type: ignore[misc]

    def pause(self, scope: str, who: str = "ann") -> None:
        self.database.write(lambda c: pauses.pause(c, "acme", scope, who=who, why="a look"))

    def _pass_time(self) -> None:
        """Let every row that is not made be due, as if it had rested long enough."""
        self.database.write(
            lambda c: c.execute(
                update(DELIVERY)
                .where(DELIVERY.c.waiting_reason.is_(None), DELIVERY.c.sweeps == 0)
                .values(next_sweep_at=NOW - timedelta(days=3650))
            )
        )

    def sweep(self) -> list[str]:
        self.announced.clear()
        self._pass_time()
        sweeper = Sweeper("acme", self.database, cast("Publisher", self), waiting=lambda _queue: self.waiting)
        while sweeper.poll_once(Lease("acme", "poller", "sweeper", "test", 1)):
            pass
        return sorted(event.data.key for event in self.announced)


@dataclass
class Taken:
    database: Database
    key: str

    def __enter__(self) -> Lease:
        self.leases = leases.take(self.database, "acme", "delivery", [self.key], owner="test", lasting=LASTING)
        return self.leases[self.key]

    def __exit__(self, *_: object) -> None:
        leases.release(self.database, list(self.leases.values()))


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


def test_what_is_wanted_and_not_made_is_announced(stage: Stage) -> None:
    stage.want("north", "a", "b")
    stage.make("brand/north/b")

    assert ["brand/north/a"] == stage.sweep()
    assert [DeliveryDue.TYPE] == [event.type for event in stage.announced]


def test_a_long_queue_keeps_deliveries_back_and_withdrawals_not(stage: Stage) -> None:
    stage.want("north", "a", "b")
    stage.make("brand/north/b")
    stage.unwant("b")
    stage.waiting = LONG_QUEUE

    assert ["brand/north/b"] == stage.sweep()
    assert [WithdrawalDue.TYPE] == [event.type for event in stage.announced]
    stage.waiting = LONG_QUEUE - 1
    assert ["brand/north/a"] == stage.sweep()


PAUSES: dict[str, list[str]] = {
    "tenant": [],
    "queue:deliver": [],
    "flow:publish_assets": [],
    "vendor:smintio": [],
    "community:north": ["brand/south/a", "logos/south/a"],
    "publication:brand": ["logos/north/a", "logos/south/a"],
    "queue:withdraw": ["brand/north/a", "brand/south/a", "logos/north/a", "logos/south/a"],
}


@pytest.mark.parametrize(("scope", "expected"), PAUSES.items(), ids=PAUSES.keys())
def test_what_is_paused_is_not_announced(stage: Stage, scope: str, expected: list[str]) -> None:
    everything = [
        Wanted(publication, community, "a", State.PRESENT, Decision.PERMIT, (), "d1", "{}", seen_at=NOW)
        for publication in ("brand", "logos")
        for community in ("north", "south")
    ]
    stage.database.write(lambda c: ledger.want(c, "acme", ["a"], everything))

    stage.pause(scope)

    assert expected == stage.sweep()


def test_withdrawals_go_on_until_a_person_pauses_their_own_queue(stage: Stage) -> None:
    stage.want("north", "a")
    stage.make("brand/north/a")
    stage.unwant("a")
    stage.pause("tenant")

    assert ["brand/north/a"] == stage.sweep()


def test_of_what_a_vendor_refused_one_is_announced_at_a_time(stage: Stage) -> None:
    stage.want("north", "a", "b", "c")
    stage.want("south", "d")
    stage.pause("community:north", who=FLEET)

    swept = stage.sweep()

    assert "brand/south/d" in swept
    assert 2 == len(swept)


def test_a_community_that_waits_for_hands_is_announced_no_faster_than_its_documents_are_made(stage: Stage) -> None:
    assets = [f"a{number:03}" for number in range(60)]
    stage.want("north", *assets)
    stage.want("south", "z")
    stage.stall("north", *assets)

    slow = stage.sweep()
    for asset in assets[-40:]:
        stage.make(f"brand/north/{asset}")
    brisk = stage.sweep()

    assert ("brand/south/z" in slow, FIRST_HANDS) == (True, len(slow) - 1)
    assert 8 == len(set(brisk) - set(slow))  # 40 in 10 s are 8 in the 2 s until the next sweep
