"""
Outlive whoever started private servers, and leave nothing of them behind.

A program of its own with nothing but the standard library, so that it starts in milliseconds:

guard FOLDER                        wait until nobody holds FOLDER, then end its servers and remove it
serve FOLDER OUTPUT SIGNAL PROGRAM ARG...
                                    enlist this process in FOLDER as a server that SIGNAL ends, then become PROGRAM

A holder has a shared lock on the folder's file `held`. The kernel takes that lock back whatever ends the holder,
`kill -9` included, and only then does the guardian get the exclusive lock that it waits for. It reads /proc, so Linux.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HELD: Final = "held"
SERVERS: Final = "servers"  # one empty file a server: PID-STARTED-SIGNAL
ENDED_WITHIN_SECONDS: Final = 3.0  # by the server's own signal; then SIGKILL
GONE_WITHIN_SECONDS: Final = 10.0  # SIGKILL acts at once; only a process that waits for a disk takes longer
LOOK_EVERY_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Process:
    """What /proc tells of a process; anyone may read it, whoever owns the process."""

    pid: int
    state: str
    parent: int
    group: int
    started: int
    """Clock ticks since the machine booted: with the process id it names a process for good."""

    @property
    def is_alive(self) -> bool:
        """Whether it can still do anything: a zombie only waits for its parent to notice."""
        return self.state not in "ZX"


def process(pid: int) -> Process | None:
    """Return what is known of a process, or None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()  # the name before it may hold spaces and brackets
    return Process(pid, fields[0], int(fields[1]), int(fields[2]), int(fields[19]))


def processes() -> Iterator[Process]:
    """Walk through all processes of this machine."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (found := process(int(entry.name))) is not None:
            yield found


def family(leader: int) -> set[int]:
    """Return the living members of a process group and all living descendants of its leader, without the leader."""
    alive = [p for p in processes() if p.is_alive]
    members = {leader}
    while grown := {p.pid for p in alive if p.parent in members or p.group == leader} - members:
        members |= grown
    return members - {leader}


def end_family(leader: int) -> None:
    """
    Kill a process group and all descendants of its leader; servers give some of theirs a group of their own.

    The leader is frozen first, since PostgreSQL and Erlang start anew what dies under them.
    """
    _signal(leader, signal.SIGSTOP)
    _repeat_until(lambda: not _kill_all(family(leader)))
    _signal(leader, signal.SIGKILL)
    _repeat_until(lambda: not _is_alive(leader))


def guard(folder: Path) -> None:
    """Wait until nobody holds `folder`, then end its servers and remove it."""
    with (folder / HELD).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        closed = folder / f"{SERVERS}.closed"
        (folder / SERVERS).rename(closed)  # a server that has not enlisted by now fails to, and never starts
        for entry in closed.iterdir():
            _end_server(*map(int, entry.name.split("-")))
        _repeat_until(lambda: _is_removed(folder))


def serve(folder: Path, output: str, ending: str, command: list[str]) -> None:
    """Enlist this process in `folder`, send its output to the file `output` there, and become `command`."""
    itself = process(os.getpid())
    if itself is None:
        raise ProcessLookupError("this system has no /proc")
    log = os.open(folder / output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(log, descriptor)
    (folder / SERVERS / f"{itself.pid}-{itself.started}-{ending}").touch(exist_ok=False)
    os.chdir(folder)
    os.execv(command[0], command)  # noqa: S606  the command is given by the process that starts us


def _end_server(pid: int, started: int, ending: int) -> None:
    leader = process(pid)
    if leader is not None and leader.started != started:
        return  # the server is long gone, and its number was given again
    if ending != signal.SIGKILL:
        _signal(pid, signal.Signals(ending))
        _signal(pid, signal.SIGCONT)  # it may be frozen
        _repeat_until(lambda: not _is_alive(pid), within_seconds=ENDED_WITHIN_SECONDS)
    end_family(pid)


def _is_alive(pid: int) -> bool:
    found = process(pid)
    return found is not None and found.is_alive


def _kill_all(pids: set[int]) -> bool:
    for pid in pids:
        _signal(pid, signal.SIGKILL)
    return bool(pids)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended meanwhile, which is all that we want
        os.kill(pid, number)


def _is_removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _repeat_until(is_so: Callable[[], bool], *, within_seconds: float = GONE_WITHIN_SECONDS) -> None:
    deadline = time.monotonic() + within_seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_SECONDS)


def main(task: str, folder: str, *rest: str) -> None:
    """Do one of the two tasks."""
    if task == "guard":
        for number in (signal.SIGINT, signal.SIGHUP):  # of the terminal: our holders feel them, and we feel their end
            signal.signal(number, signal.SIG_IGN)
        guard(Path(folder))
    else:
        serve(Path(folder), rest[0], rest[1], list(rest[2:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
