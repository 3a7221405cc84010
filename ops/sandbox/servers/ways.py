"""Several ways to a server, tried in order; when none leads to one, a person is told of all of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.errors import Misconfigured, Unavailable

Server = TypeVar("Server")


@dataclass(frozen=True)
class Way(Generic[Server]):
    """One way to a server; opening it raises Unavailable, with the reason, where it does not lead to one."""

    what_a_person_can_do: str
    open: Callable[[], AbstractContextManager[Server]]


@contextmanager
def first_open(wanted: str, ways: Sequence[Way[Server]]) -> Iterator[Server]:
    """Yield the server of the first way that leads to one; raises Misconfigured, listing the ways, when none does."""
    with ExitStack() as opened:
        yield _first(wanted, ways, opened)


def _first(wanted: str, ways: Sequence[Way[Server]], opened: ExitStack) -> Server:
    reasons: list[str] = []
    for way in ways:
        try:
            return opened.enter_context(way.open())
        except Unavailable as reason:
            reasons.append(f"\n  - {way.what_a_person_can_do} (now: {reason})")
    raise Misconfigured(f"There is no {wanted} at hand. Any one of these is enough:{''.join(reasons)}")
