"""Tell a person how far a demo is: a bar on a terminal, a line for each news elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Tell(Protocol):
    """Takes news."""

    def say(self, news: str) -> None:
        """Tell what is happening now."""

    def count(self, done: int, expected: int) -> None:
        """Tell how many of the expected changes partners have seen."""


@contextmanager
def telling(console: Console) -> Iterator[Tell]:
    """Yield what tells progress on `console`."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TimeElapsedColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._said = 0

    def say(self, news: str) -> None:
        self._console.print(f"{time.monotonic() - self._started:5.1f} s  {news}", highlight=False)

    def count(self, done: int, expected: int) -> None:
        quarter = 4 * done // expected if expected else 0
        if quarter > self._said:
            self._said = quarter
            self.say(f"partners have seen {done} of {expected} changes")


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def say(self, news: str) -> None:
        self._progress.update(self._task, description=news)

    def count(self, done: int, expected: int) -> None:
        self._progress.update(self._task, completed=done, total=expected)
