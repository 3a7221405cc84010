"""An httpx transport that resolves a name once, checks the address and connects to that very address."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from shared.vendors.hosts import AllowList

Resolver = Callable[[str, int], Sequence[str]]

CONNECTIONS: Final = 4  # one thread talks, downloads and uploads at once; the rest is slack for redirects
KEEP_ALIVE_SECONDS: Final = 4.0  # servers often close at 5: a connection must not die under a write

# Same names on both sides; the test that walks httpx's exceptions walks these too.
FOREIGN: Final[dict[type[Exception], type[httpx.TransportError]]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ConnectionNotAvailable: httpx.ConnectError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.WriteError: httpx.WriteError,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host`, best first. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedTransport(httpx.BaseTransport):
    """A connection pool of one thread. Names and ports are the caller's to check; addresses are checked here."""

    def __init__(self, allowed: AllowList, ssl_context: ssl.SSLContext, *, resolver: Resolver = resolve) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=_GuardedBackend(allowed, resolver),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is still to be read."""
        content = request.stream
        if not isinstance(content, httpx.SyncByteStream):
            raise TypeError("an asynchronous request body in a synchronous client")
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _translated():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method, url, headers=request.headers.raw, content=content, extensions=request.extensions
                )
            )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions, request=request
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _translated():
            self._answer.close()


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, allowed: AllowList, resolver: Resolver) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as fault:
            raise httpcore.ConnectError(f"no address for the host: {type(fault).__name__}") from fault
        for address in addresses:  # all of them: a name with one inner address is not trusted with the others either
            self._allowed.check_address(host, address)
        last: Exception = httpcore.ConnectError("no address for the host")
        for address in addresses:
            try:
                return self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as fault:
                last = fault
        raise last


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except tuple(FOREIGN) as fault:
        kind = next(FOREIGN[name] for name in type(fault).__mro__ if name in FOREIGN)
        raise kind(str(fault)) from fault
