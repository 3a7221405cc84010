"""Run a program to its end and return what it printed."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.errors import Unavailable

COMPLAINT_CHARACTERS: Final = 250  # of the beginning and of the end: programs differ in where they say why


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
        raise Unavailable(f"{program} ended with status {done.returncode}: {_complaint(done)}")
    return done.stdout


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stderr.strip() or done.stdout.strip()
    if len(said) <= 2 * COMPLAINT_CHARACTERS:
        return said
    return f"{said[:COMPLAINT_CHARACTERS]} ... {said[-COMPLAINT_CHARACTERS:]}"
