"""A RabbitMQ node of our own that can be stopped, killed, frozen and started again on the same data and ports."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.sandbox.servers.amqp_greeting import rabbitmq_version
from ops.sandbox.servers.commands import output_of
from ops.sandbox.servers.loopback import LOOPBACK
from ops.sandbox.servers.rabbit_management import RabbitManagement
from ops.sandbox.servers.rabbit_settings import NodeSettings, RabbitHome
from ops.sandbox.servers.server_folder import ServerFolder, server_folder
from ops.sandbox.servers.waiting import answer_within
from shared.errors import Unavailable

STARTED_WITHIN_SECONDS: Final = 90.0  # 5 to 7 s on two idle cores; a busy machine needs several times that
STOPPED_WITHIN_SECONDS: Final = 60.0  # 6 s with the management plugin on 3.10.8
CONTROL_WITHIN_SECONDS: Final = 60.0


class RabbitNode:
    """One private node with its own epmd, Erlang's name server; every port of both is on loopback."""

    def __init__(self, folder: ServerFolder, home: RabbitHome) -> None:
        self._folder = folder
        self._home = home
        self._settings = NodeSettings(folder.path)
        self._settings.write_files()
        self._environment = self._settings.environment(home)
        self._epmd = folder.server("epmd", self._epmd_command(), self._environment)
        self._server = folder.server("rabbitmq", [home.scripts / "rabbitmq-server"], self._environment)
        self.version = "unknown"

    @property
    def url(self) -> str:
        """Return the AMQP address of the default virtual host, password included."""
        return self._settings.url()

    @property
    def management_url(self) -> str:
        """Return the address of the management pages and API; the user is that of the AMQP address."""
        return f"http://{LOOPBACK}:{self._settings.ports.management}"

    @property
    def metrics_url(self) -> str:
        """Return the address that Prometheus would scrape."""
        return f"http://{LOOPBACK}:{self._settings.ports.prometheus}/metrics"

    @property
    def folder(self) -> ServerFolder:
        """Return where it keeps everything: settings, data, log."""
        return self._folder

    def start(self) -> None:
        """Start it, again or for the first time, and return when it answers; raises Unavailable when it does not."""
        self._epmd.start()
        self._server.start()
        try:
            self.version = answer_within(
                STARTED_WITHIN_SECONDS, lambda: rabbitmq_version(self.url), while_running=self._server.is_running
            )
        except Unavailable as fault:
            last_words = self._server.last_words()
            self.kill()
            raise Unavailable(f"the private RabbitMQ node did not start: {last_words}") from fault

    def stop(self) -> None:
        """Ask it to end in order; its data stays."""
        self._server.stop(signal.SIGTERM, within_seconds=STOPPED_WITHIN_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would; its data stays."""
        self._server.kill()

    def restart(self) -> None:
        """Stop it in order and start it again on the same data and ports."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it hang with its connections open, until thaw()."""
        self._server.signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after freeze()."""
        self._server.signal_group(signal.SIGCONT)

    def url_of(self, vhost: str) -> str:
        """Return the AMQP address of a virtual host."""
        return self._settings.url(vhost)

    def create_vhost(self, name: str) -> str:
        """Create an empty virtual host and return its AMQP address."""
        with RabbitManagement(self.management_url, self.url) as management:
            management.create_vhost(name)
        return self.url_of(name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        with RabbitManagement(self.management_url, self.url) as management:
            management.delete_vhost(name)

    def ctl(self, *arguments: str) -> str:
        """
        Run rabbitmqctl with `arguments` (half a second each) and return what it printed.

        Raises Unavailable with what it complained about when it fails.
        """
        return output_of(
            [self._home.scripts / "rabbitmqctl", "--node", self._settings.name, *arguments],
            environment=self._environment,
            within_seconds=CONTROL_WITHIN_SECONDS,
            folder=self._folder.path,
        )

    def _epmd_command(self) -> list[str | Path]:
        # In the foreground and ours: else Erlang starts one in the background that outlives every node.
        epmd = shutil.which("epmd", path=self._environment["PATH"])
        if epmd is None:
            raise Unavailable("the installed Erlang has no epmd")
        return [epmd, "-port", str(self._settings.ports.epmd), "-address", LOOPBACK]


@contextmanager
def private_node(home: RabbitHome) -> Iterator[RabbitNode]:
    """Start a private node, and leave nothing of it at the end; raises Unavailable when it does not start."""
    with server_folder("rabbitmq") as folder:
        node = RabbitNode(folder, home)
        node.start()
        yield node
