from datetime import UTC, datetime, timedelta, timezone

import pytest

from ops.sandbox.clock import VirtualClock
from shared.clock import Clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_time_stands_still_until_it_is_moved() -> None:
    clock: Clock = VirtualClock(NOON)

    assert [NOON, NOON] == [clock.now(), clock.now()]


def test_time_moves_forward_only() -> None:
    clock = VirtualClock(NOON)

    clock.advance(timedelta(hours=1))
    clock.set(NOON.astimezone(timezone(timedelta(hours=2))) + timedelta(hours=3))

    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="never goes back"):
        clock.set(NOON)
    assert (NOON + timedelta(hours=3), UTC) == (clock.now(), clock.now().tzinfo)


def test_a_ticking_clock_goes_on_by_itself_and_never_back() -> None:
    clock = VirtualClock(NOON, is_ticking=True)

    seen = [clock.now() for _ in range(1000)]

    assert seen == sorted(seen)
    assert NOON < seen[-1] < NOON + timedelta(minutes=1)
