"""Wait for a condition or an answer, with a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from shared.errors import Unavailable

LOOK_EVERY_SECONDS: Final = 0.02

Answer = TypeVar("Answer")


def wait_until(is_so: Callable[[], bool], *, within_seconds: float) -> bool:
    """Wait for a condition, and return whether it came true in time."""
    deadline = time.monotonic() + within_seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True


def answer_within(
    seconds: float, ask: Callable[[], Answer], *, while_running: Callable[[], bool] = lambda: True
) -> Answer:
    """Ask a server that is starting until it answers; raises its last Unavailable when it does not, or has ended."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() > deadline or not while_running():
                raise
        time.sleep(LOOK_EVERY_SECONDS)
