"""
Invariant I4: any subset of events, repeated and in any order, with deaths between any two steps, followed by one event
a subject, leads to the same state at the vendors.

People act on both sides; pollers, planners and executors get some turns, in which they may die at any step; then the
fleet is left alone for one calm turn. What stands in the community afterwards must be what a simple model says.
"""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, update

from shared.events import AssetDue, Flow, announce
from shared.store.column_types import database_now
from shared.store.engine import Database
from shared.store.ledger import State
from shared.store.tables.delivering import INTENT
from shared.store.tables.working import LEASE
from tests.support.crashing import dying_after
from tests.support.flow_stage import ASSET, FlowStage, flow_stage

pytestmark = [pytest.mark.database]

ALEX, STRANGER = "c1", "c2"
EXECUTORS = ("deliver", "withdraw")
QUEUES = ("publish_assets", "replan_assets", *EXECUTORS)
LIVES = st.one_of(st.integers(0, 40), st.just(10_000))
"""How many steps a process has left: it mostly dies within its work, and often enough lives on."""


class Convergence(RuleBasedStateMachine):
    """One asset, one community; the model knows the licence's state, its file and who is in the space."""

    template: ClassVar[Path]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.is_licensed, self.is_stranger_there, self.content, self.title = True, False, b"", "Logo"
        self.calls = 0

    @initialize()
    def set_the_stage(self) -> None:
        base = Path(tempfile.mkdtemp(dir=self.folder))
        copy = base / "fleet.sqlite"
        shutil.copy(self.template, copy)
        database = Database(f"sqlite:///{copy}")
        self.open.callback(database.close)
        self.stage: FlowStage = self.open.enter_context(flow_stage(database, base))
        self.content = b"\xff\xd8\xff\xe0 0"
        self.stage.buy(self.content)
        # The first token is fetched in peace: who dies between the vendor's answer and the save needs a person.
        self.stage.tenant.smintio.catalogues()

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.settle()
                self.check()
        finally:
            self.open.close()

    # What people do

    @rule()
    def replace_the_file(self) -> None:
        self.calls += 1
        self.content = b"\xff\xd8\xff\xe0 " + b"x" * self.calls
        self.stage.simulated.account.replace_file(ASSET, "f1", content=self.content, media_type="image/jpeg")

    @rule()
    def rename(self) -> None:
        self.calls += 1
        self.title = f"Logo {self.calls}"
        self.stage.simulated.account.change(ASSET, {"project_name": [{"culture": "en", "value": self.title}]})

    @precondition(lambda self: self.is_licensed)
    @rule()
    def cancel(self) -> None:
        self.is_licensed = False
        self.stage.simulated.account.cancel(ASSET)

    @precondition(lambda self: not self.is_licensed)
    @rule()
    def license_again(self) -> None:
        self.is_licensed = True
        self.stage.simulated.account.change(ASSET, {"state": "completed"})

    @rule()
    def let_a_stranger_in_or_out(self) -> None:
        self.is_stranger_there = not self.is_stranger_there
        role = "Observer" if self.is_stranger_there else None
        self.stage.here.host.directory.set_role(self.stage.here.space.id, STRANGER, role)

    # What the fleet does, and how it dies

    @rule(steps=LIVES)
    def poll(self, steps: int) -> None:
        with dying_after(steps):
            self.stage.poll_directory()
            self.stage.poll_licences()
        self.forget_the_dead()

    @rule(queue=st.sampled_from(QUEUES), steps=LIVES)
    def work(self, queue: str, steps: int) -> None:
        before = list(self.stage.announced.events)
        with dying_after(steps) as life:
            self.stage.work(queue)
        if life.steps_left <= 0:  # nothing was acknowledged: the broker hands all of it out again
            self.stage.announced.events = before + [e for e in self.stage.announced.events if e not in before]
        self.forget_the_dead()

    @rule()
    def have_a_calm_turn(self) -> None:
        self.settle()
        self.check()

    @rule(seed=st.randoms(use_true_random=False))
    def let_the_broker_shuffle_and_repeat(self, seed: Random) -> None:
        events = self.stage.announced.events
        seed.shuffle(events)
        events.extend(events[: len(events) // 2])

    @rule()
    def lose_everything_that_was_announced(self) -> None:
        """Any *subset* of events: what is lost here, the one event a subject at the end must make good."""
        self.stage.announced.events.clear()

    def forget_the_dead(self) -> None:
        """Let a dead process's leases run out, and its last request have landed or failed."""

        def body(c: Connection) -> None:
            c.execute(update(LEASE).values(until=database_now()))
            c.execute(update(INTENT).values(settles_at=database_now()))

        self.stage.tools.database.write(body)

    # What must be so

    @invariant()
    def nothing_stands_there_twice(self) -> None:
        if hasattr(self, "stage"):
            assert len(self.stage.seen_by(ALEX)) <= 1

    def settle(self) -> None:
        """One calm turn: the pollers look, one event a subject, and every executor that is asked."""
        self.forget_the_dead()
        self.stage.poll_directory()
        self.stage.poll_licences()
        self.stage.announced.events.append(
            announce(
                AssetDue,
                source="test",
                tenant="acme",
                key=ASSET,
                version=1,
                seen_at=self.stage.tools.clock.now() - timedelta(seconds=1),
                flow=Flow.PUBLISH_ASSETS,
            )
        )
        self.stage.plan()
        for executor in EXECUTORS:
            self.stage.sweep()
            self.stage.work(executor)

    def check(self) -> None:
        stands = self.is_licensed and not self.is_stranger_there
        row = self.stage.row()
        documents = [*self.stage.here.host.views.of(ALEX)]

        assert int(stands) == len(documents)
        assert (State.PRESENT if stands else State.ABSENT) is row.wanted_state
        if stands:
            assert len(self.content) == documents[0].size_bytes
            assert row.content_sha256 == documents[0].sha256


def test_any_history_of_events_and_deaths_converges(sqlite_template: Path, tmp_path: Path) -> None:
    Convergence.template, Convergence.folder = sqlite_template, tmp_path
    run_state_machine_as_test(
        Convergence,
        settings=settings(
            max_examples=20,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a step is an HTTP call: shrinking takes for ever
        ),
    )
