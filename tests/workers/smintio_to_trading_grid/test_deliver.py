"""One document stands in its community: once, where it is meant to, and only while nothing moved meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.sandbox.smintio.licences import licence
from shared.events import AssetDue, Flow, RightEnding, announce
from shared.store import held, intents, ledger
from shared.store.engine import Database
from tests.support.flow_stage import ASSET, FlowStage, flow_stage
from workers.endings import Outcome

ALEX, STRANGER = "c1", "c2"


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Iterator[FlowStage]:
    with flow_stage(database, tmp_path) as stage:
        yield stage


def test_what_was_bought_stands_in_its_community(stage: FlowStage) -> None:
    stage.buy()

    assert [Outcome.DONE] == [*stage.publish().values()]
    assert [stage.here.space.id] == stage.seen_by(ALEX)


def test_a_community_that_moved_to_another_space_leaves_nothing_in_the_old_one(stage: FlowStage) -> None:
    stage.buy()
    stage.publish()
    new = stage.here.host.open_space("Partner EU, new")
    stage.here.host.directory.set_role(new.id, ALEX, "Observer")

    stage.resettle(communities={"eu": {"space": new.id, "companies": ("9",)}})
    stage.poll_directory()
    stage.plan()

    assert [Outcome.DONE] == [*stage.work("deliver").values()]
    assert [new.id] == stage.seen_by(ALEX)


def test_a_stranger_whom_only_the_vendor_knows_yet_lets_a_delivery_wait_without_being_announced_again(
    stage: FlowStage,
) -> None:
    stage.buy()
    stage.poll_directory()
    stage.poll_licences()
    stage.plan()
    stage.here.host.directory.set_role(stage.here.space.id, STRANGER, "Observer")

    assert [Outcome.WAITING] == [*stage.work("deliver").values()]
    assert [] == stage.announced.events
    assert [] == stage.seen_by(STRANGER)


def test_an_update_that_stood_but_was_not_recorded_is_recorded_next_time(
    stage: FlowStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.buy(b"\xff\xd8\xff\xe0 first")
    stage.publish()
    stage.simulated.account.replace_file(
        ASSET, "f1", content=b"\xff\xd8\xff\xe0 second and longer", media_type="image/jpeg"
    )
    stage.poll_licences()
    stage.plan()
    due = stage.announced.events[:]

    def died(*_: object, **__: object) -> int:
        raise MemoryError

    with monkeypatch.context() as dying:
        dying.setattr(ledger, "record_made", died)
        stage.work("deliver")
    stage.announced.events = due

    assert [Outcome.DONE] == [*stage.work("deliver").values()]
    (document,) = stage.here.host.views.of(ALEX)
    assert (document.size_bytes, document.sha256) == (stage.row().content_bytes or 0, stage.row().content_sha256)


def test_what_was_held_for_an_outage_is_not_held_any_more_once_it_stands(stage: FlowStage) -> None:
    stage.buy()
    stage.poll_directory()
    stage.poll_licences()
    stage.plan()
    key = stage.row().key
    stage.tools.database.write(lambda c: held.put(c, "acme", key, "deliver", "vendor_unreachable", "{}"))

    stage.work("deliver")

    with stage.tools.database.read() as c:
        assert 0 == held.count(c, "acme")


def test_a_right_that_is_about_to_end_is_judged_at_that_instant_also_by_a_clock_that_is_behind(
    stage: FlowStage,
) -> None:
    now = stage.tools.clock.now()
    ends = now + timedelta(hours=1)
    stage.buy()
    stage.simulated.account.change(
        ASSET, {"license_terms": [{"sequence_number": 1, "is_editorial_use": False, "valid_until": ends.isoformat()}]}
    )
    stage.publish()
    stage.here.sandbox.clock.advance(timedelta(minutes=50) - timedelta(seconds=2))
    at = ends - stage.tenant.settings.withdrawal_margin

    stage.announced.events.append(
        announce(
            RightEnding,
            source="licence_clock/ending",
            tenant="acme",
            key=ASSET,
            version=int(at.timestamp()),
            seen_at=datetime.now(UTC),
            flow=Flow.PUBLISH_ASSETS,
        )
    )
    stage.plan()
    stage.work("withdraw")

    assert [] == stage.seen_by(ALEX)


def test_a_delivery_writes_down_how_each_of_its_writes_ended(stage: FlowStage) -> None:
    stage.buy()
    stage.publish()

    with stage.tools.database.read() as c:
        assert [] == intents.unsettled(c, "acme", stage.row().external_key)


def test_a_changed_community_has_what_stands_there_planned_before_all_else(stage: FlowStage) -> None:
    stage.buy()
    stage.simulated.account.buy(licence("1", name="First by its key"), [])
    stage.publish()
    stage.here.host.directory.set_role(stage.here.space.id, STRANGER, "Observer")
    stage.poll_directory()

    stage.work("publish_assets")

    assert [ASSET, "1", ASSET] == [event.data.key for event in stage.announced.events if event.type == AssetDue.TYPE]
