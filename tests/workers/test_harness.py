"""Every ending is durable before its delivery is acknowledged, and each subject pays only for itself."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from shared.clock import SystemClock
from shared.errors import Contended, Unavailable, Unreadable
from shared.events import ChangeEvent, LicenceChanged, announce, decode
from shared.messaging.declaring import apply
from shared.messaging.deliveries import Batch, Delivery
from shared.messaging.publisher import Publisher
from shared.messaging.topology import WorkQueue, topology, work_queue
from shared.metrics import Metrics
from shared.store.engine import Database
from shared.store.lease_keeper import LeaseKeeper
from tests.support.broker import take_all
from workers.endings import Outcome
from workers.gate import Gate
from workers.harness import Harness, Result, SubjectKey
from workers.shares import Shares
from workers.tools import Tenant, Tools

pytestmark = [pytest.mark.broker, pytest.mark.database]

Work = Callable[[Mapping[SubjectKey, ChangeEvent]], Mapping[SubjectKey, Result]]


@dataclass
class Scripted:
    """An actor that does what a test says, and remembers what it was given."""

    work_as: Work
    queue: WorkQueue = field(default_factory=lambda: work_queue("publish_assets"))
    seen: list[list[str]] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def subject_of(self, event: ChangeEvent) -> SubjectKey:
        return SubjectKey(event.data.tenant, "", event.data.key)

    def work(self, newest: Mapping[SubjectKey, ChangeEvent], tools: Tools) -> Mapping[SubjectKey, Result]:
        del tools
        self.seen.append(sorted(subject.key for subject in newest))
        return self.work_as(newest)

    def given_up(self, event: ChangeEvent, tools: Tools) -> None:
        del tools
        self.dead.append(event.data.key)


@dataclass
class Stage:
    url: str
    tools: Tools
    stopping: threading.Event = field(default_factory=threading.Event)
    settled: list[int] = field(default_factory=list)

    def deliver(self, actor: Scripted, *deliveries: Delivery) -> None:
        batch = Batch(limit=100)
        for delivery in deliveries:
            assert batch.add(delivery)
        Harness(actor, self.tools, self.stopping)(batch)

    def delivery(
        self, tag: int, key: str, *, version: int = 1, is_redelivered: bool = False, tenant: str = "acme"
    ) -> Delivery:
        event = announce(
            LicenceChanged, source="test", tenant=tenant, key=key, version=version, seen_at=datetime.now(UTC)
        )
        return self.raw(tag, event.encode(), is_redelivered=is_redelivered)

    def raw(self, tag: int, body: bytes, *, is_redelivered: bool = False) -> Delivery:
        return Delivery(tag, body, {}, is_redelivered, self.settled.append)


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """On one database: what the harness keeps there is tested on both in tests/store."""
    copy = tmp_path / "migrated.sqlite"
    shutil.copy(sqlite_template, copy)
    database = Database(f"sqlite:///{copy}")
    yield database
    database.close()


@pytest.fixture
def stage(amqp_url: str, database: Database) -> Iterator[Stage]:
    apply(amqp_url, topology(), settle=lambda _: None)
    with Publisher(lambda: amqp_url) as publisher, LeaseKeeper(database, "test") as leases:
        tenants = {"acme": cast("Tenant", object())}
        yield Stage(
            amqp_url,
            Tools(
                database=database,
                publisher=publisher,
                clock=SystemClock(),
                metrics=Metrics(),
                tenants=tenants,
                leases=leases,
                gate=Gate(database),
                shares=Shares(communities=1),
            ),
        )


def done(newest: Mapping[SubjectKey, ChangeEvent]) -> Mapping[SubjectKey, Result]:
    return dict.fromkeys(newest, Outcome.DONE)


def failing_on(key: str, error: Exception) -> Work:
    def work(newest: Mapping[SubjectKey, ChangeEvent]) -> Mapping[SubjectKey, Result]:
        if any(subject.key == key for subject in newest):
            raise error
        return done(newest)

    return work


def test_what_ends_well_is_acknowledged_and_leaves_nothing_behind(stage: Stage) -> None:
    stage.deliver(Scripted(done), stage.delivery(1, "a"), stage.delivery(2, "b"))

    assert [1, 2] == sorted(stage.settled)
    assert [] == take_all(stage.url, "dead")
    assert [] == take_all(stage.url, "delay.5s")


def test_events_of_one_subject_are_worked_once_and_all_acknowledged_with_the_newest(stage: Stage) -> None:
    actor = Scripted(done)

    stage.deliver(actor, *(stage.delivery(tag, "a", version=tag) for tag in (1, 2, 3)))

    assert [["a"]] == actor.seen
    assert [1, 2, 3] == sorted(stage.settled)


def test_only_the_failing_subject_of_a_set_takes_the_ladder(stage: Stage) -> None:
    actor = Scripted(failing_on("b", Unavailable()))

    stage.deliver(actor, stage.delivery(1, "a"), stage.delivery(2, "b"), stage.delivery(3, "c"))

    retries = take_all(stage.url, "delay.5s")
    assert [["a", "b", "c"], ["a"], ["b"], ["c"]] == actor.seen
    assert [1, 2, 3] == sorted(stage.settled)
    assert [(stage.delivery(2, "b").body.split(b'"time"')[0], 1)] == [
        (body.split(b'"time"')[0], headers["x-fleet-climbs"]) for body, headers in retries
    ]


def test_a_subject_that_another_hand_holds_comes_back_soon_and_uncounted(stage: Stage) -> None:
    stage.deliver(
        Scripted(lambda newest: dict.fromkeys(newest, Contended())),
        stage.delivery(1, "a"),
    )

    ((_, headers),) = take_all(stage.url, "delay.5s")
    assert 0 == headers["x-fleet-climbs"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"<html>", "event field body"), (b"{}", "event field id"), (b'"x"', "event field body")],
    ids=["HTML", "no CloudEvent", "a string"],
)
def test_a_message_that_is_no_event_is_a_dead_letter_with_a_reason(stage: Stage, body: bytes, reason: str) -> None:
    stage.deliver(Scripted(done), stage.raw(1, body), stage.delivery(2, "a"))

    ((dead, headers),) = take_all(stage.url, "dead")
    assert body == dead
    assert str(headers["x-fleet-reason"]).startswith(reason)
    assert [1, 2] == sorted(stage.settled)


def test_an_event_of_a_tenant_that_this_process_does_not_serve_is_a_dead_letter(stage: Stage) -> None:
    stage.deliver(Scripted(done), stage.delivery(1, "a", tenant="stranger"))

    ((_, headers),) = take_all(stage.url, "dead")
    assert "no tenant 'stranger' in the settings of this process" == headers["x-fleet-reason"]


def test_a_permanent_fault_is_a_dead_letter_at_once(stage: Stage) -> None:
    stage.deliver(Scripted(failing_on("a", Unreadable("no uuid"))), stage.delivery(1, "a"))

    ((_, headers),) = take_all(stage.url, "dead")
    assert ("no uuid", "Unreadable", "publish_assets") == (
        headers["x-fleet-reason"],
        headers["x-fleet-error"],
        headers["x-fleet-queue"],
    )


def test_an_event_that_keeps_killing_its_worker_is_dead_after_five_deliveries(stage: Stage) -> None:
    class Killed(BaseException):
        """Stands for the end of the process in the middle of the work."""

    def killing(_newest: Mapping[SubjectKey, ChangeEvent]) -> Mapping[SubjectKey, Result]:
        raise Killed

    for attempt in range(5):
        with pytest.raises(Killed):
            stage.deliver(Scripted(killing), stage.delivery(1, "poison", is_redelivered=attempt > 0))
    assert [] == stage.settled

    stage.deliver(Scripted(killing), stage.delivery(1, "poison", is_redelivered=True))

    ((_, headers),) = take_all(stage.url, "dead")
    assert "worker died" == headers["x-fleet-reason"]
    assert [1] == stage.settled


def test_redelivered_events_run_one_at_a_time(stage: Stage) -> None:
    actor = Scripted(done)

    stage.deliver(
        actor,
        stage.delivery(1, "a"),
        stage.delivery(2, "b", is_redelivered=True),
        stage.delivery(3, "c", is_redelivered=True),
        stage.delivery(4, "d"),
    )

    assert [["b"], ["c"], ["a", "d"]] == actor.seen


def test_while_a_retry_cannot_be_published_its_delivery_stays_with_the_broker(stage: Stage) -> None:
    nowhere = Publisher(lambda: "amqp://127.0.0.1:1/")
    cut_off = Stage(stage.url, replace(stage.tools, publisher=nowhere))
    tries: list[object] = []

    def publish_fails(messages: object, **_: object) -> None:
        tries.append(messages)
        if len(tries) == 2:
            cut_off.stopping.set()  # the process goes down while the broker still refuses
        raise Unavailable

    nowhere.publish = publish_fails  # type: ignore[method-assign]  # a broker that refuses, without waiting 30 s for it
    cut_off.deliver(Scripted(failing_on("a", Unavailable())), cut_off.delivery(1, "a"))

    assert 2 == len(tries)
    assert [] == cut_off.settled


def test_what_arrives_for_a_busy_subject_starts_afresh_after_it(stage: Stage) -> None:
    begun, go_on = threading.Event(), threading.Event()
    versions: list[int] = []

    def slow(newest: Mapping[SubjectKey, ChangeEvent]) -> Mapping[SubjectKey, Result]:
        versions.extend(event.data.version for event in newest.values())
        if len(versions) == 1:
            begun.set()
            assert go_on.wait(10)
        return done(newest)

    harness = Harness(Scripted(slow), stage.tools, stage.stopping)
    first, second = Batch(10), Batch(10)
    assert first.add(stage.delivery(1, "a", version=1))
    assert second.add(stage.delivery(2, "a", version=2))
    worker = threading.Thread(target=harness, args=(first,))
    worker.start()
    assert begun.wait(10)

    harness(second)
    assert [] == stage.settled
    go_on.set()
    worker.join(10)

    assert [1, 2] == versions
    assert [1, 2] == stage.settled


def test_an_event_whose_time_has_no_zone_is_a_dead_letter(stage: Stage) -> None:
    event = decode(stage.delivery(1, "a").body)

    stage.deliver(
        Scripted(done),
        stage.raw(1, event.model_copy(update={"time": datetime(2026, 1, 1)}).encode()),  # noqa: DTZ001
    )

    ((_, headers),) = take_all(stage.url, "dead")
    assert str(headers["x-fleet-reason"]).startswith("event field time")
    assert [1] == stage.settled


def test_a_subject_on_which_the_harness_itself_failed_is_free_for_the_next_delivery(stage: Stage) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def forgetful(newest: Mapping[SubjectKey, ChangeEvent]) -> Mapping[SubjectKey, Result]:
        if begun.is_set():
            return done(newest)
        begun.set()
        assert go_on.wait(10)
        return {}  # breaks its promise to say how each subject went

    harness = Harness(Scripted(forgetful), stage.tools, stage.stopping)

    def run(tag: int) -> None:
        batch = Batch(10)
        assert batch.add(stage.delivery(tag, "a"))
        with suppress(KeyError):
            harness(batch)

    first = threading.Thread(target=run, args=(1,))
    first.start()
    assert begun.wait(10)
    run(2)
    go_on.set()
    first.join(10)
    run(3)

    assert 3 in stage.settled
