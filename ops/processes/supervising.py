"""
`fleet up`: the whole fleet on one machine, as few processes, each started again when it dies.

Withdrawals have a process of their own, so that a bulk publication never delays one. The parts are forked from this
process, which has imported everything once and has no thread of its own; they end with it, however it ends.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from typing import Final

import structlog

from ops.processes import archiving, polling, working
from ops.processes.children import end_with_parent
from ops.processes.fleet_process import stop_on_signals
from producers.sources import SOURCES
from shared.errors import FleetError, Misconfigured
from shared.messaging.topology import WORK_QUEUES, Role
from shared.settings import FleetSettings

LOOK_SECONDS: Final = 0.2
START_AGAIN_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 75.0  # a part's own grace and a little
MISCONFIGURED: Final = 2
PLANNERS: Final = tuple(queue.name for queue in WORK_QUEUES if queue.role is Role.PLANNER)
FORK: Final = multiprocessing.get_context("fork")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Part:
    """What one process does."""

    name: str
    run: Callable[[FleetSettings, int], None]


PARTS: Final = (
    Part("poll", lambda settings, port: polling.poll(settings, [*SOURCES], port=port)),
    Part("plan", lambda settings, port: working.work(settings, PLANNERS, port=port)),
    Part("deliver", lambda settings, port: working.work(settings, ["deliver"], port=port)),
    Part("withdraw", lambda settings, port: working.work(settings, ["withdraw"], port=port)),
    Part("archive", lambda settings, port: archiving.archive(settings, port=port)),
)


@dataclass
class Child:
    """A part and its present process."""

    part: Part
    port: int
    settings: FleetSettings
    log_as: Callable[[str], None]
    process: ForkProcess = field(init=False)

    def start(self) -> None:
        """Fork the part's process."""
        self.process = FORK.Process(target=self._run, args=(os.getpid(),), name=self.part.name)
        self.process.start()
        log.info("part started", part=self.part.name, pid=self.process.pid)

    def _run(self, parent: int) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # the parent's handlers would only tell the parent's copy of itself
        end_with_parent(parent)
        self.log_as(self.part.name)
        try:
            self.part.run(self.settings, self.port)
        except FleetError as fault:
            log.error("part cannot run", part=self.part.name, error=str(fault))  # noqa: TRY400 - a sentence is enough
            sys.exit(MISCONFIGURED if isinstance(fault, Misconfigured) else 1)


def up(settings: FleetSettings, ports: Sequence[int], log_as: Callable[[str], None]) -> int:
    """
    Run every part until a signal asks to stop; return the exit status.

    A part that dies is started again; one that says its settings are wrong ends everything.
    """
    stopping = stop_on_signals()
    children = [Child(part, port, settings, log_as) for part, port in zip(PARTS, ports, strict=True)]
    for child in children:
        child.start()
    while not stopping.wait(LOOK_SECONDS):
        for child in children:
            if child.process.exitcode == MISCONFIGURED:
                _stop(children)
                return MISCONFIGURED
            if child.process.exitcode is not None:
                _start_again(child, stopping)
    return _stop(children)


def _start_again(child: Child, stopping: threading.Event) -> None:
    log.error("part died", part=child.part.name, status=child.process.exitcode)
    if not stopping.wait(START_AGAIN_SECONDS):
        child.start()


def _stop(children: Sequence[Child]) -> int:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.process.join(max(0.1, deadline - time.monotonic()))
        if child.process.exitcode is None:
            log.error("part does not end, killed", part=child.part.name)
            child.process.kill()
            child.process.join()
    return max((_status(child.process.exitcode) for child in children), default=0)


def _status(exitcode: int | None) -> int:
    """Return a child's exit status; one that our own SIGTERM met before it could listen ended well."""
    return 0 if exitcode in {None, 0, -signal.SIGTERM} else abs(exitcode)
