"""A poller that fails rests longer each time, but never for many turns: what is urgent is back within seconds."""

from datetime import timedelta

import pytest

from producers.licence_clock import LicenceClock
from producers.poller import back_off
from producers.sweeper import Sweeper


@pytest.mark.parametrize(
    ("every_seconds", "rests"),
    [
        (1, [1, 2, 4, 8, 10, 10]),
        (2, [1, 2, 4, 8, 16, 20]),
        (30, [1, 2, 4, 8, 16, 32]),
        (0, [1, 2, 4, 8, 10, 10]),
    ],
)
def test_each_fault_in_a_row_doubles_the_rest_up_to_ten_turns(every_seconds: int, rests: list[int]) -> None:
    every = timedelta(seconds=every_seconds)

    assert rests == [back_off(faults, every).total_seconds() for faults in range(6)]


def test_no_rest_is_longer_than_five_minutes() -> None:
    assert timedelta(minutes=5) == back_off(1000, timedelta(hours=1))


def test_what_rights_wait_for_looks_again_within_seconds_of_any_outage() -> None:
    assert timedelta(seconds=20) >= max(back_off(1000, source.every) for source in (LicenceClock, Sweeper))
