"""The processes of the fleet: `fleet poll`, `fleet work`, `fleet archive`, `fleet up`."""

import socket
import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ops.commands.options import settings_and_log, settings_of, settings_path
from ops.processes import archiving, polling, supervising, working
from producers.sources import SOURCES
from shared.errors import Misconfigured
from workers.actors import ACTORS

SANDBOX: Final = Path("build/up")
Port = Annotated[int, typer.Option(help="Port of /metrics, /live and /ready; 0 takes a free one.")]


def poll(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help=f"Which sources: {', '.join(SOURCES)}.")],
    port: Port = 0,
) -> None:
    """Poll some sources of every tenant and announce what changed."""
    _assert_known("source", sources, SOURCES)
    polling.poll(settings_of(context), sources, port=port)


def work(
    context: typer.Context,
    queues: Annotated[list[str], typer.Argument(help=f"Which queues: {', '.join(ACTORS)}.")],
    port: Port = 0,
) -> None:
    """Run the actors of some queues."""
    _assert_known("queue", queues, ACTORS)
    working.work(settings_of(context), queues, port=port)


def archive(context: typer.Context, port: Port = 0) -> None:
    """Bring dead letters into rows, where they can be judged and replayed."""
    archiving.archive(settings_of(context), port=port)


def up(
    context: typer.Context,
    ports: Annotated[
        str, typer.Option(help=f"Ports of the parts ({', '.join(p.name for p in supervising.PARTS)}), by comma.")
    ] = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait for the settings file to appear.")] = 0.0,
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Simulate both vendors, and find a broker.")] = False,
) -> None:
    """Run the whole fleet on this machine, as few processes, each started again when it dies."""
    if sandbox:
        _stand_in_sandbox()
        return
    _wait_for(settings_path(context), seconds=wait)
    settings, log_as = settings_and_log(context)
    log_as("up")
    chosen = [int(port) for port in ports.split(",")] if ports else [_free_port() for _ in supervising.PARTS]
    if len(chosen) != len(supervising.PARTS):
        raise Misconfigured(f"--ports: found {len(chosen)}, allowed: {len(supervising.PARTS)} ports by comma")
    raise typer.Exit(supervising.up(settings, chosen, log_as))


def _stand_in_sandbox() -> None:
    # Every process of the fleet loads this module: the simulated vendors would cost each a second.
    from ops.demo.progress import telling  # noqa: PLC0415
    from ops.demo.running import Folder, stand  # noqa: PLC0415

    folder = Folder(SANDBOX)
    try:
        with telling(Console(force_terminal=False)) as tell:
            stand(folder, tell)
    except KeyboardInterrupt:
        folder.remove()


def _wait_for(path: Path, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _assert_known(kind: str, asked: list[str], known: Collection[str]) -> None:
    if unknown := [name for name in asked if name not in known]:
        raise Misconfigured(f"no {kind} called {', '.join(unknown)}; there are {', '.join(sorted(known))}")
