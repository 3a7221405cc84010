"""Free ports on the loopback interface for servers that are to be started."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below the range from which Linux takes the ports of outgoing connections (32768 and up): there a client could take a
# server's port while the server restarts, and a client that tries again in a loop could even connect to itself.
PORTS: Final = range(15_000, 32_000)

_choose = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Return `count` different ports on which nothing listens now."""
    found: list[int] = []
    for port in _choose.sample(PORTS, len(PORTS)):
        if len(found) == count:
            return found
        if _is_free(port):
            found.append(port)
    raise OSError(f"fewer than {count} free loopback ports between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
