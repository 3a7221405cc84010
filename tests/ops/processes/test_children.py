"""A child ends with the process that started it, whatever ends that one."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ops.processes.children import end_child, start_child
from tests.support.waiting import eventually

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)
PARENT = """
import sys, time
from pathlib import Path
from ops.processes.children import start_child
child = start_child((sys.executable, "-c", "import time; time.sleep(600)"), output=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that has ended stays in the table until its new parent notices.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PARENT, str(tmp_path / "output")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)

        parent.send_signal(signal.SIGKILL)

        eventually(lambda: not is_running(child), why="the child's end")


def test_what_a_child_says_is_kept(tmp_path: Path) -> None:
    child = start_child(SLEEPER, output=tmp_path / "output")

    eventually(lambda: (tmp_path / "output").read_text() == "up\n", why="the child's word")
    end_child(child, within_seconds=10)

    assert -signal.SIGTERM == child.returncode


def test_a_child_that_does_not_end_when_asked_is_ended(tmp_path: Path) -> None:
    child = start_child(STUBBORN, output=tmp_path / "output")
    eventually(lambda: (tmp_path / "output").read_text() == "up\n", why="the child's word")

    end_child(child, within_seconds=0.1)

    assert -signal.SIGKILL == child.returncode


def test_a_child_is_in_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    child = start_child(SLEEPER, output=tmp_path / "output")
    session = os.getsid(child.pid)
    end_child(child, within_seconds=10)

    assert child.pid == session
    assert os.getsid(0) != session


def test_a_child_is_not_started_from_a_thread_that_may_end_before_the_process(tmp_path: Path) -> None:
    refused: list[BaseException] = []

    def start() -> None:
        with pytest.raises(RuntimeError, match="main thread") as refusal:
            start_child(SLEEPER, output=tmp_path / "output")
        refused.append(refusal.value)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert 1 == len(refused)
