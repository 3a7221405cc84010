"""
One vendor over HTTP: pooled connections, allowed hosts only, every fault translated, no secret in any message.

Both vendors' clients are built on `Vendor`; what a status or an exception means stands in `faults.py`, how an answer is
read in `answers.py`. All of it is safe to use from many threads, and each thread has connections of its own (a client
shared by threads was measured to be slower, a client for each call forty times slower).

The loggers "httpx" and "httpcore" print whole URLs, signed links included: whoever configures logging keeps them above
INFO. Nothing here logs.
"""

import json as encoder
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NoReturn, Protocol

import httpx

from shared.errors import FleetError, Rejected, Throttled, Unavailable
from shared.vendors.answers import Answer, read_json
from shared.vendors.faults import WRITES, NotFound, error_for_exception, error_for_status
from shared.vendors.hosts import AllowList, HostRefused, Origin, parse_url
from shared.vendors.redaction import EXCERPT_CHARACTERS, excerpt
from shared.vendors.retry_after import read_retry_after
from shared.vendors.transport import GuardedTransport, Resolver, resolve

__all__ = ["Answer", "Authoriser", "HostRefused", "NotFound", "Observer", "Stream", "Vendor", "read_json"]

Observer = Callable[[str, int | None, float], None]
"""Told of each exchange: operation, status (None: no answer), seconds until the answer's headers."""

MAX_ANSWER_BYTES: Final = 64 * 1024**2  # a page of 100 licences has under 1 MiB; beyond this an answer is an attack
CHUNK_BYTES: Final = 64 * 1024  # measured: larger chunks are no faster and cost memory
CONNECT_SECONDS: Final = 10.0
MAX_REDIRECTS: Final = 5
_ERROR_BODY_BYTES: Final = 16 * 1024
_USER_AGENT: Final = "smintio-trading-grid-fleet"


class Authoriser(Protocol):
    """Proves who we are to a vendor's own hosts."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that prove it. Raises Forbidden when there is no credential to be had."""

    def renew(self, refused: Mapping[str, str]) -> None:
        """Get another credential, because the vendor answered 401 to `refused`. Raises Forbidden when it cannot."""


@dataclass(frozen=True)
class Stream:
    """An answer whose body is still to be read."""

    status: int
    headers: httpx.Headers = field(repr=False)
    chunks: Iterator[bytes] = field(repr=False)
    """The body, content encoding undone, in pieces of at most CHUNK_BYTES. Raises FleetErrors."""
    received: Callable[[], int] = field(repr=False)
    """How many bytes came over the wire so far, before any content encoding was undone."""


@dataclass(frozen=True)
class _Call:
    operation: str
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | Iterable[bytes] | None
    secrets: tuple[str, ...]
    is_write: bool
    is_authorised: bool

    @property
    def can_be_sent_again(self) -> bool:
        return self.content is None or isinstance(self.content, bytes)


class Vendor:
    """
    A vendor's API at `base_url`.

    `allowed_hosts` may be spoken to beside the base: "host", "host:port" or ".domain" for subdomains. `also_own` are
    further addresses of the vendor itself (a separate blob store): only there and at the base is the authoriser's proof
    sent. `timeout` bounds each wait on the network, and the reading of an answer's body as a whole.
    """

    def __init__(  # noqa: PLR0913 - what a vendor is, all named, all but the address optional
        self,
        base_url: str,
        *,
        timeout: timedelta,
        authoriser: Authoriser | None = None,
        allowed_hosts: Sequence[str] = (),
        also_own: Sequence[str] = (),
        observe: Observer | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        resolver: Resolver = resolve,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._own = frozenset(Origin.of(parse_url(url)) for url in (base_url, *also_own))
        self._allowed = AllowList([*allowed_hosts, *(_entry(origin) for origin in self._own)])
        self._timeout = timeout.total_seconds()
        self._authoriser = authoriser
        self._observe = observe
        self._max_answer_bytes = max_answer_bytes
        self._resolver = resolver
        self._ssl_context = httpx.create_ssl_context()
        self._mine = threading.local()
        self._opened: list[tuple[threading.Thread, httpx.Client]] = []
        self._opening = threading.Lock()

    def request(  # noqa: PLR0913 - the parts of a request, all named
        self,
        operation: str,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        length_bytes: int | None = None,
        is_write: bool | None = None,
        is_authorised: bool = True,
    ) -> Answer:
        """
        Send one request and read its answer whole. `url` is absolute, or a path under the base.

        At most one of `json`, `form` and `content` is the body; `length_bytes` announces the size of streamed content.
        `is_write` says whether the call changes anything at the vendor, where the method does not tell (a search by
        POST does not). `is_authorised` False sends no proof even to the vendor itself.

        `operation` names the call in metrics and messages: a closed set, never an id.

        Raises Throttled, Unavailable, Conflict, Forbidden, NotFound, Rejected; Ambiguous when a write may have been
        done; HostRefused for a link that leads where we do not go.
        """
        body, sent = _body(json, form, content, length_bytes)
        call = _Call(
            operation=operation,
            method=method,
            url=self._absolute(url, params),
            headers={**sent, **(headers or {})},
            content=body,
            secrets=tuple((form or {}).values()),
            is_write=method in WRITES if is_write is None else is_write,
            is_authorised=is_authorised,
        )
        with self._answered(call) as response:
            whole = b"".join(self._within_limits(call, response))
        return Answer(operation, response.status_code, response.headers, whole, call.is_write)

    @contextmanager
    def stream(
        self, operation: str, url: str, *, headers: Mapping[str, str] | None = None, is_authorised: bool = True
    ) -> Iterator[Stream]:
        """Get `url` and hand out its body piece by piece. Raises as request does, also while the body is read."""
        call = _Call(
            operation=operation,
            method="GET",
            url=self._absolute(url, None),
            headers=headers or {},
            content=None,
            secrets=(),
            is_write=False,
            is_authorised=is_authorised,
        )
        with self._answered(call) as response:
            yield Stream(
                response.status_code,
                response.headers,
                self._chunks(call, response),
                lambda: response.num_bytes_downloaded,
            )

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._opening:
            for _, client in self._opened:
                client.close()
            self._opened.clear()
            self._mine = threading.local()

    @contextmanager
    def _answered(self, call: _Call) -> Iterator[httpx.Response]:
        response = self._successful(call)
        try:
            yield response
        finally:
            response.close()

    def _successful(self, call: _Call) -> httpx.Response:
        url, hops, was_renewed = call.url, 0, False
        while True:
            self._allowed.check(url)
            proof = self._proof(call, url)
            response = self._send(call, url, proof)
            if response.is_success:
                return response
            try:
                if response.status_code == 401 and proof and self._authoriser and not was_renewed:
                    self._authoriser.renew(proof)
                    was_renewed = True
                    if not call.can_be_sent_again:
                        raise Unavailable(f"{call.operation}: the credential ended under a streamed body; renewed")
                elif response.has_redirect_location and not call.is_write and hops < MAX_REDIRECTS:
                    url, hops = _next_hop(url, response), hops + 1
                else:
                    self._raise_for(call, response, proof)
            finally:
                response.close()

    def _proof(self, call: _Call, url: httpx.URL) -> Mapping[str, str]:
        if self._authoriser is None or not call.is_authorised or Origin.of(url) not in self._own:
            return {}
        return self._authoriser.headers()

    def _send(self, call: _Call, url: httpx.URL, proof: Mapping[str, str]) -> httpx.Response:
        started = time.monotonic()
        status: int | None = None
        try:
            client = self._client()
            request = _built(client, call, url, proof)
            with _translated(call):
                response = client.send(request, stream=True)
                status = response.status_code
                return response
        finally:
            if self._observe is not None:
                self._observe(call.operation, status, time.monotonic() - started)

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._mine, "client", None)
        if client is not None:
            return client
        client = httpx.Client(
            transport=GuardedTransport(self._allowed, self._ssl_context, resolver=self._resolver),
            timeout=httpx.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout)),
            headers={"User-Agent": _USER_AGENT},
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment would resolve names for us, past the check of addresses
        )
        self._mine.client = client
        with self._opening:
            for thread, orphan in self._opened:
                if not thread.is_alive():
                    orphan.close()
            self._opened = [(thread, kept) for thread, kept in self._opened if thread.is_alive()]
            self._opened.append((threading.current_thread(), client))
        return client

    def _chunks(self, call: _Call, response: httpx.Response) -> Iterator[bytes]:
        with _translated(call):
            yield from response.iter_bytes(CHUNK_BYTES)

    def _within_limits(self, call: _Call, response: httpx.Response) -> Iterator[bytes]:
        deadline, size = time.monotonic() + self._timeout, 0
        for chunk in self._chunks(call, response):
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise _lost(call, f"an answer of more than {self._max_answer_bytes} bytes")
            if time.monotonic() > deadline:
                raise _lost(call, f"an answer still arriving after {self._timeout:g} s")
            yield chunk

    def _raise_for(self, call: _Call, response: httpx.Response, proof: Mapping[str, str]) -> NoReturn:
        body = b""
        with _translated(call):
            for chunk in response.iter_bytes(CHUNK_BYTES):
                body += chunk
                if len(body) >= _ERROR_BODY_BYTES:
                    break
        secrets = (*call.secrets, *(value.rpartition(" ")[2] for value in proof.values()))
        content_type = response.headers.get("content-type", "no content type")[:EXCERPT_CHARACTERS]
        message = f"{call.operation}: status {response.status_code}, {content_type}: {excerpt(body, secrets=secrets)!r}"
        kind = error_for_status(response.status_code, is_write=call.is_write)
        wait = read_retry_after(response.headers.get_list("retry-after"), server_date=response.headers.get("date"))
        if wait is not None and (kind is Throttled or response.status_code == 503):
            raise Throttled(f"{message} ({wait})", retry_after=wait.granted)
        raise kind(message)

    def _absolute(self, url: str, params: Mapping[str, str] | None) -> httpx.URL:
        absolute = parse_url(f"{self._base}{url}" if url.startswith("/") else url)
        return absolute.copy_merge_params(params) if params else absolute


@contextmanager
def _translated(call: _Call) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict) as fault:
        kind = error_for_exception(fault, is_write=call.is_write)
        if kind is None:
            raise
        raise kind(f"{call.operation}: {type(fault).__name__} from host {call.url.host!r}") from fault


def _built(client: httpx.Client, call: _Call, url: httpx.URL, proof: Mapping[str, str]) -> httpx.Request:
    try:
        return client.build_request(call.method, url, headers={**call.headers, **proof}, content=call.content)
    except UnicodeEncodeError:
        raise Rejected(f"{call.operation}: a header holds characters that HTTP cannot carry") from None


def _lost(call: _Call, reason: str) -> FleetError:
    kind = error_for_exception(httpx.ReadError(reason), is_write=call.is_write) or Unavailable
    return kind(f"{call.operation}: {reason}")


def _next_hop(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        return url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        raise HostRefused("the redirect is not a URL") from None


def _body(
    json: object, form: Mapping[str, str] | None, content: bytes | Iterable[bytes] | None, length_bytes: int | None
) -> tuple[bytes | Iterable[bytes] | None, dict[str, str]]:
    if json is not None:
        return encoder.dumps(json, allow_nan=False).encode(), {"Content-Type": "application/json"}
    if form is not None:
        return str(httpx.QueryParams(form)).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return content, {} if length_bytes is None else {"Content-Length": str(length_bytes)}


def _entry(origin: Origin) -> str:
    return f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
