"""What the publisher reports as published is confirmed and routed; what is not, comes back to its own caller."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.errors import Unavailable
from shared.events import LicenceChanged, announce
from shared.messaging.declaring import apply
from shared.messaging.publisher import Outgoing, Publisher, Unrouted
from shared.messaging.topology import CHANGES, topology
from tests.support.broker import take_all

pytestmark = pytest.mark.broker


@pytest.fixture
def publisher(amqp_url: str) -> Iterator[Publisher]:
    apply(amqp_url, topology(), settle=lambda _: None)
    with Publisher(lambda: amqp_url) as publisher:
        yield publisher


def licence_changed(number: int) -> Outgoing:
    event = announce(
        LicenceChanged, source="test", tenant="acme", key=str(number), version=1, seen_at=datetime.now(UTC)
    )
    return Outgoing(CHANGES, event.routing_key, event.encode())


def bodies_in(url: str, queue: str) -> list[bytes]:
    return [body for body, _ in take_all(url, queue)]


def test_two_thousand_events_are_confirmed_and_in_their_queue(publisher: Publisher, amqp_url: str) -> None:
    messages = [licence_changed(number) for number in range(2000)]

    publisher.publish(messages)

    assert [m.body for m in messages] == bodies_in(amqp_url, "publish_assets")


def test_many_threads_share_one_connection_and_each_gets_its_own_answer(publisher: Publisher, amqp_url: str) -> None:
    nowhere = Outgoing(CHANGES, "acme.nobody.listens.here", b"{}")
    failures: dict[int, type[Exception] | None] = {}

    def publish(number: int) -> None:
        messages = [licence_changed(number * 100 + i) for i in range(100)]
        failures[number] = None
        try:
            publisher.publish([*messages, nowhere] if number % 2 else messages)
        except Unrouted as fault:
            failures[number] = type(fault)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: Unrouted if number % 2 else None for number in range(8)} == failures
    assert 800 == len(bodies_in(amqp_url, "publish_assets"))


def test_an_event_that_no_queue_takes_is_an_error_that_names_the_topic(publisher: Publisher) -> None:
    with pytest.raises(Unrouted, match=r"acme\.nobody\.listens\.here"):
        publisher.publish([Outgoing(CHANGES, "acme.nobody.listens.here", b"{}")])


def test_a_lost_connection_fails_what_was_in_flight_and_the_next_publish_finds_a_new_one(
    publisher: Publisher, amqp_url: str
) -> None:
    publisher.publish([licence_changed(1)])
    # An exchange that does not exist makes the broker close the channel: everything in flight on it is uncertain.
    with pytest.raises(Unavailable):
        publisher.publish([Outgoing("no-such-exchange", "x", b"{}"), licence_changed(2)])

    publisher.publish([licence_changed(3)])

    assert licence_changed(3).body.split(b'"time"')[0] in b"".join(bodies_in(amqp_url, "publish_assets"))


def test_a_publish_that_nobody_confirms_ends_within_its_time_out() -> None:
    with Publisher(lambda: "amqp://127.0.0.1:1/") as nowhere, pytest.raises(Unavailable):
        nowhere.publish([licence_changed(1)], timeout_seconds=0.2)


def test_a_header_that_cannot_be_encoded_harms_neither_its_message_nor_others(
    publisher: Publisher, amqp_url: str
) -> None:
    publisher.publish([Outgoing("dead", "x", b"1", {"x-fleet-reason": "half a pair: \ud800"})], timeout_seconds=5)
    publisher.publish([Outgoing("dead", "x", b"2")], timeout_seconds=5)

    ((_, headers), (other, _)) = take_all(amqp_url, "dead")
    assert ("half a pair: ?", b"2") == (headers["x-fleet-reason"], other)
