"""
Every metric of the fleet, declared once: what it is called, what it means, and what may stand in its labels.

A gauge of one tenant's state carries `tenant`, or two tenants would overwrite each other. Counters and times do not:
they are about the machinery, and logs name the tenant. One `Metrics` a process; threads share it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Final

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import generate_latest

from shared.metric_kinds import Closed, Declaring, Series
from shared.metric_labels import (
    EVENT_TYPES,
    FLOWS,
    MOST_TENANTS,
    OPERATIONS,
    OUTCOMES,
    POLLERS,
    QUEUES,
    STATUSES,
    VENDORS,
    BreakerState,
    ConnectionState,
    Direction,
    DriftKind,
    HeldReason,
    LeaseState,
    WantedKind,
    WantedState,
)

# Up to a second nobody waits; a cancellation has 60 s (invariant I3); beyond an hour something is down.
_AGES: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_REQUESTS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # the usual request time-out is 30 s
_POLLS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)  # a page may take 120 s, then another may poll
_WAITS: Final = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300)


class Metrics:
    """The metrics of one process and the ways to move them."""

    def __init__(self, *, tenants: Iterable[str] = ()) -> None:
        """Declare everything; of more than MOST_TENANTS tenants the rest share the label "other"."""
        # Else each counter and histogram has a second series, which nothing of ours reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left it untyped
        self._declaring = declare = Declaring()
        tenant = Closed(tenants, at_most=MOST_TENANTS)

        self._published = declare.counted(
            "fleet_events_published_total", "Change events that the broker confirmed and routed.", type=EVENT_TYPES
        )
        self._unrouted = declare.counted(
            "fleet_events_unrouted_total", "Messages that came back because no queue takes them."
        )
        self._consumed = declare.counted(
            "fleet_events_consumed_total",
            "Deliveries by how they ended.",
            queue=QUEUES,
            flow=FLOWS,
            outcome=OUTCOMES,
        )
        self._age = declare.timed(
            "fleet_event_age_seconds",
            "From the moment a change was seen until its effect.",
            _AGES,
            queue=QUEUES,
            flow=FLOWS,
        )
        self._poll_duration = declare.timed(
            "fleet_poll_duration_seconds", "How long one poll took, well or not.", _POLLS, poller=POLLERS
        )
        self._poll_lag = declare.measured(
            "fleet_poll_lag_seconds",
            "By how much the last poll came later than it was due.",
            tenant=tenant,
            poller=POLLERS,
        )
        self._cursor_age = declare.measured(
            "fleet_cursor_age_seconds",
            "Since when everything up to the cursor is known to be announced.",
            tenant=tenant,
            poller=POLLERS,
        )
        self._requests = declare.counted(
            "fleet_vendor_requests_total",
            "Calls to a vendor by status; none: there was no answer.",
            vendor=VENDORS,
            operation=OPERATIONS,
            status=STATUSES,
        )
        self._request_duration = declare.timed(
            "fleet_vendor_request_duration_seconds",
            "From a call's first byte until the head of its answer.",
            _REQUESTS,
            vendor=VENDORS,
            operation=OPERATIONS,
        )
        self._breaker = declare.measured(
            "fleet_breaker_state", "0: calls go through, 1: one is tried, 2: none goes.", tenant=tenant, vendor=VENDORS
        )
        self._budget_wait = declare.timed(
            "fleet_budget_wait_seconds", "How long a call waited for its turn.", _WAITS, vendor=VENDORS
        )
        self._blocked = declare.measured("fleet_broker_blocked", "1 while the broker takes no message from us.")
        self._wanted = declare.measured(
            "fleet_wanted",
            "What is wanted on the other side, made or still due.",
            tenant=tenant,
            kind=Closed(WantedKind),
            state=Closed(WantedState),
        )
        self._wanted_oldest = declare.measured(
            "fleet_wanted_oldest_seconds",
            "Since when the oldest that is due has been due; 0: nothing is.",
            tenant=tenant,
            kind=Closed(WantedKind),
        )
        self._withdrawals_due = declare.measured(
            "fleet_withdrawals_due", "Documents that must go and are not known to be gone.", tenant=tenant
        )
        self._withdrawal_blocked = declare.measured(
            "fleet_withdrawal_blocked_seconds",
            "For how long the vendor has refused the withdrawal that waits longest; 0: it refuses none.",
            tenant=tenant,
        )
        self._held = declare.measured(
            "fleet_held", "What waits for a person, by reason.", tenant=tenant, reason=Closed(HeldReason)
        )
        self._dead_letters = declare.measured(
            "fleet_dead_letters", "Dead letters that nobody has judged or replayed yet.", queue=QUEUES
        )
        self._dead_backlog = declare.measured(
            "fleet_dead_archive_backlog", "Dead letters still at the broker, not yet rows."
        )
        self._reconsent = declare.measured(
            "fleet_reconsent_needed", "1 when a person must consent again at Smint.io.", tenant=tenant
        )
        self._leases = declare.measured(
            "fleet_leases", "Lease rows, by whether their owner still renews them.", state=Closed(LeaseState)
        )
        self._unsealed = declare.measured(
            "fleet_journal_unsealed", "Journal entries not yet in the hash chain.", tenant=tenant
        )
        self._broken = declare.measured(
            "fleet_journal_broken",
            "1 when the journal's hash chain does not hold: it was tampered with.",
            tenant=tenant,
        )
        self._drift = declare.measured(
            "fleet_drift", "Differences between the ledger and the other side.", tenant=tenant, kind=Closed(DriftKind)
        )
        self._reconnects = declare.counted(
            "fleet_broker_reconnects_total", "Connections to the broker made after one was lost."
        )
        self._skew = declare.measured(
            "fleet_clock_skew_seconds",
            "By how much the vendor's clock is ahead of ours; negative: behind.",
            tenant=tenant,
            vendor=VENDORS,
        )
        self._connections = declare.measured(
            "fleet_database_connections", "Pooled connections of this process.", state=Closed(ConnectionState)
        )
        self._transferred = declare.counted(
            "fleet_bytes_transferred_total", "Bytes of files that went through.", direction=Closed(Direction)
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=declare.registry)

    @property
    def declared(self) -> tuple[Series, ...]:
        """Every metric of the fleet's own."""
        return tuple(self._declaring.declared)

    def exposition(self) -> bytes:
        """Return the present values in Prometheus' text format."""
        return generate_latest(self._declaring.registry)

    def published(self, topic: str) -> None:
        """Count a change event; `topic` is its type or its routing key."""
        self._published.add(type=topic if topic in EVENT_TYPES.values else topic.partition(".")[2])

    def unrouted(self, _topic: str) -> None:
        """Count a message that no queue took."""
        self._unrouted.add()

    def consumed(self, queue: str, flow: str | None, outcome: str, *, age_seconds: float | None = None) -> None:
        """Count how a delivery ended; `age_seconds` when that was an effect."""
        self._consumed.add(queue=queue, flow=flow, outcome=outcome)
        if age_seconds is not None:
            self._age.observe(age_seconds, queue=queue, flow=flow)

    @contextmanager
    def polling(self, poller: str) -> Iterator[None]:
        """Time one poll."""
        began = monotonic()
        try:
            yield
        finally:
            self._poll_duration.observe(monotonic() - began, poller=poller)

    def poll_lag(self, tenant: str, poller: str, seconds: float) -> None:
        """Say how late the last poll was."""
        self._poll_lag.set(seconds, tenant=tenant, poller=poller)

    def cursor_age(self, tenant: str, poller: str, seconds: float) -> None:
        """Say how old the cursor is."""
        self._cursor_age.set(seconds, tenant=tenant, poller=poller)

    def observing(self, vendor: str) -> Callable[[str, int | None, float], None]:
        """Return what a vendor's client tells of each call: operation, status (None: no answer), seconds."""

        def observe(operation: str, status: int | None, seconds: float) -> None:
            name = operation.removeprefix(f"{vendor}.")
            self._requests.add(vendor=vendor, operation=name, status="none" if status is None else str(status))
            self._request_duration.observe(seconds, vendor=vendor, operation=name)

        return observe

    def breaker(self, tenant: str, vendor: str, state: BreakerState) -> None:
        """Say whether calls go through."""
        self._breaker.set(state, tenant=tenant, vendor=vendor)

    def budget_waited(self, vendor: str, seconds: float) -> None:
        """Time a call's wait for its turn."""
        self._budget_wait.observe(seconds, vendor=vendor)

    def broker_blocked(self, is_blocked: bool) -> None:  # noqa: FBT001 - called back by the publisher with just this
        """Say whether the broker takes messages."""
        self._blocked.set(is_blocked)

    def broker_reconnected(self) -> None:
        """Count a connection made after one was lost."""
        self._reconnects.add()

    def wanted(self, tenant: str, counts: Mapping[tuple[WantedKind, WantedState], int]) -> None:
        """Say all that is wanted of a tenant; what is not among `counts` is none."""
        for kind in WantedKind:
            for state in WantedState:
                self._wanted.set(counts.get((kind, state), 0), tenant=tenant, kind=kind, state=state)
        self._withdrawals_due.set(counts.get((WantedKind.WITHDRAWAL, WantedState.DUE), 0), tenant=tenant)

    def wanted_oldest(self, tenant: str, kind: WantedKind, seconds: float) -> None:
        """Say how long the oldest that is due has been due."""
        self._wanted_oldest.set(seconds, tenant=tenant, kind=kind)

    def withdrawal_blocked(self, tenant: str, seconds: float) -> None:
        """Say for how long the vendor has refused a withdrawal."""
        self._withdrawal_blocked.set(seconds, tenant=tenant)

    def held(self, tenant: str, counts: Mapping[str, int]) -> None:
        """Say all that waits for a person, by HeldReason; any other reason counts as "other"."""
        self._held.set_all("reason", counts, tenant=tenant)

    def dead_letters(self, counts: Mapping[str, int]) -> None:
        """Say all dead letters that wait to be judged, by the queue in which they died."""
        self._dead_letters.set_all("queue", counts)

    def dead_archive_backlog(self, count: int) -> None:
        """Say how many dead letters are still at the broker."""
        self._dead_backlog.set(count)

    def reconsent_needed(self, tenant: str, *, is_needed: bool) -> None:
        """Say whether a person must consent again."""
        self._reconsent.set(is_needed, tenant=tenant)

    def leases(self, counts: Mapping[LeaseState, int]) -> None:
        """Say all lease rows."""
        self._leases.set_all("state", counts)

    def journal(self, tenant: str, *, unsealed: int, is_broken: bool) -> None:
        """Say how far the journal is sealed, and whether its chain holds."""
        self._unsealed.set(unsealed, tenant=tenant)
        self._broken.set(is_broken, tenant=tenant)

    def drift(self, tenant: str, counts: Mapping[DriftKind, int]) -> None:
        """Say all differences that the last comparison found."""
        self._drift.set_all("kind", counts, tenant=tenant)

    def clock_skew(self, tenant: str, vendor: str, seconds: float) -> None:
        """Say by how much the vendor's clock is ahead."""
        self._skew.set(seconds, tenant=tenant, vendor=vendor)

    def database_connections(self, counts: Mapping[ConnectionState, int]) -> None:
        """Say all pooled connections."""
        self._connections.set_all("state", counts)

    def transferred(self, direction: Direction, byte_count: int) -> None:
        """Count bytes of a file."""
        self._transferred.add(byte_count, direction=direction)
