"""A private RabbitMQ node meets nobody else's, survives what a test does to it, and leaves nothing."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pika
import pika.exceptions
import pytest

from ops.sandbox.broker import broker_at_hand
from ops.sandbox.servers.rabbit_node import RabbitNode
from shared.errors import Unavailable
from tests.ops.sandbox.servers.listening import listening_addresses
from tests.ops.sandbox.servers.owning import Owner, nothing_is_left_of, processes_of
from tests.servers import at_hand_or_told

pytestmark = pytest.mark.broker

OWNER = """
from ops.sandbox.broker import broker_at_hand
with broker_at_hand(private=True) as broker:
    told = dict(folder=str(broker.node.folder.path))
"""


@pytest.fixture(scope="module")
def node() -> Iterator[RabbitNode]:
    """A node for the tests of this file; each leaves it running."""
    with at_hand_or_told(broker_at_hand(private=True)) as broker:
        assert broker.node is not None
        yield broker.node


@contextmanager
def channel(url: str) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        yield connection.channel()


def keep(url: str, queue: str, body: bytes) -> None:
    with channel(url) as there:
        there.confirm_delivery()
        there.queue_declare(queue, durable=True)
        there.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def kept(url: str, queue: str) -> bytes | None:
    with channel(url) as there:
        body: bytes | None = there.basic_get(queue, auto_ack=True)[2]
        return body


def test_two_nodes_at_once_know_nothing_of_each_other_and_listen_on_loopback_only(node: RabbitNode) -> None:
    with broker_at_hand(private=True) as another:
        assert another.node is not None
        keep(node.url, "mine", b"here")

        addresses = [listening_addresses(p.pid for p in processes_of(n.folder.path)) for n in (node, another.node)]
        with pytest.raises(pika.exceptions.ChannelClosedByBroker), channel(another.url) as there:
            there.queue_declare("mine", passive=True)

    assert {host for found in addresses for host, _ in found} <= {"127.0.0.1", "::1"}
    assert all(len(found) >= len(("amqp", "management", "metrics", "distribution", "epmd")) for found in addresses)
    assert not addresses[0] & addresses[1]
    assert b"here" == kept(node.url, "mine")


def test_nothing_is_left_when_the_process_that_started_it_is_killed(owner: Callable[[str], Owner]) -> None:
    mine = owner(OWNER)
    names = {Path(f"/proc/{p.pid}/comm").read_text().strip() for p in processes_of(mine.folder)}
    assert {"beam.smp", "epmd"} <= names

    mine.end(signal.SIGKILL)

    assert nothing_is_left_of(mine.folder)


def test_what_was_confirmed_is_there_after_kill_and_start_on_the_same_address(node: RabbitNode) -> None:
    before = node.url
    keep(node.url, "letters", b"dear")

    node.kill()
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(node.url))
    node.start()

    assert before == node.url
    assert b"dear" == kept(node.url, "letters")


def test_a_restart_in_order_keeps_what_was_confirmed(node: RabbitNode) -> None:
    keep(node.url, "letters", b"dear")

    node.restart()

    assert b"dear" == kept(node.url, "letters")


def test_a_frozen_node_takes_connections_and_does_not_answer_until_it_is_thawed(node: RabbitNode) -> None:
    node.freeze()
    frozen = httpx.Client(base_url=node.management_url, trust_env=False, timeout=0.5)
    with frozen, pytest.raises(httpx.ReadTimeout):
        frozen.get("/")
    late = threading.Thread(target=keep, args=(node.url, "late", b"now"))
    late.start()
    late.join(0.5)
    assert late.is_alive()

    node.thaw()
    late.join(30)

    assert b"now" == kept(node.url, "late")


def test_virtual_hosts_are_made_and_deleted_with_what_is_in_them(node: RabbitNode) -> None:
    url = node.create_vhost("a/b")
    keep(url, "letters", b"dear")

    node.delete_vhost("a/b")
    node.create_vhost("a/b")

    with pytest.raises(pika.exceptions.ChannelClosedByBroker), channel(url) as there:
        there.queue_declare("letters", passive=True)


def test_control_commands_reach_the_node_and_their_complaints_come_back(node: RabbitNode) -> None:
    assert "fleet" in node.ctl("--quiet", "list_users")
    with pytest.raises(Unavailable, match="'nowhere' does not exist"):
        node.ctl("delete_vhost", "nowhere")


def test_the_password_is_in_no_command_line_no_environment_and_no_file_that_others_can_read(node: RabbitNode) -> None:
    password = pika.URLParameters(node.url).credentials.password.encode()
    folder = node.folder.path

    shown = [
        Path(f"/proc/{p.pid}/{what}").read_bytes() for p in processes_of(folder) for what in ("cmdline", "environ")
    ]
    readable = [f for f in folder.rglob("*") if f.is_file() and f.stat().st_mode & 0o077]

    assert len(password) >= 20
    assert not [text for text in shown if password in text]
    assert not [file for file in readable if password in file.read_bytes()]


def test_no_default_user_is_let_in(node: RabbitNode) -> None:
    address = pika.URLParameters(node.url)
    address.credentials = pika.PlainCredentials("guest", "guest")

    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(address)
