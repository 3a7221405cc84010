"""A secret that stands in a file and may be replaced there while the process runs."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from pydantic import SecretStr

from shared.errors import Misconfigured

MAX_SECRET_BYTES: Final = 64 * 1024  # no credential is longer; a path to something else altogether often is

log = structlog.get_logger(__name__)


def read_secret(path: Path) -> str:
    """
    Return the one line in the file at `path`, without its line end.

    Raises Misconfigured, whose message holds neither path nor content, when the file is not a readable regular file,
    is empty, or holds more than one line.
    """
    try:
        # Not blocking: a pipe or device in place of a file must not hold up the start.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Misconfigured("is not a file")
            body = file.read(MAX_SECRET_BYTES + 1)
    except OSError as fault:
        raise Misconfigured(f"cannot be read ({fault.strerror})") from None
    if len(body) > MAX_SECRET_BYTES:
        raise Misconfigured(f"has more than {MAX_SECRET_BYTES} bytes")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Misconfigured("is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise Misconfigured("is empty")
    if not text.isprintable():
        raise Misconfigured("holds more than one line, or characters that cannot be seen")
    return text


def is_open_to_everyone(path: Path) -> bool:
    """Tell whether every user of this machine may read the file at `path`."""
    return bool(path.stat().st_mode & stat.S_IROTH)


class MountedSecret(SecretStr):
    """
    A secret that is read from its file again whenever its value is asked for, so that a reconnect uses the present one.

    A file that is gone, empty or half written keeps the former value, with a warning (case K35): ask for the value at
    each connect and each token request, and do not keep it.
    """

    def __init__(self, path: Path, seen: Callable[[str], None]) -> None:
        """Read the file for the first time; `seen` is told every value that it ever held. Raises Misconfigured."""
        super().__init__(read_secret(path))
        self._path = path
        self._seen = seen
        seen(self._secret_value)

    def get_secret_value(self) -> str:
        """Return what the file holds now, or what it held last when that is of no use."""
        try:
            present = read_secret(self._path)
        except Misconfigured as fault:
            log.warning("the former value of a secret stays in use", file=str(self._path), reason=str(fault))
            return self._secret_value
        if present != self._secret_value:
            self._seen(present)
            self._secret_value = present
        return present
