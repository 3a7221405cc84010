"""A process of our own that starts servers, to be killed, and a look at what is left of them then."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.servers.guardian import Process, processes
from ops.sandbox.servers.waiting import wait_until


@dataclass
class Owner:
    """A process that has started servers and told of them; it waits until it is ended."""

    process: subprocess.Popen[str]
    told: dict[str, str]

    @property
    def folder(self) -> Path:
        return Path(self.told["folder"])

    def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(20)

    def close(self) -> None:
        self.end(signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()


# Whoever runs the tests under nohup hands an ignored SIGHUP down to us.
OWNER = """
import json, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)
{setup}
    print(json.dumps(told), flush=True)
    time.sleep(600)
"""


def run_owner(setup: str, root: Path) -> Owner:
    """Run `setup`, which ends with a `with` that sets `told`, in a process group of its own."""
    process = subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", OWNER.format(setup=setup.strip())],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return Owner(process, json.loads(process.stdout.readline()))


def nothing_is_left_of(folder: Path) -> bool:
    """Whether, within some seconds, no process has the folder in its command line and the folder is gone."""
    return wait_until(lambda: not folder.exists() and not processes_of(folder), within_seconds=20)


def processes_of(folder: Path) -> list[Process]:
    """The living processes that name the folder, as every server of it does and its guardian, and what they started."""
    alive = [p for p in processes() if p.is_alive]
    found = {p.pid for p in alive if os.fsencode(folder) in _command_line(p.pid)} - {os.getpid()}
    while grown := {p.pid for p in alive if p.parent in found} - found:
        found |= grown
    return [p for p in alive if p.pid in found]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
