"""
`fleet up`: the whole fleet on one machine, as few processes, each started again when it dies.

Withdrawals have a process of their own, so that a bulk publication never delays one. The children end with this
process, however it ends.
"""

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import structlog

from ops.processes.fleet_process import stop_on_signals
from producers.sources import SOURCES
from shared.messaging.topology import WORK_QUEUES, Role

START_AGAIN_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 75.0  # a child's own grace and a little
PLANNERS: Final = tuple(queue.name for queue in WORK_QUEUES if queue.role is Role.PLANNER)
FLEET: Final = (sys.executable, "-m", "ops.cli")
PR_SET_PDEATHSIG: Final = 1  # from linux/prctl.h

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Part:
    """One child process."""

    name: str
    arguments: tuple[str, ...]


PARTS: Final = (
    Part("poll", ("poll", *SOURCES)),
    Part("plan", ("work", *PLANNERS)),
    Part("deliver", ("work", "deliver")),
    Part("withdraw", ("work", "withdraw")),
    Part("archive", ("archive",)),
)


@dataclass
class Child:
    """A part, its present process, and where its health is."""

    part: Part
    settings: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = field(default=0.0)

    def start(self) -> None:
        """Start the part's process."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [*FLEET, "--settings", str(self.settings), *self.part.arguments, "--port", str(self.port)],
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - before any thread of the child exists
        )
        log.info("part started", part=self.part.name, pid=self.process.pid)

    def has_died(self) -> bool:
        """Tell whether the process has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def is_ready(self) -> bool:
        """Ask the part's `/ready`."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def up(settings: Path, ports: Sequence[int]) -> int:
    """Run every part until a signal asks to stop; return the exit status."""
    stopping = stop_on_signals()
    children = [Child(part, settings, port) for part, port in zip(PARTS, ports, strict=True)]
    for child in children:
        child.start()
    while not stopping.wait(0.2):
        for child in children:
            if child.has_died():
                _start_again(child, stopping)
    return _stop(children)


def _start_again(child: Child, stopping: threading.Event) -> None:
    log.error("part died", part=child.part.name, status=child.process.returncode if child.process else None)
    if not stopping.wait(START_AGAIN_SECONDS):
        child.start()


def _stop(children: Sequence[Child]) -> int:
    living = [child.process for child in children if child.process is not None]
    for process in living:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for process in living:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    return max((process.wait() for process in living), default=0)
