"""Wait for a condition with a deadline: tests never sleep for a time and hope."""

import threading
import time
from collections.abc import Callable


def eventually(condition: Callable[[], bool], *, within_seconds: float = 20, why: str = "condition") -> None:
    """Return as soon as `condition` holds; fail when it does not within the deadline."""
    deadline = time.monotonic() + within_seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"{why} not met within {within_seconds} s"
        pause.wait(0.02)
