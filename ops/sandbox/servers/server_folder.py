"""A temporary folder with private servers in it; however its last holder ends, servers and folder end with it."""

import fcntl
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ops.sandbox.servers import guardian
from ops.sandbox.servers.waiting import wait_until
from shared.errors import Unavailable

ENLISTED_WITHIN_SECONDS: Final = 30.0  # 0.05 s; it is a Python that starts
CLEARED_WITHIN_SECONDS: Final = 20.0  # 0.1 s; longer only while another process holds the folder: then it is theirs
NO_TERMINAL: Final = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
TAIL_BYTES: Final = 1500  # enough of a server's last words to see what it choked on


class Server:
    """A server in such a folder: the leader of a process group, started and ended as often as one likes."""

    def __init__(
        self,
        folder: Path,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        ending: signal.Signals,
    ) -> None:
        self._folder = folder
        self._command = command
        self._environment = environment
        self._output = f"{name}.out"
        self._ending = ending
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id of the leader while it runs, as far as is known."""
        return self._pid

    def start(self) -> None:
        """
        Start it in a session of its own, with the folder as its working directory and no input.

        Returns when it has enlisted itself, which it does before it becomes the server: it never runs, nor can it be
        frozen, without the guardian knowing. It may not answer yet.
        """
        if not self.is_running():
            task = ["serve", self._folder, self._output, self._ending.value, *self._command]
            self._pid = _spawn(task, self._environment)
            wait_until(lambda: bool(self._entries()) or not self.is_running(), within_seconds=ENLISTED_WITHIN_SECONDS)

    def is_running(self) -> bool:
        """Whether it runs; a frozen one does."""
        if self._pid is not None and _reap(self._pid):
            for entry in self._entries():
                entry.unlink(missing_ok=True)
            self._pid = None
        return self._pid is not None

    def kill(self) -> None:
        """End it with SIGKILL, with its group and all its descendants, and return when they are gone."""
        if self._pid is not None:
            guardian.end_family(self._pid)
            wait_until(lambda: not self.is_running(), within_seconds=CLEARED_WITHIN_SECONDS)

    def stop(self, number: signal.Signals, *, within_seconds: float) -> None:
        """Ask its group to end with a signal; raises Unavailable when it still runs after that time."""
        self.signal_group(number)
        if not wait_until(lambda: not self.is_running(), within_seconds=within_seconds):
            raise Unavailable(f"the server did not stop within {within_seconds:g} s: {self.last_words()}")

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to its process group; nothing when it has ended."""
        if self.is_running() and self._pid is not None:
            os.killpg(self._pid, number)

    def last_words(self) -> str:
        """Return the end of its output, for a message."""
        output = self._folder / self._output
        said = output.read_bytes()[-TAIL_BYTES:] if output.exists() else b""
        return said.decode(errors="replace").strip() or "it said nothing"

    def _entries(self) -> list[Path]:
        return list((self._folder / guardian.SERVERS).glob(f"{self._pid}-*"))


class ServerFolder:
    """The folder, as its creator sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._servers: list[Server] = []

    def server(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        ending: signal.Signals = signal.SIGKILL,
    ) -> Server:
        """
        Name a server, to be started; `command` begins with an absolute path, and its output goes to NAME.out.

        `ending` is what the guardian tries first, for a server of which SIGKILL alone would leave something behind.
        """
        server = Server(self.path, name, command, environment, ending)
        self._servers.append(server)
        return server

    def reap(self) -> None:
        """Collect the exit of every server that has ended, so that none is left as a zombie."""
        for server in self._servers:
            server.is_running()


@contextmanager
def server_folder(name: str, *, within: Path | None = None) -> Iterator[ServerFolder]:
    """
    Make a folder for private servers, among other temporary files or `within` a folder, and end all at the end.

    Other users of this machine may walk through it but not list it: a server under another user has its place inside.
    """
    path = Path(tempfile.mkdtemp(prefix=f"fleet-{name}-", dir=within))
    path.chmod(0o711)
    (path / guardian.SERVERS).mkdir(mode=0o700)
    (path / guardian.HELD).touch(mode=0o600)
    with (path / guardian.HELD).open() as held:
        _share(held)
        guard = _spawn(["guard", path], os.environ)
        folder = ServerFolder(path)
        try:
            yield folder
        finally:
            if not held.closed:  # as it is in a forked child, which has nothing to clear up
                fcntl.flock(held, fcntl.LOCK_UN)  # now the guardian clears up, unless another process holds the folder
                wait_until(lambda: _reap(guard), within_seconds=CLEARED_WITHIN_SECONDS)
                folder.reap()


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Keep another process's server folder alive; raises Unavailable when it is gone or going."""
    try:
        held = (path / guardian.HELD).open()
    except FileNotFoundError as fault:
        raise Unavailable("the private servers have ended") from fault
    with held:
        _share(held)
        yield


def random_password() -> str:
    """Return a password for one run: on loopback too, other users of this machine are kept out."""
    return secrets.token_urlsafe(18)


def _share(held: IO[str]) -> None:
    """Hold the folder by its open file; a forked child neither prolongs that nor ends it."""
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise Unavailable("the private servers are ending") from fault
    if os.fstat(held.fileno()).st_nlink == 0:  # we got the lock of a file that the guardian has just removed
        raise Unavailable("the private servers have ended")
    os.register_at_fork(after_in_child=held.close)


def _spawn(arguments: Sequence[str | Path | int], environment: Mapping[str, str]) -> int:
    # Not subprocess: its objects insist on being waited for, and a server may outlive the process that started it.
    command = [sys.executable, "-I", "-S", guardian.__file__, *map(str, arguments)]
    return os.posix_spawn(sys.executable, command, dict(environment), setsid=True, file_actions=NO_TERMINAL)


def _reap(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True  # collected before
