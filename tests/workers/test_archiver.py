"""Dead letters leave the broker when they are rows, and not before."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
from sqlalchemy import event

from shared.messaging.declaring import apply
from shared.messaging.publisher import Outgoing, Publisher
from shared.messaging.topology import DEAD, topology
from shared.store import dead_letters
from shared.store.engine import Database
from tests.support.broker import take_all
from tests.support.waiting import eventually
from workers.archiver import Archiver

pytestmark = [pytest.mark.broker, pytest.mark.database]


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """On one database: what the store keeps is tested on both in tests/store."""
    copy = tmp_path / "migrated.sqlite"
    shutil.copy(sqlite_template, copy)
    database = Database(f"sqlite:///{copy}")
    yield database
    database.close()


def dead(body: bytes) -> Outgoing:
    return Outgoing(DEAD, "deliver", body, {"x-fleet-queue": "deliver", "x-fleet-reason": "r"})


def waiting_at_broker(url: str) -> int:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        count: int = connection.channel().queue_declare(DEAD, passive=True).method.message_count
        return count


def test_a_letter_on_its_way_stays_with_the_broker_when_the_archiver_ends_after_another(
    amqp_url: str, database: Database
) -> None:
    apply(amqp_url, topology(), settle=lambda _: None)
    stopping = threading.Event()
    late = iter([dead(b"second")])

    with Publisher(lambda: amqp_url) as publisher:

        def arrive_meanwhile(_connection: object) -> None:
            """Just before the first letter's row is committed, have the broker send another one; then end."""
            for letter in late:
                publisher.publish([letter])
                eventually(lambda: waiting_at_broker(amqp_url) == 0, within_seconds=20)
                stopping.set()

        event.listen(database._engine, "commit", arrive_meanwhile)
        publisher.publish([dead(b"first")])
        Archiver(lambda: amqp_url, database, stopping, lambda: None).run()

    with database.read() as c:
        assert ["first"] == [one.letter.body for one in dead_letters.page(c, None, limit=10)]
    assert [b"second"] == [body for body, _ in take_all(amqp_url, DEAD)]
