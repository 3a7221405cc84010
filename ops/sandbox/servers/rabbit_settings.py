"""What a private RabbitMQ node is told: its settings file and its environment, so that it meets no other node."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ops.sandbox.servers.loopback import LOOPBACK, free_ports
from ops.sandbox.servers.server_folder import random_password

PLUGINS: Final = ("rabbitmq_management", "rabbitmq_prometheus")

# Enough for a sandbox, little beside the other processes of a laptop; by default it takes 40 % of the memory.
MEMORY_LIMIT: Final = "512MiB"
# By default publishers are blocked below the size of the memory limit, which a nearly full laptop disk would meet.
DISK_LIMIT: Final = "50MB"

# Erlang's own distribution port listens on all interfaces unless the kernel application is told otherwise.
LOOPBACK_ONLY: Final = "-kernel inet_dist_use_interface {127,0,0,1}"
NO_BUSY_WAIT: Final = "+sbwt none +sbwtdcpu none +sbwtdio none"  # idle schedulers would spin on cores that others need
SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class RabbitHome:
    """An installed or unpacked RabbitMQ."""

    scripts: Path
    """Folder of the scripts rabbitmq-server and rabbitmqctl themselves, not of a distribution's wrappers."""
    programs: tuple[Path, ...] = ()
    """Folders that go before the system's PATH: an Erlang that is not installed."""
    libraries: tuple[Path, ...] = ()
    """Folders with shared libraries that the system may lack."""


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one node."""

    amqp: int
    management: int
    prometheus: int
    distribution: int
    """On which rabbitmqctl speaks with the node."""
    epmd: int
    """Of the node's own epmd, Erlang's name server."""


@dataclass(frozen=True)
class NodeSettings:
    """Name, ports and user of one node; a restarted node keeps them."""

    folder: Path
    name: str = field(default_factory=lambda: f"fleet{secrets.token_hex(4)}@localhost")
    user: str = "fleet"
    password: str = field(default_factory=random_password, repr=False)
    ports: Ports = field(default_factory=lambda: Ports(*free_ports(5)))

    def url(self, vhost: str = "/") -> str:
        """Return the AMQP address, password included, of a virtual host."""
        return f"amqp://{self.user}:{quote(self.password)}@{LOOPBACK}:{self.ports.amqp}/{quote(vhost, safe='')}"

    def write_files(self) -> None:
        """Write the node's settings; only our own user can read the password in them."""
        for folder in ("home", "data", "log"):
            (self.folder / folder).mkdir(mode=0o700)
        self._write("enabled_plugins", f"[{','.join(PLUGINS)}].\n")
        self._write("rabbitmq-env.conf", "")  # else the system's own is read
        self._write("rabbitmq.conf", self._configuration())

    def environment(self, home: RabbitHome) -> Mapping[str, str]:
        """Return the whole environment of the node and of rabbitmqctl; nothing is inherited, so nothing leaks in."""
        path = [*map(str, home.programs), SYSTEM_PATH]
        return {
            "PATH": ":".join(path),
            **({"LD_LIBRARY_PATH": ":".join(map(str, home.libraries))} if home.libraries else {}),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),  # Erlang keeps the cookie here
            "RABBITMQ_NODENAME": self.name,  # at localhost: works without any name service
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),  # none, and not the system's
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": str(self.folder / "log" / "rabbit.log"),
            "RABBITMQ_PID_FILE": str(self.folder / "rabbit.pid"),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{LOOPBACK_ONLY} {NO_BUSY_WAIT}",
            "RABBITMQ_CTL_ERL_ARGS": LOOPBACK_ONLY,
        }

    def _configuration(self) -> str:
        return "\n".join(
            (
                f"listeners.tcp.1 = {LOOPBACK}:{self.ports.amqp}",
                f"management.tcp.ip = {LOOPBACK}",
                f"management.tcp.port = {self.ports.management}",
                f"prometheus.tcp.ip = {LOOPBACK}",
                f"prometheus.tcp.port = {self.ports.prometheus}",
                f"default_user = {self.user}",
                f"default_pass = {self.password}",
                f"loopback_users.{self.user} = true",
                f"vm_memory_high_watermark.absolute = {MEMORY_LIMIT}",
                f"disk_free_limit.absolute = {DISK_LIMIT}",
                "",
            )
        )

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
