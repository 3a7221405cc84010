"""Which addresses processes listen on, from /proc: no tool of the system is needed."""

import ipaddress
import re
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

LISTENING = "0A"


def listening_addresses(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Return (address, port) of every TCP socket that these processes listen on, IPv4 and IPv6."""
    inodes = {inode for pid in pids for inode in _sockets_of(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                host, port = fields[1].split(":")
                found.add((_address(host), int(port, 16)))
    return found


def _sockets_of(pid: int) -> list[str]:
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if match := re.fullmatch(r"socket:\[(\d+)\]", target):
            found.append(match[1])
    return found


def _address(hexadecimal: str) -> str:
    """Read the kernel's notation: words of 32 bits in the machine's own byte order."""
    words = [int(hexadecimal[i : i + 8], 16) for i in range(0, len(hexadecimal), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    return str(ipaddress.ip_address(packed)) if len(packed) > 4 else socket.inet_ntoa(packed)
