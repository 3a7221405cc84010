"""Ask a RabbitMQ server for its version, as soon as it answers and without logging in."""

import re
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from shared.errors import Unavailable

PROTOCOL_HEADER: Final = b"AMQP\x00\x00\x09\x01"
ANSWER_WITHIN_SECONDS: Final = 3.0
AMQP_PORTS: Final = {"amqp": 5672, "amqps": 5671}

# Connection.Start on channel 0 (AMQP 0-9-1, 4.2.3 and 1.4.2.1): its server properties are a table of short-string
# keys; `S` before the value says that it is a long string.
CONNECTION_START: Final = b"\x01\x00\x00"
VERSION: Final = re.compile(rb"\x07versionS\x00\x00\x00.([\w.+~-]+)", re.DOTALL)
FRAME_HEADER_BYTES: Final = 7
LONGEST_START_BYTES: Final = 65_536


def rabbitmq_version(url: str) -> str:
    """
    Return the version that the server at an AMQP address names in its greeting.

    Raises Unavailable, without the address's user and password, when there is no RabbitMQ that answers.
    """
    address = urlsplit(url)
    try:
        usual_port = AMQP_PORTS[address.scheme]
        host, port = address.hostname or "localhost", address.port or usual_port
    except (KeyError, ValueError) as fault:
        raise Unavailable("not an AMQP address: amqp://user:password@host:port/vhost is one") from fault
    try:
        greeting = _greeting(host, port, is_encrypted=address.scheme == "amqps")
    except OSError as fault:
        raise Unavailable(f"no broker answers at {host}:{port} ({type(fault).__name__})") from fault
    if not greeting.startswith(CONNECTION_START):
        raise Unavailable(f"what answers at {host}:{port} does not speak AMQP 0-9-1")
    found = VERSION.search(greeting)
    return found[1].decode("ascii") if found else "unknown"


def _greeting(host: str, port: int, *, is_encrypted: bool) -> bytes:
    with socket.create_connection((host, port), ANSWER_WITHIN_SECONDS) as plain:
        if not is_encrypted:
            return _read_start(plain)
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as encrypted:
            return _read_start(encrypted)


def _read_start(connection: socket.socket) -> bytes:
    connection.sendall(PROTOCOL_HEADER)
    header = _read(connection, FRAME_HEADER_BYTES)
    size = int.from_bytes(header[3:7], "big")
    return header + _read(connection, min(size, LONGEST_START_BYTES))


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (part := connection.recv(size - len(received))):
        received += part
    return received
