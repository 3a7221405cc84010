"""Announce what a mirror holds and nobody was told of yet: publish, wait for the confirms, only then note it."""

from collections.abc import Sequence
from typing import Final

from shared.events import ChangeEvent, announce
from shared.messaging.publisher import Publisher
from shared.store.engine import Database
from shared.store.mirrors import Mirror, MirrorRow

PAGE: Final = 500  # one window of confirms


def announce_changes(  # noqa: PLR0913 - all of it is needed, and named
    database: Database,
    publisher: Publisher,
    mirror: Mirror,
    event: type[ChangeEvent],
    *,
    source: str,
    tenant: str,
) -> int:
    """
    Announce every row of `mirror` whose seen revision was not announced yet, and return how many.

    Raises Unrouted or Unavailable when a message was not confirmed and routed: those rows stay unannounced.
    """
    announced = 0
    while True:
        with database.read() as c:
            rows = mirror.unannounced(c, tenant, PAGE)
        if not rows:
            return announced
        publisher.announce(
            [
                announce(event, source=source, tenant=tenant, key=row.key, version=row.revision, seen_at=row.seen_at)
                for row in rows
            ]
        )
        _note(database, mirror, tenant, rows)
        announced += len(rows)


def _note(database: Database, mirror: Mirror, tenant: str, rows: Sequence[MirrorRow]) -> None:
    told = [(row.key, row.revision) for row in rows]
    database.write(lambda c: mirror.mark_announced(c, tenant, told))
