"""
Runs actors on deliveries and makes every ending safe: the only place that knows how Dramatiq work ends.

An event is acknowledged only after its ending is durable: the outcome is recorded, the retry is confirmed on the
ladder, or the dead letter is confirmed in its queue. While a retry cannot be published the delivery stays with us and
the publish is tried again; when the process goes down before, the broker hands the event to another.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias

import structlog

from shared.errors import FleetError, Unavailable, Unreadable
from shared.events import ChangeEvent, decode
from shared.logs import bind_delivery
from shared.messaging.deliveries import Batch, Delivery
from shared.messaging.dues import is_swept
from shared.messaging.publisher import Outgoing, Unrouted
from shared.messaging.topology import DEAD, LADDER, WorkQueue
from shared.store import held, starts
from workers.endings import Acked, Attempts, Climbs, Dies, Outcome, ending
from workers.failing import WINDOW, Failing
from workers.in_work import InWork
from workers.tools import Tools

WORKER_KILLER_STARTS: Final = 4  # redelivered starts that never ended: with the first delivery, five dead workers
PUBLISH_AGAIN_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Received:
    """An event and the delivery that brought it."""

    event: ChangeEvent
    delivery: Delivery
    attempts: Attempts


@dataclass(frozen=True)
class SubjectKey:
    """One hand at a time works on this."""

    tenant: str
    type: str
    """Empty for the actor's own subjects; the event's type for one that only expands into such."""
    key: str


Result: TypeAlias = Outcome | Exception
Arrivals: TypeAlias = dict[SubjectKey, list[Received]]


class Actor(Protocol):
    """What the harness runs: `workers/planning.py` and `workers/executing.py` implement it."""

    @property
    def queue(self) -> WorkQueue:
        """The queue that it serves."""
        ...

    def subject_of(self, event: ChangeEvent) -> SubjectKey:
        """Say on what `event` makes this actor work."""
        ...

    def work(self, newest: Mapping[SubjectKey, ChangeEvent], tools: Tools) -> Mapping[SubjectKey, Result]:
        """Work on these subjects and say how each went; an exception raised here is every subject's own."""
        ...

    def given_up(self, event: ChangeEvent, tools: Tools) -> None:
        """Hear that `event` became a dead letter: nobody works on it until a person replays it."""
        ...


class Harness:
    """Runs one actor. Called by Dramatiq with a batch, on a worker's thread."""

    def __init__(self, actor: Actor, tools: Tools, stopping: threading.Event) -> None:
        self._actor = actor
        self._queue = actor.queue
        self._tools = tools
        self._stopping = stopping
        self._in_work: InWork[SubjectKey, Received] = InWork()
        self._failing = Failing()

    def __call__(self, batch: Batch) -> None:
        """Work off `batch`; whatever is not settled on return stays with the broker."""
        claimed = self._in_work.claim(self._by_subject(self._readable(batch.take())))
        try:
            while claimed:
                if not self._stopping.is_set():
                    self._work_off(claimed)
                claimed = self._in_work.finish(claimed)
        finally:
            while claimed:  # a fault of our own: no subject may stay claimed by a hand that is gone
                claimed = self._in_work.finish(claimed)

    def _readable(self, deliveries: Iterable[Delivery]) -> Iterable[Received]:
        for delivery in deliveries:
            try:
                event = self._read(delivery)
            except Unreadable as fault:
                self._bury(delivery, None, Dies(str(fault)), Attempts.read(delivery.headers))
            else:
                yield Received(event, delivery, Attempts.read(delivery.headers))

    def _read(self, delivery: Delivery) -> ChangeEvent:
        event = decode(delivery.body)
        if event.data.tenant not in self._tools.tenants:
            raise Unreadable(f"no tenant {event.data.tenant!r} in the settings of this process")
        return event

    def _by_subject(self, received: Iterable[Received]) -> Arrivals:
        arrivals: Arrivals = defaultdict(list)
        for one in received:
            arrivals[self._actor.subject_of(one.event)].append(one)
        return dict(arrivals)

    def _work_off(self, arrivals: Arrivals) -> None:
        suspects = {s: r for s, r in arrivals.items() if any(one.delivery.is_redelivered for one in r)}
        calm = {s: r for s, r in arrivals.items() if s not in suspects}
        for subject, received in suspects.items():
            self._work_off_suspect(subject, received)
        if calm:
            self._end(calm, self._results(calm))

    def _work_off_suspect(self, subject: SubjectKey, received: list[Received]) -> None:
        """Work on a redelivered event alone, with its start on record: it may be what killed the last worker."""
        newest = received[-1]
        try:
            starts_so_far = self._tools.database.write(lambda c: starts.note(c, self._queue.name, newest.event.id))
        except Exception as fault:  # noqa: BLE001 - a bug, too, must end: unsettled, the event would block its queue
            self._end({subject: received}, {subject: fault})
            return
        if starts_so_far > WORKER_KILLER_STARTS:
            for one in received:
                self._bury(one.delivery, one.event, Dies("worker died"), one.attempts)
        else:
            self._end({subject: received}, self._results({subject: received}))
        with suppress(Unavailable):  # a start too many on record costs an event that is delivered again its patience
            self._tools.database.write(lambda c: starts.clear(c, self._queue.name, newest.event.id))

    def _results(self, arrivals: Arrivals) -> Mapping[SubjectKey, Result]:
        newest = {subject: received[-1].event for subject, received in arrivals.items()}
        try:
            return self._actor.work(newest, self._tools)
        except Exception as fault:  # noqa: BLE001 - the one place where a bug in an actor becomes an ending
            if len(newest) == 1:
                return dict.fromkeys(newest, fault)
        results: dict[SubjectKey, Result] = {}
        for subject, received in arrivals.items():  # one of the set failed: the others must not pay for it
            results |= self._results({subject: received})
        return results

    def _end(self, arrivals: Arrivals, results: Mapping[SubjectKey, Result]) -> None:
        for subject, received in arrivals.items():
            newest = received[-1]
            with bind_delivery(
                tenant=subject.tenant,
                flow=self._flow(newest.event),
                queue=self._queue.name,
                event_id=newest.event.id,
                key=subject.key,
                trace=newest.event.traceparent,
            ):
                self._end_one(received, results[subject])

    def _end_one(self, received: list[Received], result: Result) -> None:
        newest, older = received[-1], received[:-1]
        outcome = (
            Acked(result)
            if isinstance(result, Outcome)
            else ending(result, newest.attempts, self._queue, now=datetime.now(UTC), is_swept=is_swept(newest.event))
        )
        if isinstance(outcome, Acked) and not self._is_held_if_it_must(newest.event, outcome):
            outcome = Climbs(LADDER[0], newest.attempts)
        match outcome:
            case Acked():
                self._acknowledge(newest, outcome)
            case Climbs(rung, attempts):
                retry = Outgoing(rung.name, self._queue.name, newest.delivery.body, attempts.headers())
                if not self._publish_surely(retry):
                    return
                log.info("tries again", rung=rung.name, error=repr(result), climbs=attempts.climbs)
                newest.delivery.settle()
            case Dies():
                if not self._bury(newest.delivery, newest.event, outcome, newest.attempts, result):
                    return
        for one in older:
            self._tools.metrics.consumed(self._queue.name, self._flow(one.event), Outcome.SUPERSEDED)
            one.delivery.settle()

    def _acknowledge(self, received: Received, acked: Acked) -> None:
        age = (datetime.now(UTC) - received.event.time).total_seconds()  # real time, also under a moved business clock
        flow = self._flow(received.event)
        self._tools.metrics.consumed(self._queue.name, flow, acked.outcome, age_seconds=age)
        self._failing.note(received.event.data.tenant, died=False)
        log.info("ended", outcome=acked.outcome.value, reason=acked.reason, age_seconds=round(age, 3))
        received.delivery.settle()

    def _is_held_if_it_must(self, event: ChangeEvent, acked: Acked) -> bool:
        """Put before a person what cannot be settled without one; False when that could not be written down."""
        data, reason = event.data, acked.reason
        if acked.outcome is not Outcome.HELD or reason is None:
            return True
        try:
            self._tools.database.write(lambda c: held.put(c, data.tenant, data.key, self._queue.name, reason, "{}"))
        except Unavailable:
            return False
        return True

    def _bury(
        self,
        delivery: Delivery,
        event: ChangeEvent | None,
        death: Dies,
        attempts: Attempts,
        error: Result | None = None,
    ) -> bool:
        """Publish a dead letter and settle its delivery; False when the process goes down before it is confirmed."""
        headers: dict[str, str | int] = {
            "x-fleet-queue": self._queue.name,
            "x-fleet-reason": death.reason[:1000],
            "x-fleet-error": type(error).__name__ if isinstance(error, Exception) else "",
        }
        letter = Outgoing(DEAD, self._queue.name, delivery.body, headers | attempts.headers())
        if not self._publish_surely(letter):
            return False
        log.error("dead letter", reason=death.reason, exc_info=error if _is_bug(error) else None)
        if event is not None:
            self._give_up(event)
        self._tools.metrics.consumed(self._queue.name, self._flow(event) if event else None, "dead")
        delivery.settle()
        return True

    def _give_up(self, event: ChangeEvent) -> None:
        tenant, name = event.data.tenant, self._queue.name
        with suppress(Unavailable):  # its row is swept once more then, and dies once more
            self._actor.given_up(event, self._tools)
        if self._failing.note(tenant, died=True):
            log.critical("most events die", tenant=tenant, queue=name, of_the_last=WINDOW)

    def _publish_surely(self, message: Outgoing) -> bool:
        """Publish `message`, again and again until it is confirmed; False only when the process goes down."""
        while True:
            try:
                self._tools.publisher.publish([message])
            except (Unavailable, Unrouted) as fault:
                log.warning("cannot publish, the delivery stays with us", exchange=message.exchange, error=str(fault))
                if self._stopping.wait(PUBLISH_AGAIN_SECONDS):
                    return False
            else:
                return True

    def _flow(self, event: ChangeEvent) -> str | None:
        flow = self._queue.flow or event.data.flow
        return flow.value if flow else None


def _is_bug(error: Result | None) -> bool:
    return isinstance(error, Exception) and not isinstance(error, FleetError)
