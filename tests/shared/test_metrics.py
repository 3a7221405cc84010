import re
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.events import CATALOGUE, Flow
from shared.metric_labels import (
    MOST_TENANTS,
    BreakerState,
    ConnectionState,
    Direction,
    DriftKind,
    HeldReason,
    LeaseState,
    WantedKind,
    WantedState,
)
from shared.metrics import Metrics

# What dashboards, alerts and scalers may rely on.
PROMISED = {
    "fleet_events_published_total": {"type"},
    "fleet_events_unrouted_total": set(),
    "fleet_events_consumed_total": {"queue", "flow", "outcome"},
    "fleet_event_age_seconds": {"queue", "flow"},
    "fleet_poll_duration_seconds": {"poller"},
    "fleet_poll_lag_seconds": {"tenant", "poller"},
    "fleet_cursor_age_seconds": {"tenant", "poller"},
    "fleet_vendor_requests_total": {"vendor", "operation", "status"},
    "fleet_vendor_request_duration_seconds": {"vendor", "operation"},
    "fleet_breaker_state": {"tenant", "vendor"},
    "fleet_budget_wait_seconds": {"vendor"},
    "fleet_broker_blocked": set(),
    "fleet_wanted": {"tenant", "kind", "state"},
    "fleet_wanted_oldest_seconds": {"tenant", "kind"},
    "fleet_withdrawals_due": {"tenant"},
    "fleet_withdrawal_blocked_seconds": {"tenant"},
    "fleet_held": {"tenant", "reason"},
    "fleet_dead_letters": {"queue"},
    "fleet_dead_archive_backlog": set(),
    "fleet_reconsent_needed": {"tenant"},
    "fleet_leases": {"state"},
    "fleet_journal_unsealed": {"tenant"},
    "fleet_journal_broken": {"tenant"},
    "fleet_drift": {"tenant", "kind"},
    "fleet_broker_reconnects_total": set(),
    "fleet_clock_skew_seconds": {"tenant", "vendor"},
    "fleet_database_connections": {"state"},
    "fleet_bytes_transferred_total": {"direction"},
}


def series(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("fleet_")
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return series(metrics).get((name, frozenset(labels.items())))


def move_everything(metrics: Metrics, word: str, number: int = 1) -> None:
    """Call every way to move a metric, with `word` wherever a caller could put text."""
    metrics.published(word)
    metrics.unrouted(word)
    metrics.consumed(word, word, word, age_seconds=number)
    metrics.consumed("deliver", None, "done", age_seconds=number)
    with metrics.polling(word):
        pass
    metrics.poll_lag(word, word, number)
    metrics.cursor_age(word, word, number)
    metrics.observing("smintio")(word, 200, 0.1)
    metrics.observing(word)(word, None, 0.1)
    metrics.breaker(word, word, BreakerState.OPEN)
    metrics.budget_waited(word, number)
    metrics.broker_blocked(True)
    metrics.broker_reconnected()
    metrics.wanted(word, {(WantedKind.WITHDRAWAL, WantedState.DUE): number})
    for kind in WantedKind:
        metrics.wanted_oldest(word, kind, number)
    metrics.withdrawal_blocked(word, number)
    metrics.held(word, {word: number, HeldReason.CLOCK_SKEW: 1})
    metrics.dead_letters({word: number})
    metrics.dead_archive_backlog(number)
    metrics.reconsent_needed(word, is_needed=True)
    metrics.leases({LeaseState.HELD: number})
    metrics.journal(word, unsealed=number, is_broken=True)
    metrics.drift(word, {DriftKind.MISSING: number})
    metrics.clock_skew(word, word, number)
    metrics.database_connections({ConnectionState.IDLE: number})
    for direction in Direction:
        metrics.transferred(direction, number)


def test_exactly_the_promised_metrics_are_declared_with_their_labels() -> None:
    declared = {series.name: set(series.labels) for series in Metrics().declared}

    assert PROMISED == declared


def test_every_metric_says_what_it_means_and_in_which_unit() -> None:
    for metric in Metrics().declared:
        assert re.fullmatch(r"[A-Z0-9].{10,}\.", metric.meaning), metric.name
        assert not re.search(r"_(ms|millis|minutes|kb|mb)", metric.name), metric.name


def test_every_metric_moves() -> None:
    metrics = Metrics(tenants=["acme"])

    move_everything(metrics, "acme")

    moved = {re.sub(r"_(bucket|sum|count)$", "", name) for (name, _), amount in series(metrics).items() if amount}
    assert set(PROMISED) == moved


def test_no_text_from_outside_becomes_a_label() -> None:
    metrics = Metrics(tenants=["acme"])
    texts = ["79001", "brand/acme-eu/79001", "https://x/?apiKey=s", "image.jpg", "Internal error at 10:00", "", "ü\n"]

    for text in texts:
        move_everything(metrics, text)

    labels = {label for _, pairs in series(metrics) for name, label in pairs if name != "le"}
    assert not set(texts) & labels
    assert "other" in labels


def test_the_number_of_series_does_not_grow_with_the_number_of_things() -> None:
    metrics = Metrics(tenants=["acme"])
    for number in range(200):
        move_everything(metrics, f"asset-{number}", number)
    after_few = len(series(metrics))

    for number in range(2_000):
        move_everything(metrics, f"file-{number}.jpg", number)

    assert after_few == len(series(metrics))
    assert after_few < 500


def test_tenants_beyond_the_bound_share_one_label() -> None:
    names = [f"tenant-{number:03d}" for number in range(MOST_TENANTS + 10)]
    metrics = Metrics(tenants=names)

    for name in names:
        metrics.reconsent_needed(name, is_needed=True)

    tenants = {label for name, pairs in series(metrics) for key, label in pairs if key == "tenant"}
    assert {*names[:MOST_TENANTS], "other"} == tenants


def test_what_is_no_longer_held_goes_back_to_nought() -> None:
    metrics = Metrics(tenants=["acme"])
    metrics.held("acme", {HeldReason.CLOCK_SKEW: 3})

    metrics.held("acme", {HeldReason.UNKNOWN_RIGHT: 1})

    assert 0 == value(metrics, "fleet_held", tenant="acme", reason="clock_skew")
    assert 1 == value(metrics, "fleet_held", tenant="acme", reason="unknown_right")


def test_reasons_without_a_label_of_their_own_add_up() -> None:
    metrics = Metrics(tenants=["acme"])

    metrics.held("acme", {"moon phase": 2, "tea time": 3})

    assert 5 == value(metrics, "fleet_held", tenant="acme", reason="other")


def test_due_withdrawals_are_counted_on_their_own_too() -> None:
    metrics = Metrics(tenants=["acme"])

    metrics.wanted(
        "acme",
        {(WantedKind.WITHDRAWAL, WantedState.DUE): 2, (WantedKind.PUBLICATION, WantedState.MADE): 40},
    )

    assert 2 == value(metrics, "fleet_withdrawals_due", tenant="acme")
    assert 40 == value(metrics, "fleet_wanted", tenant="acme", kind="publication", state="made")
    assert 0 == value(metrics, "fleet_wanted", tenant="acme", kind="publication", state="due")


@pytest.mark.parametrize("topic", ["smintio.licence.changed", "acme.smintio.licence.changed"])
def test_a_published_event_is_counted_by_its_type(topic: str) -> None:
    metrics = Metrics()

    metrics.published(topic)

    assert 1 == value(metrics, "fleet_events_published_total", type="smintio.licence.changed")


def test_every_event_and_every_flow_has_a_label_of_its_own() -> None:
    metrics = Metrics()
    for event in CATALOGUE:
        metrics.published(event)
    for flow in Flow:
        metrics.consumed("deliver", flow, "done")

    assert None is value(metrics, "fleet_events_published_total", type="other")
    assert None is value(metrics, "fleet_events_consumed_total", queue="deliver", flow="other", outcome="done")


@pytest.mark.parametrize(
    ("status", "label"), [(200, "200"), (429, "429"), (None, "none"), (418, "other"), (999, "other")]
)
def test_a_call_is_counted_by_its_status(status: int | None, label: str) -> None:
    metrics = Metrics()

    metrics.observing("smintio")("smintio.transactions", status, 0.2)

    assert 1 == value(metrics, "fleet_vendor_requests_total", vendor="smintio", operation="transactions", status=label)
    assert 1 == value(
        metrics, "fleet_vendor_request_duration_seconds_count", vendor="smintio", operation="transactions"
    )


def test_a_poll_that_fails_is_timed_too() -> None:
    metrics = Metrics()

    with pytest.raises(ValueError, match="bug"), metrics.polling("licence_clock"):
        raise ValueError("bug")

    assert 1 == value(metrics, "fleet_poll_duration_seconds_count", poller="licence_clock")


def test_two_metrics_in_one_process_know_nothing_of_each_other() -> None:
    one, other = Metrics(), Metrics()

    one.unrouted("x")

    assert (1, 0) == (value(one, "fleet_events_unrouted_total"), value(other, "fleet_events_unrouted_total"))


def test_threads_lose_no_count() -> None:
    metrics = Metrics()

    def count() -> None:
        for _ in range(2_000):
            metrics.consumed("deliver", None, "done")

    threads = [threading.Thread(target=count) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert 8_000 == value(metrics, "fleet_events_consumed_total", queue="deliver", flow="other", outcome="done")


def test_memory_and_descriptors_of_the_process_are_exposed_with_the_rest() -> None:
    assert b"process_resident_memory_bytes" in Metrics().exposition()
