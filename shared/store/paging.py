"""Read more rows than memory should hold, page by page in the order of their keys, each page in its own transaction."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from shared.store.engine import Database


class Keyed(Protocol):
    """A row with a key that orders it among the others."""

    @property
    def key(self) -> str:
        """The row's key within its table and tenant."""
        ...


R = TypeVar("R", bound=Keyed)


def pages(database: Database, read: Callable[[Connection, str | None], Sequence[R]]) -> Iterator[Sequence[R]]:
    """Yield page after page of what `read` returns after a key (None: from the start), until one is empty."""
    after: str | None = None
    while page := _page(database, read, after):
        yield page
        after = page[-1].key


def _page(database: Database, read: Callable[[Connection, str | None], Sequence[R]], after: str | None) -> Sequence[R]:
    with database.read() as c:
        return read(c, after)
