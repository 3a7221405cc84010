"""
Whether a process lives and whether it can do its work: two questions with two answers.

Live: every loop has turned lately. A wedged consumer is seen, while an outage outside or a long task is not held
against the process: a restart would mend neither (case K36). Ready: what the work needs answers, and the process is not
going down.
"""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self, TypeAlias

import structlog
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from shared.errors import Misconfigured
from shared.metrics import Metrics

FRESH_SECONDS: Final = 1.0  # several watchers a second cost the database one question
CHECK_SECONDS: Final = 0.5  # a probe waits no longer for checks that another probe began
AT_ONCE: Final = 16  # requests; a prober, a scraper and a person need three, and threads must not pile up
SLOWEST_REQUEST_SECONDS: Final = 5.0
STOPS_WITHIN_SECONDS: Final = 0.1
JSON: Final = "application/json"

Page: TypeAlias = tuple[HTTPStatus, str, bytes]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """Yes, or what speaks against it, by name."""

    objections: dict[str, str]

    @property
    def is_yes(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.objections


@dataclass
class _Beat:
    within_seconds: float
    heard_at: float


class Health:
    """The health of one process; safe to use from many threads."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._beats: dict[str, _Beat] = {}
        self._checks: dict[str, Callable[[], bool]] = {}
        self._checking = threading.Lock()
        self._last: tuple[float, Answer] | None = None
        self._is_draining = False

    def beat(self, name: str, *, within: timedelta) -> Callable[[], None]:
        """Expect a loop called `name` to call what this returns, each time within `within` of the last, from now on."""
        beat = _Beat(within.total_seconds(), self._monotonic())
        self._beats[name] = beat

        def heard() -> None:
            beat.heard_at = self._monotonic()

        return heard

    def check(self, name: str, is_well: Callable[[], bool]) -> None:
        """Ask `is_well` for readiness; what it raises counts as no. Nobody waits for it longer than a probe does."""
        self._checks[name] = is_well

    def drain(self) -> None:
        """Say that the process goes down: not ready any more, and alive however long its loops take to end."""
        self._is_draining = True

    def live(self) -> Answer:
        """Tell whether every loop has turned lately."""
        if self._is_draining:
            return Answer({})
        now = self._monotonic()
        silent = {name: (now - beat.heard_at, beat.within_seconds) for name, beat in list(self._beats.items())}
        return Answer(
            {
                name: f"silent for {s:.0f} s, allowed {within:.0f} s"
                for name, (s, within) in silent.items()
                if s > within
            }
        )

    def ready(self) -> Answer:
        """Tell whether all that the work needs is there. Answers at once when other probes are still being answered."""
        if self._is_draining:
            return Answer({"process": "going down"})
        if not self._checking.acquire(timeout=CHECK_SECONDS):
            return Answer({"checks": "do not answer"})
        try:
            return self._fresh_answer()
        finally:
            self._checking.release()

    def _fresh_answer(self) -> Answer:
        if self._last is None or self._monotonic() - self._last[0] > FRESH_SECONDS:
            objections = {name: why for name, check in list(self._checks.items()) if (why := _objection(check))}
            self._last = self._monotonic(), Answer(objections)
        return self._last[1]


def _objection(is_well: Callable[[], bool]) -> str | None:
    try:
        return None if is_well() else "no"
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is no reason to be ready, nor to stop answering
        return type(fault).__name__  # not its message, which may hold an address with its password


class HealthServer:
    """
    Serves `/live`, `/ready` and `/metrics` from threads of its own. A context manager.

    An answer is 200 or 503 with a reason, never 500: a fault in here must not restart anybody.
    """

    def __init__(self, health: Health, metrics: Metrics, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take the port (0: any free one); raises Misconfigured when it cannot be had."""
        pages = {
            "/live": lambda: _told("live", health.live()),
            "/ready": lambda: _told("ready", health.ready()),
            "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE_PLAIN_0_0_4, metrics.exposition()),
        }
        try:
            self._server = _Server(host, port, pages)
        except OSError as fault:
            raise Misconfigured(
                f"health server: found no way to listen on {host}:{port} ({fault.strerror}), "
                "allowed: an address of this machine and a free port"
            ) from fault
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOPS_WITHIN_SECONDS,), name="health", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _told(question: str, answer: Answer) -> Page:
    status = HTTPStatus.OK if answer.is_yes else HTTPStatus.SERVICE_UNAVAILABLE
    return status, JSON, json.dumps({question: answer.is_yes, "objections": answer.objections}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, pages: dict[str, Callable[[], Page]]) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        self.address_family = family
        self.pages = pages
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        super().__init__((str(address[0]), int(address[1])), _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - given by the library
        """Note a client that went away; the library would print a traceback past the log."""
        log.debug("a probe was not answered", error=repr(sys.exc_info()[1]))


class _Handler(BaseHTTPRequestHandler):
    timeout = SLOWEST_REQUEST_SECONDS
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        page = self.server.pages.get(path)
        if page is None:
            self._send((HTTPStatus.NOT_FOUND, JSON, json.dumps({"pages": list(self.server.pages)}).encode()))
            return
        try:
            answer = page()
        except Exception:
            log.exception("a page of the health server failed", page=path)
            answer = (HTTPStatus.SERVICE_UNAVAILABLE, JSON, b'{"error": "see the log"}')
        self._send(answer)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _send(self, page: Page) -> None:
        status, kind, body = page
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Name the server without its versions."""
        return "fleet"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: a probe every few seconds would drown the log."""
