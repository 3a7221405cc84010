"""A process that dies between any two steps: after it did, it neither reads, writes nor calls anyone any more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from shared.store.engine import Database
from shared.vendors.http import Vendor

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


class Died(BaseException):
    """The process is gone; nothing of ours may catch this."""


@dataclass
class Life:
    """How many steps a process has left; a step lies before and after everything that others can see."""

    steps_left: int

    def step(self) -> None:
        if self.steps_left <= 0:
            raise Died
        self.steps_left -= 1

    def lived(self, action: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @wraps(action)
        def stepped(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            self.step()
            result = action(subject, *args, **kwargs)
            self.step()
            return result

        return stepped


@contextmanager
def dying_after(steps: int) -> Iterator[Life]:
    """Let whoever works within die after so many steps; return quietly when it does, also when it does not."""
    life = Life(steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "write", life.lived(Database.write))
        patch.setattr(Vendor, "request", life.lived(Vendor.request))
        try:
            yield life
        except Died:
            return
