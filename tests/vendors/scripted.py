"""A server on loopback that answers with exactly the bytes a test wrote down, and remembers what it was asked."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Hang:
    """Send nothing more until the client gives up."""


@dataclass(frozen=True)
class Pause:
    """Go on after a while: a slow server."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """Break the connection hard."""


Step = bytes | Hang | Pause | Reset
Script = Callable[[Received], Step | list[Step]]


@dataclass
class Server:
    port: int
    connections: int = 0
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Serve = Callable[[Script], Server]


def http(
    body: bytes = b"", *, status: int = 200, content_type: str | None = "application/json", **headers: str
) -> bytes:
    """Return a whole answer; header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} Said"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if not {"content_length", "transfer_encoding"} & {name.lower() for name in headers}:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    stopped = threading.Event()
    open_sockets: list[socket.socket] = []
    talking: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(connection)
            server.connections += 1
            talking.append(threading.Thread(target=_talk, args=(connection, script, server, stopped), daemon=True))
            talking[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for connection in open_sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in talking:
            thread.join(5)


def _talk(connection: socket.socket, script: Script, server: Server, stopped: threading.Event) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb")
    try:
        while (received := _read(reader)) is not None:
            server.received.append(received)
            steps = script(received)
            whole = b""
            for step in steps if isinstance(steps, list) else [steps]:
                if isinstance(step, Hang):
                    stopped.wait(30)
                elif isinstance(step, Pause):
                    stopped.wait(step.seconds)
                elif isinstance(step, Reset):
                    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                else:
                    connection.sendall(step)
                    whole += step
            if not _leaves_open(whole):
                return
    except OSError:
        return
    finally:
        reader.close()
        connection.close()


def _leaves_open(answer: bytes) -> bool:
    """Only an answer that said its whole length and kept to it may be followed by another."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    return fields.get(b"content-length") == str(len(body)).encode()


def _read(stream: BufferedReader) -> Received | None:
    first = stream.readline().decode()
    if not first:
        return None
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline().decode().rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = b""
    if "content-length" in headers:
        body = stream.read(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
    return Received(method, target, headers, body)
