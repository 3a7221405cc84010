"""Serve an app on a free port of loopback, from a thread of this process."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST: Final = "127.0.0.1"
_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Served:
    """Where an app listens."""

    base_url: str


class BreakableProtocol(H11Protocol):
    """HTTP that lets the app break its connection, by `state["abort_connection"]` in the request's scope."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up a connection."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows asyncio's signature
        # asyncio does so only for sockets that name their protocol: without it, each answer waits 40 ms for an ack.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "abort_connection": self.transport.abort}


@contextmanager
def serve(app: ASGIApp, *, port: int = 0) -> Iterator[Served]:
    """Serve `app` until the block is left; port 0 takes a free one. Raises TimeoutError when it does not come up."""
    listener = socket.create_server((HOST, port))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=BreakableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,  # the sandbox has its own time
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield Served(f"http://{HOST}:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise TimeoutError("the sandbox did not come up")
        time.sleep(0.005)
