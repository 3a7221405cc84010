"""A broker is at hand by the first way that leads to one; where none does, a person learns all of them."""

import socket
import threading
from pathlib import Path

import pika
import pytest

from ops.sandbox.broker import BrokerAtHand, broker_at_hand, docker_broker
from ops.sandbox.servers.loopback import free_ports
from ops.sandbox.servers.machine import Machine
from shared.errors import Misconfigured


def answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(8)
        connection.sendall(answer)


def machine_with_nothing(root: Path, **environment: str) -> Machine:
    return Machine({"PATH": "", **environment}, root)


def test_where_nothing_is_at_hand_the_message_lists_every_way_and_why_it_does_not_work(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told, broker_at_hand(machine_with_nothing(tmp_path)):
        pass

    assert (
        "There is no RabbitMQ at hand. Any one of these is enough:\n"
        "  - set FLEET_AMQP_URL to the address of a broker (now: not set)\n"
        "  - install rabbitmq-server, of which a private node is started (now: not found)\n"
        "  - start a Docker engine (now: no Docker engine answers)\n"
        "  - use Debian or Ubuntu with a network, whose packages are fetched (now: no apt-get on this machine)"
    ) == str(told.value)


def test_a_given_broker_is_taken_before_anything_is_started(
    broker: BrokerAtHand, amqp_url: str, tmp_path: Path
) -> None:
    with broker_at_hand(machine_with_nothing(tmp_path, FLEET_AMQP_URL=amqp_url)) as given:
        assert ("given", broker.version, amqp_url, None) == (given.kind, given.version, given.url, given.node)


def test_a_given_broker_with_its_management_address_makes_virtual_hosts(broker: BrokerAtHand, tmp_path: Path) -> None:
    assert broker.management_url is not None
    addresses = {"FLEET_AMQP_URL": broker.url, "FLEET_AMQP_MANAGEMENT_URL": broker.management_url}

    with (
        broker_at_hand(machine_with_nothing(tmp_path, **addresses)) as given,
        given.fresh_vhost("mine") as url,
        pika.BlockingConnection(pika.URLParameters(url)) as connection,
    ):
        assert connection.is_open


def test_a_given_broker_without_management_address_says_which_variable_is_missing(
    amqp_url: str, tmp_path: Path
) -> None:
    with (
        broker_at_hand(machine_with_nothing(tmp_path, FLEET_AMQP_URL=amqp_url)) as given,
        pytest.raises(Misconfigured, match="FLEET_AMQP_MANAGEMENT_URL"),
    ):
        given.management()


@pytest.mark.parametrize(
    ("address", "complaint"),
    {
        "nobody listens": ("amqp://me:s3cret@127.0.0.1:{port}/", "no broker answers at 127.0.0.1:{port}"),
        "not an AMQP address": ("http://me:s3cret@127.0.0.1:{port}/", "not an AMQP address"),
        "port is no number": ("amqp://me:s3cret@127.0.0.1:many/", "not an AMQP address"),
    }.values(),
)
def test_a_given_broker_that_is_none_stops_here_and_its_password_is_not_told(
    address: str, complaint: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    given = machine_with_nothing(tmp_path, FLEET_AMQP_URL=address.format(port=port))

    with pytest.raises(Misconfigured) as told, broker_at_hand(given):
        pass

    assert str(told.value).startswith(f"FLEET_AMQP_URL: {complaint.format(port=port)}")
    assert "s3cret" not in str(told.value)


def test_a_server_that_is_not_rabbitmq_is_named_as_such(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=answer_once, args=(server, b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        answering.start()
        given = machine_with_nothing(tmp_path, FLEET_AMQP_URL=f"amqp://127.0.0.1:{server.getsockname()[1]}/")

        with pytest.raises(Misconfigured, match="does not speak AMQP"), broker_at_hand(given):
            pass
        answering.join()


def test_the_address_with_its_password_is_not_in_a_brokers_repr(broker: BrokerAtHand) -> None:
    assert broker.url not in repr(broker)


@pytest.mark.requires("docker")
def test_a_broker_in_a_container_answers_and_makes_virtual_hosts() -> None:
    with docker_broker(Machine.this(), print) as broker, broker.fresh_vhost("mine") as url:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            assert connection.is_open
        assert "docker" == broker.kind
