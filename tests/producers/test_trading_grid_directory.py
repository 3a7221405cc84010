"""Who is in which space is told as it is seen, whatever other spaces or clocks do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.sandbox.faults import Kind
from shared.errors import FleetError
from shared.store.engine import Database
from tests.support.flow_stage import FlowStage, flow_stage


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Iterator[FlowStage]:
    with flow_stage(database, tmp_path) as stage:
        yield stage


def test_a_change_is_announced_although_a_later_space_cannot_be_read(stage: FlowStage) -> None:
    second = stage.here.host.open_space("Partner US")
    stage.resettle(
        communities={
            "eu": {"space": stage.here.space.id, "companies": ("9",)},
            "us": {"space": second.id, "companies": ("10",)},
        }
    )
    poller = stage.directory()
    listing = stage.here.client.list_members

    def failing(space_id: str) -> object:
        if space_id == second.id:
            stage.here.fault("list_members", Kind.ERROR)
        return listing(space_id)

    stage.here.client.list_members = failing  # type: ignore[assignment, method-assign]  # a fault at one space alone
    with stage.lease("trading_grid_directory") as lease, pytest.raises(FleetError):
        poller.poll_once(lease)

    assert [stage.here.space.id] == [event.data.key for event in stage.announced.events]


def test_a_change_is_seen_also_by_a_poller_whose_clock_is_behind(
    stage: FlowStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.poll_directory()
    stage.here.host.directory.set_role(stage.here.space.id, "c2", "Observer")
    monkeypatch.setattr(stage.here.sandbox.clock, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))

    stage.poll_directory()

    assert 2 == len(stage.announced.events)
