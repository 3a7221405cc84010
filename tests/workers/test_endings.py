"""The table of endings: what each error leads to, and that no transient fault ever counts towards death."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import errors
from shared.errors import (
    Ambiguous,
    Conflict,
    Contended,
    FleetError,
    Forbidden,
    Misconfigured,
    Rejected,
    Stopped,
    Throttled,
    Transient,
    Unavailable,
    Unreadable,
)
from shared.messaging.publisher import Unrouted
from shared.messaging.topology import LADDER, Rung, work_queue
from workers.endings import Acked, Attempts, Climbs, Dies, Ending, Outcome, ending

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PLANNER, EXECUTOR, URGENT = work_queue("publish_assets"), work_queue("deliver"), work_queue("withdraw")
FIRST, SECOND, THIRD, _, LAST = LADDER


def rung_of(result: Ending) -> Rung:
    assert isinstance(result, Climbs)
    return result.rung


CLIMBS: dict[str, tuple[Exception, Attempts, Rung]] = {
    "another hand is at it": (Contended(), Attempts(climbs=3), FIRST),
    "first time unavailable": (Unavailable(), Attempts(), FIRST),
    "fourth time unavailable": (Unavailable(), Attempts(climbs=2), THIRD),
    "unavailable for ever": (Unavailable(), Attempts(climbs=99), LAST),
    "throttled, no word how long": (Throttled(), Attempts(climbs=1), SECOND),
    "throttled for 20 s": (Throttled(retry_after=timedelta(seconds=20)), Attempts(), SECOND),
    "throttled for a week": (Throttled(retry_after=timedelta(days=7)), Attempts(), LAST),
    "throttled in the past": (Throttled(retry_after=timedelta()), Attempts(), FIRST),
    "no queue takes what we announce": (Unrouted(), Attempts(bugs=7), FIRST),
    "first conflict": (Conflict(), Attempts(), FIRST),
    "unknown outcome": (Ambiguous(), Attempts(), SECOND),
    "unknown outcome, looked up once": (Ambiguous(), Attempts(look_ups=1), SECOND),
    "a bug": (ZeroDivisionError(), Attempts(), FIRST),
    "a bug, seventh time": (ZeroDivisionError(), Attempts(bugs=6), LAST),
}


@pytest.mark.parametrize(("error", "attempts", "rung"), CLIMBS.values(), ids=CLIMBS.keys())
def test_climbs(error: Exception, attempts: Attempts, rung: Rung) -> None:
    assert rung == rung_of(ending(error, attempts, EXECUTOR, now=NOW))


ENDS: dict[str, tuple[Exception, Attempts, Ending]] = {
    "second conflict": (Conflict("409"), Attempts(conflicts=1), Dies("the other side changed under us twice: 409")),
    "unreadable": (Unreadable("no id"), Attempts(), Dies("no id")),
    "rejected": (Rejected("422"), Attempts(), Dies("422")),
    "a bug, eighth time": (ZeroDivisionError(), Attempts(bugs=7), Dies("bug: ZeroDivisionError")),
    "stopped": (Stopped("paused by ann"), Attempts(), Acked(Outcome.WAITING, "paused by ann")),
    "forbidden": (Forbidden("401"), Attempts(), Acked(Outcome.WAITING, "401")),
    "unknown outcome, looked up twice": (
        Ambiguous("time-out"),
        Attempts(look_ups=2),
        Acked(Outcome.HELD, "unknown outcome: time-out"),
    ),
    "vendor away for more than a day": (
        Unavailable(),
        Attempts(climbs=40, since=NOW - timedelta(hours=25)),
        Acked(Outcome.HELD, "vendor_unreachable"),
    ),
}


@pytest.mark.parametrize(("error", "attempts", "expected"), ENDS.values(), ids=ENDS.keys())
def test_ends(error: Exception, attempts: Attempts, expected: Ending) -> None:
    assert expected == ending(error, attempts, EXECUTOR, now=NOW)


def test_contention_is_not_an_attempt() -> None:
    attempts = Attempts(climbs=2, bugs=1, since=NOW)

    assert Climbs(FIRST, attempts) == ending(Contended(), attempts, PLANNER, now=NOW + timedelta(days=2))


def test_a_withdrawal_never_waits_longer_than_the_first_rung() -> None:
    for error in (Unavailable(), Throttled(retry_after=timedelta(hours=1)), Ambiguous(), ZeroDivisionError()):
        assert FIRST == rung_of(ending(error, Attempts(climbs=5, bugs=5), URGENT, now=NOW))


@pytest.mark.parametrize("error", [Unavailable("503"), Throttled("429"), Ambiguous("time-out"), Contended("busy")])
def test_what_the_sweeper_will_announce_again_never_climbs(error: Exception) -> None:
    assert Acked(Outcome.WAITING, str(error)) == ending(error, Attempts(), EXECUTOR, now=NOW, is_swept=True)


def test_what_cannot_work_dies_also_when_the_sweeper_announced_it() -> None:
    assert Dies("422") == ending(Rejected("422"), Attempts(), EXECUTOR, now=NOW, is_swept=True)


def test_a_planners_event_outlives_any_outage_on_the_ladder() -> None:
    since_last_week = Attempts(climbs=200, since=NOW - timedelta(days=7))

    assert LAST == rung_of(ending(Unavailable(), since_last_week, PLANNER, now=NOW))


@given(
    error=st.sampled_from([Throttled(), Unavailable(), Contended(), Forbidden(), Transient()]),
    attempts=st.builds(Attempts, climbs=st.integers(0, 1000), bugs=st.integers(0, 7), look_ups=st.integers(0, 3)),
)
def test_nothing_transient_ever_dies(error: Exception, attempts: Attempts) -> None:
    for queue in (PLANNER, EXECUTOR, URGENT):
        assert not isinstance(ending(error, attempts, queue, now=NOW), Dies)


@given(
    attempts=st.builds(
        Attempts,
        climbs=st.integers(0, 10**6),
        bugs=st.integers(0, 10),
        conflicts=st.integers(0, 2),
        look_ups=st.integers(0, 3),
        since=st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    )
)
def test_attempts_survive_the_wire(attempts: Attempts) -> None:
    assert attempts == Attempts.read(attempts.headers())


def test_mangled_attempts_count_as_none() -> None:
    assert Attempts() == Attempts.read({"x-fleet-climbs": "many", "x-fleet-since": "yesterday", "other": 1})


def test_every_error_of_the_tree_has_a_row() -> None:
    leaves = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, FleetError)]

    kinds = {error: type(ending(error(), Attempts(), EXECUTOR, now=NOW)).__name__ for error in leaves}

    assert {Unreadable: "Dies", Rejected: "Dies", Misconfigured: "Climbs"}.items() <= kinds.items()
    assert len(leaves) == len(kinds)


def test_a_first_failure_beyond_the_calendar_counts_as_none() -> None:
    assert Attempts() == Attempts.read({"x-fleet-since": 10**18})
