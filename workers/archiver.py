"""
Bring dead letters from their queue into rows, where people find, judge and replay them.

Both roads end here: letters of the harness say why they died in our own headers, letters of the broker (delivery
limit, a missing work queue) come with `x-death`. A letter is acknowledged after its row is committed; the same letter
twice is one row.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pika
import pika.exceptions
import structlog
from pika.adapters.blocking_connection import BlockingChannel

from shared.errors import Unavailable, Unreadable
from shared.events import ChangeEvent, decode
from shared.messaging.topology import DEAD
from shared.store import dead_letters
from shared.store.dead_letters import Letter
from shared.store.engine import Database
from workers.endings import Attempts

PREFETCH: Final = 200  # one transaction and one acknowledgement for as many
IDLE_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Archiver:
    """Empties the dead letter queue into the store until told to stop."""

    url: Callable[[], str]
    database: Database
    stopping: threading.Event
    beat: Callable[[], None]

    def run(self) -> None:
        """Archive until `stopping` is set; a lost broker or database is waited for."""
        while not self.stopping.is_set():
            self.beat()
            try:
                with pika.BlockingConnection(pika.URLParameters(self.url())) as connection:
                    channel = connection.channel()
                    channel.basic_qos(prefetch_count=PREFETCH)
                    self._archive_from(channel)
            except (pika.exceptions.AMQPError, OSError, Unavailable) as fault:
                log.warning("archiver waits", error=type(fault).__name__)
                self.stopping.wait(RECONNECT_SECONDS)

    def _archive_from(self, channel: BlockingChannel) -> None:
        letters: list[Letter] = []
        last_tag = 0
        for method, properties, body in channel.consume(DEAD, inactivity_timeout=IDLE_SECONDS):
            self.beat()
            if method is not None:
                letters.append(letter_of(body, properties.headers or {}, datetime.now(UTC)))
                last_tag = method.delivery_tag
            if letters and (method is None or len(letters) >= PREFETCH):
                self._keep(letters)
                # By its tag: "all" would include what the broker has sent meanwhile and we have not read.
                channel.basic_ack(last_tag, multiple=True)
                letters = []
            if self.stopping.is_set():
                return

    def _keep(self, letters: list[Letter]) -> None:
        self.database.write(lambda c: dead_letters.archive(c, letters))
        log.info("dead letters archived", count=len(letters))


def letter_of(body: bytes, headers: Mapping[str, object], now: datetime) -> Letter:
    """Read a dead letter: what it was about, where it died, and why, in words for a person."""
    attempts = Attempts.read(headers)
    event: ChangeEvent | None
    try:
        event = decode(body)
    except Unreadable:
        event = None
    return Letter(
        tenant=event.data.tenant if event else None,
        queue=_text(headers.get("x-fleet-queue")) or _queue_of(headers),
        flow=event.data.flow.value if event and event.data.flow else None,
        event_type=event.type if event else None,
        event_id=event.id if event else None,
        key=event.data.key if event else None,
        reason=_text(headers.get("x-fleet-reason")) or _reason_of(headers),
        error=_text(headers.get("x-fleet-error")),
        attempts=attempts.climbs + attempts.bugs + 1,
        first_seen_at=event.time if event else now,
        died_at=now,
        trace=event.traceparent if event else None,
        body=body.decode(errors="replace"),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _last_death(headers: Mapping[str, object]) -> Mapping[str, object]:
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else {}
    return last if isinstance(last, dict) else {}


def _queue_of(headers: Mapping[str, object]) -> str:
    death = _last_death(headers)
    keys = death.get("routing-keys")
    # A letter that found no work queue still names it: the ladder publishes with the queue's name as routing key.
    return _text(keys[0]) if isinstance(keys, list) and keys else _text(death.get("queue")) or "unknown"


def _reason_of(headers: Mapping[str, object]) -> str:
    match _last_death(headers).get("reason"):
        case "delivery_limit":
            return "the broker delivered it too often: its worker kept dying"
        case "expired":
            return "its work queue does not exist any more"
        case other:
            return f"the broker gave it up ({other})"
