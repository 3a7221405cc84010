"""Run a program to its end and return what it printed."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.errors import Unavailable

COMPLAINT_CHARACTERS: Final = 500  # the end of what it printed: enough to see what it choked on


def output_of(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    within_seconds: float,
    folder: Path | None = None,
) -> str:
    """Run `command` without input in `folder`; raises Unavailable with its complaint when it fails or takes longer."""
    program = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603  every command is ours, never a shell's
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise Unavailable(f"{program} took longer than {within_seconds:g} s") from fault
    if done.returncode != 0:
        complaint = (done.stderr.strip() or done.stdout.strip())[-COMPLAINT_CHARACTERS:]
        raise Unavailable(f"{program} ended with status {done.returncode}: {complaint}")
    return done.stdout
