"""A PostgreSQL cluster of our own that can be stopped, killed, frozen and started again on the same data and port."""

import os
import pwd
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from ops.sandbox.servers.commands import output_of
from ops.sandbox.servers.loopback import LOOPBACK, free_ports
from ops.sandbox.servers.machine import Machine
from ops.sandbox.servers.server_folder import ServerFolder, random_password, server_folder
from ops.sandbox.servers.waiting import answer_within
from shared.errors import Unavailable

INSTALLED: Final = "usr/lib/postgresql/*/bin"  # Debian keeps the server's programs off the PATH
SCHEME: Final = "postgresql+psycopg"
SUPERUSER: Final = "fleet"
UNPRIVILEGED: Final = "nobody"  # PostgreSQL refuses to run as root
STARTED_WITHIN_SECONDS: Final = 60.0  # 0.1 s; after a crash it replays its log first
STOPPED_WITHIN_SECONDS: Final = 30.0
CREATED_WITHIN_SECONDS: Final = 60.0  # 0.7 s
CONNECTIONS: Final = 200  # several test processes, each with its pools

# For tests whose data nobody will miss: several times faster, and a crash of the machine would lose it.
VOLATILE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}  # nothing is inherited, so nothing leaks in


@dataclass(frozen=True)
class PostgresHome:
    """An installed PostgreSQL server."""

    programs: Path
    """Folder of initdb and postgres."""
    as_unprivileged: tuple[str, ...]
    """What goes before a command so that it does not run as root; empty when we are not root."""


def installed_postgres(machine: Machine) -> PostgresHome | None:
    """Return the newest installed PostgreSQL server, or None; raises Unavailable when root cannot become another."""
    initdb = machine.program("initdb", INSTALLED)
    if initdb is None:
        return None
    return PostgresHome(initdb.resolve().parent, _as_unprivileged(machine) if machine.is_root else ())


class PostgresCluster:
    """One private cluster, reached over loopback and over a socket in its own folder, by password only."""

    def __init__(self, folder: ServerFolder, home: PostgresHome, *, durable: bool) -> None:
        self._folder = folder
        self._home = home
        self._own = folder.path / "cluster"
        self._password = random_password()
        (self._port,) = free_ports(1)
        command: list[str | Path] = [
            *home.as_unprivileged,
            home.programs / "postgres",
            "-D",
            self._data,
            *self._settings(durable=durable),
        ]
        self._server = folder.server("postgres", command, _ENVIRONMENT, ending=signal.SIGQUIT)
        self.version = "unknown"

    @property
    def url(self) -> str:
        """Return the SQLAlchemy address of the database `postgres`, password included."""
        return f"{SCHEME}://{SUPERUSER}:{quote(self._password)}@{LOOPBACK}:{self._port}/postgres"

    @property
    def folder(self) -> ServerFolder:
        """Return where it keeps everything."""
        return self._folder

    def create(self) -> None:
        """Make the cluster's files; raises Unavailable when initdb fails."""
        self._own.mkdir(mode=0o700)
        secret = self._own / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        if self._home.as_unprivileged:
            owner = pwd.getpwnam(UNPRIVILEGED)
            for path in (self._own, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        initdb = (self._home.programs / "initdb", "--pgdata", self._data, "--username", SUPERUSER, "--encoding", "UTF8")
        options = ("--auth", "scram-sha-256", "--pwfile", secret, "--no-sync")
        output_of(
            [*self._home.as_unprivileged, *initdb, *options],
            environment=_ENVIRONMENT,
            within_seconds=CREATED_WITHIN_SECONDS,
            folder=self._folder.path,
        )

    def start(self) -> None:
        """Start it, again or for the first time, and return when it answers; raises Unavailable when it does not."""
        self._server.start()
        try:
            self.version = answer_within(
                STARTED_WITHIN_SECONDS, lambda: server_version(self.url), while_running=self._server.is_running
            )
        except Unavailable as fault:
            last_words = self._server.last_words()
            self.kill()
            raise Unavailable(f"the private PostgreSQL cluster did not start: {last_words}") from fault

    def stop(self) -> None:
        """Ask it to end in order, without waiting for its clients; its data stays."""
        self._server.stop(signal.SIGINT, within_seconds=STOPPED_WITHIN_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would, which also clears the machine's shared memory; its data stays."""
        self._server.kill()
        if (ipcrm := shutil.which("ipcrm", path=os.defpath)) and (segment := self._segment()):
            output_of([ipcrm, "--shmem-id", segment], environment=_ENVIRONMENT, within_seconds=CREATED_WITHIN_SECONDS)

    def restart(self) -> None:
        """Stop it in order and start it again on the same data and port."""
        self.stop()
        self.start()

    @property
    def _data(self) -> Path:
        return self._own / "data"

    def _settings(self, *, durable: bool) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": str(self._own),
            "dynamic_shared_memory_type": "mmap",  # files in its own folder instead of /dev/shm, where they could stay
            "max_connections": str(CONNECTIONS),
            **(DURABLE if durable else VOLATILE),
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _segment(self) -> str | None:
        """Return the shared memory segment that a killed server has left: the seventh line of its lock file has it."""
        lock = self._data / "postmaster.pid"
        lines = lock.read_text().splitlines() if lock.exists() else []
        return lines[6].split()[1] if len(lines) > 6 else None


@contextmanager
def private_cluster(home: PostgresHome, *, durable: bool = False) -> Iterator[PostgresCluster]:
    """
    Make and start a private cluster, and leave nothing of it at the end; raises Unavailable when it does not start.

    With `durable` a commit is on the disk before it is confirmed, as in real use; else it is fast.
    """
    with server_folder("postgres") as folder:
        cluster = PostgresCluster(folder, home, durable=durable)
        cluster.create()
        cluster.start()
        yield cluster


def server_version(url: str) -> str:
    """Return the version of the server at a SQLAlchemy address; raises Unavailable, without its password, if none."""
    try:
        with connect(url) as connection:
            number = connection.info.server_version
    except psycopg.Error as fault:
        raise Unavailable(f"no PostgreSQL that lets us in ({type(fault).__name__})") from fault
    return f"{number // 10_000}.{number % 10_000}"


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect to a SQLAlchemy address, each statement a transaction of its own."""
    plain = url.replace(f"{SCHEME}://", "postgresql://", 1)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _as_unprivileged(machine: Machine) -> tuple[str, ...]:
    setpriv = machine.program("setpriv")
    if setpriv is None:
        raise Unavailable("PostgreSQL refuses to run as root, and there is no setpriv to become another user")
    user = pwd.getpwnam(UNPRIVILEGED)
    return (str(setpriv), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--")
