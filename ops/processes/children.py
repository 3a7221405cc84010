"""Start processes that end with the one that started them, however that one ends, and that Ctrl-C does not reach."""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # from linux/prctl.h


def start_child(
    command: Sequence[str], *, output: Path, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """
    Start `command` in a session of its own, what it says going to the file `output`.

    To be called from the main thread: the kernel sends the end's signal when the *thread* that started a child ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a child that ends with its parent is started from the main thread")
    with output.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 - our own programs and arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,  # Ctrl-C at the terminal is for the parent, which then ends its children in order
            preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509 - before any thread of the child exists
        )


def end_child(child: subprocess.Popen[bytes], *, within_seconds: float) -> None:
    """Ask a child to end, and make it end when it has not done so in time."""
    child.terminate()
    try:
        child.wait(within_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def end_with_parent(parent: int) -> None:
    """Have the kernel end this process when the one with the id `parent` ends; called in the child, at its start."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we had asked to be told
        os._exit(1)
