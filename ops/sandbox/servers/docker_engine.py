"""Servers in containers, through testcontainers, whose own reaper removes them when this process ends."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from ops.sandbox.servers.loopback import LOOPBACK
from ops.sandbox.servers.machine import Machine
from shared.errors import Unavailable

SOCKET: Final = "var/run/docker.sock"
ANSWER_WITHIN_SECONDS: Final = 3.0

Address = tuple[str, int]


def engine_answers(machine: Machine) -> bool:
    """Whether a Docker engine answers where DOCKER_HOST says, or at the usual socket."""
    try:
        with _connection(machine) as engine:
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return engine.recv(1024).startswith(b"HTTP/1.")
    except OSError:
        return False


@contextmanager
def container(
    machine: Machine, image: str, environment: Mapping[str, str], ports: tuple[int, ...]
) -> Iterator[tuple[Address, ...]]:
    """
    Run a container, and yield where each of its `ports` can be reached; with a local engine only from this machine.

    Raises Unavailable when no engine answers, testcontainers is not installed, or the image cannot be had.
    """
    if not engine_answers(machine):
        raise Unavailable("no Docker engine answers")
    try:
        # Slow to import, and a test dependency only.
        from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415  as said
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415  as said
    except ImportError as fault:
        raise Unavailable("testcontainers is not installed") from fault
    box = DockerContainer(image, env=dict(environment), name=f"fleet-{secrets.token_hex(4)}")
    for port in ports:
        # docker-py takes an interface here and then any free port of it; testcontainers' annotation does not know.
        box.ports[f"{port}/tcp"] = (LOOPBACK, None) if _is_local(machine) else None  # type: ignore[assignment]
    try:
        box.start()
        reached = tuple((box.get_container_host_ip(), int(box.get_exposed_port(port))) for port in ports)
    except DockerException as fault:
        box.stop()
        raise Unavailable(f"the Docker engine cannot run {image}: {type(fault).__name__}") from fault
    try:
        yield reached
    finally:
        box.stop()


def _connection(machine: Machine) -> socket.socket:
    address = urlsplit(machine.setting("DOCKER_HOST") or f"unix://{machine.root / SOCKET}")
    if address.scheme == "unix":
        local = socket.socket(socket.AF_UNIX)
        local.settimeout(ANSWER_WITHIN_SECONDS)
        try:
            local.connect(address.path)
        except OSError:
            local.close()
            raise
        return local
    return socket.create_connection((address.hostname or LOOPBACK, address.port or 2375), ANSWER_WITHIN_SECONDS)


def _is_local(machine: Machine) -> bool:
    return (machine.setting("DOCKER_HOST") or "unix://").startswith("unix://")
