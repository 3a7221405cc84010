"""What is paused waits, and goes on: by itself where only trying shows that it works again."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.errors import CredentialRefused, Forbidden, Stopped
from shared.messaging.topology import work_queue
from shared.store import pauses
from shared.store.engine import Database
from shared.store.pauses import FLEET, Scope
from workers.gate import Gate, Place

pytestmark = pytest.mark.database

NAMES = {
    Scope.TENANT: frozenset({""}),
    Scope.FLOW: frozenset({"publish_assets"}),
    Scope.PUBLICATION: frozenset({"brand"}),
    Scope.COMMUNITY: frozenset({"north"}),
    Scope.VENDOR: frozenset({"smintio", "trading_grid"}),
}
DELIVERY = Place("acme", work_queue("deliver"), NAMES | {Scope.QUEUE: frozenset({"deliver"})})
WITHDRAWAL = Place("acme", work_queue("withdraw"), NAMES | {Scope.QUEUE: frozenset({"withdraw"})})


@dataclass
class Stage:
    database: Database
    seconds: float = 0.0
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.database, monotonic=lambda: self.seconds)

    def pause(self, scope: str, who: str = "ann") -> None:
        self.database.write(lambda c: pauses.pause(c, "acme", scope, who=who, why="a look is needed"))
        self.seconds += 1.0

    def lets(self, place: Place) -> bool:
        try:
            self.gate.check(place)
        except Stopped:
            return False
        return True

    def paused(self) -> list[str]:
        with self.database.read() as c:
            return [pause.text for pause in pauses.listed(c, "acme")]


@pytest.fixture
def stage(sqlite_template: Path, tmp_path: Path) -> Iterator[Stage]:
    copy = tmp_path / "gate.sqlite"
    shutil.copy(sqlite_template, copy)
    database = Database(f"sqlite:///{copy}")
    yield Stage(database)
    database.close()


STOPS: dict[str, tuple[bool, bool]] = {
    # scope that a person paused: does it let deliveries through, does it let withdrawals through
    "tenant": (False, True),
    "flow:publish_assets": (False, True),
    "queue:deliver": (False, True),
    "publication:brand": (False, True),
    "community:north": (False, True),
    "vendor:trading_grid": (False, True),
    "queue:withdraw": (True, False),
    "community:south": (True, True),
    "flow:launch_kits": (True, True),
}


@pytest.mark.parametrize(("scope", "expected"), STOPS.items(), ids=STOPS.keys())
def test_a_person_stops_what_is_named_and_withdrawals_only_by_their_own_queue(
    stage: Stage, scope: str, expected: tuple[bool, bool]
) -> None:
    stage.pause(scope)

    assert expected == (stage.lets(DELIVERY), stage.lets(WITHDRAWAL))


def test_who_waits_hears_who_stopped_it_and_why(stage: Stage) -> None:
    stage.pause("community:north")

    with pytest.raises(Stopped, match="community north is paused by ann: a look is needed"):
        stage.gate.check(DELIVERY)


def test_a_pause_is_noticed_within_a_second_and_so_is_its_end(stage: Stage) -> None:
    assert stage.lets(DELIVERY)
    stage.pause("tenant")
    assert not stage.lets(DELIVERY)
    stage.database.write(lambda c: pauses.resume(c, "acme", "tenant"))
    assert not stage.lets(DELIVERY)
    stage.seconds += 1.0
    assert stage.lets(DELIVERY)


REFUSALS: dict[str, tuple[Forbidden, str]] = {
    "the credential": (CredentialRefused("401", vendor="trading_grid"), "vendor:trading_grid"),
    "one community": (Forbidden("403"), "community:north"),
}


@pytest.mark.parametrize(("fault", "scope"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_stops_what_it_is_about_and_nothing_else(stage: Stage, fault: Forbidden, scope: str) -> None:
    elsewhere = Place("acme", DELIVERY.queue, {Scope.COMMUNITY: frozenset({"south"})})

    stage.gate.refused(DELIVERY, fault)

    assert [scope] == stage.paused()
    assert not stage.lets(DELIVERY)
    assert stage.lets(elsewhere)


def test_what_a_vendor_refused_is_tried_once_a_minute_and_withdrawals_always(stage: Stage) -> None:
    def tries(place: Place, seconds: int) -> int:
        let = 0
        for _ in range(seconds):
            stage.seconds += 1.0
            let += stage.lets(place)
        return let

    stage.gate.refused(DELIVERY, Forbidden("403"))

    assert not stage.lets(DELIVERY)
    assert 2 == tries(DELIVERY, 125)
    assert 125 == tries(WITHDRAWAL, 125)


def test_what_works_again_goes_on_by_itself_but_not_what_a_person_stopped(stage: Stage) -> None:
    stage.gate.refused(DELIVERY, CredentialRefused("401", vendor="trading_grid"))
    stage.pause("publication:brand")
    with suppress(Stopped):
        stage.gate.check(DELIVERY)

    stage.gate.passed(DELIVERY)

    assert ["publication:brand"] == stage.paused()


def test_a_queue_whose_events_die_goes_on_only_when_a_person_says_so(stage: Stage) -> None:
    stage.pause("queue:deliver", who=FLEET)
    stage.gate.passed(DELIVERY)
    stage.seconds += 3600.0

    assert not stage.lets(DELIVERY)
