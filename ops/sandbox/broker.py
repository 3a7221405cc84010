"""A RabbitMQ broker at hand: the first that can be had without asking anyone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit

from ops.sandbox.servers.amqp_greeting import rabbitmq_version
from ops.sandbox.servers.debian_packages import installed_home, packaged_home
from ops.sandbox.servers.docker_engine import container, engine_answers
from ops.sandbox.servers.machine import Machine, Say
from ops.sandbox.servers.rabbit_management import RabbitManagement
from ops.sandbox.servers.rabbit_node import STARTED_WITHIN_SECONDS, RabbitNode, private_node
from ops.sandbox.servers.rabbit_settings import RabbitHome
from ops.sandbox.servers.server_folder import random_password
from ops.sandbox.servers.waiting import answer_within
from ops.sandbox.servers.ways import Way, first_open
from shared.errors import Misconfigured, Unavailable

URL_VARIABLE: Final = "FLEET_AMQP_URL"
MANAGEMENT_URL_VARIABLE: Final = "FLEET_AMQP_MANAGEMENT_URL"
IMAGE: Final = "rabbitmq:4-management"
AMQP, MANAGEMENT = 5672, 15672


@dataclass(frozen=True)
class BrokerAtHand:
    """A broker that answers."""

    url: str = field(repr=False)
    """AMQP address, password included."""
    kind: str
    """How it was had: given, private node, docker, or unpacked node."""
    version: str
    management_url: str | None
    """Address of its management API, whose user is that of `url`; None when there is none."""
    node: RabbitNode | None = None
    """The node to stop, kill or freeze, when it is private and this process has started it."""

    @contextmanager
    def fresh_vhost(self, name: str) -> Iterator[str]:
        """Create a virtual host, yield its AMQP address and delete it; raises Misconfigured without management API."""
        with self.management() as management:
            management.create_vhost(name)
            try:
                yield urlsplit(self.url)._replace(path=f"/{quote(name, safe='')}").geturl()
            finally:
                management.delete_vhost(name)

    def management(self) -> RabbitManagement:
        """Open a session with the management API; raises Misconfigured when the broker has none."""
        if self.management_url is None:
            raise Misconfigured(
                f"the broker of {URL_VARIABLE} has no management API that we know of: "
                f"say where it is in {MANAGEMENT_URL_VARIABLE}, e.g. http://localhost:15672"
            )
        return RabbitManagement(self.management_url, self.url)


@contextmanager
def broker_at_hand(
    machine: Machine | None = None, say: Say = lambda _: None, *, private: bool = False
) -> Iterator[BrokerAtHand]:
    """
    Yield the first broker that can be had; what was started for it ends with it, or with this process.

    In order: FLEET_AMQP_URL; a private node of an installed rabbitmq-server; Docker; the distribution's packages. With
    `private` only the ways to a node that can be stopped, killed and frozen. `say` is told what takes long.
    Raises Misconfigured, listing the ways and why each did not work, when there is none.
    """
    machine = machine or Machine.this()
    ways = [Way(what, partial(opening, machine, say)) for what, opening in (PRIVATE_WAYS if private else WAYS).items()]
    with first_open("RabbitMQ", ways) as broker:
        yield broker


@contextmanager
def given_broker(machine: Machine, _say: Say) -> Iterator[BrokerAtHand]:
    """Yield the broker of FLEET_AMQP_URL; raises Misconfigured when it is set and nothing answers there."""
    url = machine.setting(URL_VARIABLE)
    if url is None:
        raise Unavailable("not set")
    try:
        version = rabbitmq_version(url)
    except Unavailable as fault:
        raise Misconfigured(f"{URL_VARIABLE}: {fault}") from fault
    yield BrokerAtHand(url, "given", version, machine.setting(MANAGEMENT_URL_VARIABLE))


@contextmanager
def installed_broker(machine: Machine, say: Say) -> Iterator[BrokerAtHand]:
    """Yield a private node of the installed RabbitMQ."""
    home = installed_home(machine)
    if home is None:
        raise Unavailable("not found")
    with _node_of(home, "private node", say) as broker:
        yield broker


@contextmanager
def docker_broker(machine: Machine, say: Say) -> Iterator[BrokerAtHand]:
    """Yield a broker in a container."""
    password = random_password()
    login = {"RABBITMQ_DEFAULT_USER": "fleet", "RABBITMQ_DEFAULT_PASS": password}
    if not engine_answers(machine):
        raise Unavailable("no Docker engine answers")
    say(f"Starting RabbitMQ in a container ({IMAGE})")
    with container(machine, IMAGE, login, (AMQP, MANAGEMENT)) as ((host, port), (_, management_port)):
        url = f"amqp://fleet:{quote(password)}@{host}:{port}/%2F"
        version = answer_within(STARTED_WITHIN_SECONDS, lambda: rabbitmq_version(url))
        yield BrokerAtHand(url, "docker", version, f"http://{host}:{management_port}")


@contextmanager
def packaged_broker(machine: Machine, say: Say) -> Iterator[BrokerAtHand]:
    """Yield a private node of the distribution's RabbitMQ, which is installed or unpacked first."""
    home = packaged_home(machine, say)
    with _node_of(home, "unpacked node" if home.programs else "private node", say) as broker:
        yield broker


Opening = Callable[[Machine, Say], AbstractContextManager[BrokerAtHand]]

WAYS: Final[Mapping[str, Opening]] = {
    f"set {URL_VARIABLE} to the address of a broker": given_broker,
    "install rabbitmq-server, of which a private node is started": installed_broker,
    "start a Docker engine": docker_broker,
    "use Debian or Ubuntu with a network, whose packages are fetched": packaged_broker,
}
PRIVATE_WAYS: Final = {what: way for what, way in WAYS.items() if way in (installed_broker, packaged_broker)}


@contextmanager
def _node_of(home: RabbitHome, kind: str, say: Say) -> Iterator[BrokerAtHand]:
    say("Starting a private RabbitMQ node (about 6 s)")
    with private_node(home) as node:
        yield BrokerAtHand(node.url, kind, node.version, node.management_url, node)
