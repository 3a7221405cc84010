"""
One vendor over HTTP: pooled connections, allowed hosts only, every fault translated, no secret in any message.

Both vendors' clients are built on `Vendor`; what a status or an exception means stands in `faults.py`, how an answer is
read in `answers.py`, where we connect at all in `hosts.py`. All of it is safe to use from many threads; each has
connections of its own.

The loggers "httpx" and "httpcore" print whole URLs, signed links included: whoever configures logging keeps them above
INFO. Nothing here logs.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NoReturn, Protocol

import httpx

from shared.errors import FleetError, Misconfigured, Throttled, Unavailable
from shared.vendors.answers import Answer, read_json
from shared.vendors.calls import Call, Content, encoded
from shared.vendors.connections import Connections
from shared.vendors.faults import WRITES, NotFound, error_for_status
from shared.vendors.hosts import AllowList, HostRefused, Origin, parse_url
from shared.vendors.redaction import EXCERPT_CHARACTERS, excerpt
from shared.vendors.retry_after import read_retry_after
from shared.vendors.transport import Resolver, resolve

__all__ = ["Answer", "Authoriser", "HostRefused", "NotFound", "Observer", "Stream", "Vendor", "read_json"]

Observer = Callable[[str, int | None, float], None]
"""Told of each exchange: operation, status (None: no answer), seconds until the answer's headers."""

MAX_ANSWER_BYTES: Final = 64 * 1024**2  # a page of 100 licences has under 1 MiB; beyond this an answer is an attack
CHUNK_BYTES: Final = 64 * 1024  # measured: larger chunks are no faster and cost memory
MAX_REDIRECTS: Final = 5
_ERROR_BODY_BYTES: Final = 16 * 1024


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
class _Reply:
    response: httpx.Response
    secrets: tuple[str, ...] = field(repr=False)


class Vendor:
    """
    A vendor's API at `base_url`.

    `allowed_hosts` may be spoken to beside the base: "host", "host:port" or ".domain" for subdomains. `also_own` are
    further addresses of the vendor itself (a separate blob store): only there and at the base is the authoriser's proof
    sent, so credentials come from it and never as headers of a call. `timeout` bounds each wait on the network, and the
    reading of an answer's body as a whole.
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
        own = [parse_url(url) for url in (base_url, *also_own)]
        self._own = frozenset(Origin.of(url) for url in own)
        self._allowed = AllowList([*allowed_hosts, *(origin.entry for origin in self._own)])
        for url in own:
            _check_setting(self._allowed, url)
        self._reading_seconds = timeout.total_seconds()
        self._authoriser = authoriser
        self._observe = observe
        self._max_answer_bytes = max_answer_bytes
        self._connections = Connections(self._allowed, timeout=timeout, resolver=resolver)

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
        content: Content = None,
        length_bytes: int | None = None,
        expected: Collection[int] = (),
        is_write: bool | None = None,
        is_secret: bool = False,
        is_authorised: bool = True,
    ) -> Answer:
        """
        Send one request and read its answer whole. `url` is absolute, or a path under the base.

        At most one of `json`, `form` and `content` is the body; `length_bytes` announces the size of streamed content.
        Statuses in `expected` are returned like a success. `is_write` says whether the call changes anything at the
        vendor, where the method does not tell (a search by POST does not). `is_secret` keeps all of the answer's body
        out of error messages. `is_authorised` False sends no proof even to the vendor itself.

        `operation` names the call in metrics and messages: a closed set, never an id.

        Raises Throttled, Unavailable, Conflict, Forbidden, NotFound, Rejected; Ambiguous when a write may have been
        done; HostRefused for a link that leads where we do not go.
        """
        body, sent = encoded(json, form, content, length_bytes)
        call = Call(
            operation=operation,
            method=method,
            url=self._absolute(url, params),
            headers={**sent, **(headers or {})},
            content=body,
            secrets=tuple((form or {}).values()),
            is_write=method in WRITES if is_write is None else is_write,
            is_authorised=is_authorised,
            is_secret=is_secret,
            expected=expected,
        )
        with self._answered(call) as reply:
            whole = b"".join(self._within_limits(call, reply.response))
        status, received = reply.response.status_code, reply.response.headers
        return Answer(operation, status, received, whole, call.is_write, is_secret, reply.secrets)

    @contextmanager
    def stream(
        self,
        operation: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        is_authorised: bool = True,
    ) -> Iterator[Stream]:
        """Get `url` and hand out its body piece by piece. Raises as request does, also while the body is read."""
        call = Call(
            operation=operation,
            method="GET",
            url=self._absolute(url, None),
            headers=headers or {},
            is_authorised=is_authorised,
            expected=expected,
        )
        with self._answered(call) as reply:
            response = reply.response
            chunks = self._chunks(call, response)
            yield Stream(response.status_code, response.headers, chunks, lambda: response.num_bytes_downloaded)

    def close(self) -> None:
        """Close the connections of every thread."""
        self._connections.close()

    @contextmanager
    def _answered(self, call: Call) -> Iterator[_Reply]:
        reply = self._successful(call)
        try:
            yield reply
        finally:
            reply.response.close()

    def _successful(self, call: Call) -> _Reply:
        url, hops, was_renewed = call.url, 0, False
        while True:
            self._allowed.check(url)
            proof = self._proof(call, url)
            response = self._send(call, url, proof)
            to_renew = self._authoriser if response.status_code == 401 and proof and not was_renewed else None
            if response.is_success or (response.status_code in call.expected and to_renew is None):
                return _Reply(response, _secrets(call, proof))
            try:
                if to_renew is not None:
                    to_renew.renew(proof)
                    was_renewed = True
                    if not call.can_be_sent_again:
                        raise Unavailable(f"{call.operation}: the credential ended under a streamed body; renewed")
                elif response.has_redirect_location and not call.is_write and hops < MAX_REDIRECTS:
                    url, hops = _next_hop(url, response), hops + 1
                else:
                    self._raise_for(call, response, _secrets(call, proof))
            finally:
                response.close()

    def _proof(self, call: Call, url: httpx.URL) -> Mapping[str, str]:
        if self._authoriser is None or not call.is_authorised or Origin.of(url) not in self._own:
            return {}
        return self._authoriser.headers()

    def _send(self, call: Call, url: httpx.URL, proof: Mapping[str, str]) -> httpx.Response:
        started = time.monotonic()
        status: int | None = None
        try:
            client = self._connections.client()
            request = call.request(client, url, proof)
            with call.translated():
                response = client.send(request, stream=True)
                status = response.status_code
                return response
        finally:
            if self._observe is not None:
                self._observe(call.operation, status, time.monotonic() - started)

    def _chunks(self, call: Call, response: httpx.Response, size: int | None = CHUNK_BYTES) -> Iterator[bytes]:
        with call.translated():
            yield from response.iter_bytes(size)

    def _within_limits(self, call: Call, response: httpx.Response) -> Iterator[bytes]:
        deadline, size = time.monotonic() + self._reading_seconds, 0
        # As the pieces arrive: gathered into larger ones, a body that drips would never show itself here.
        for chunk in self._chunks(call, response, None):
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise call.lost(f"an answer of more than {self._max_answer_bytes} bytes")
            if time.monotonic() > deadline:
                raise call.lost(f"an answer still arriving after {self._reading_seconds:g} s")
            yield chunk

    def _raise_for(self, call: Call, response: httpx.Response, secrets: tuple[str, ...]) -> NoReturn:
        body = b""
        with suppress(FleetError):  # the status decides, whatever becomes of its explanation
            for chunk in self._within_limits(call, response):
                body += chunk
                if len(body) >= _ERROR_BODY_BYTES:
                    break
        shown = "(not shown)" if call.is_secret else excerpt(body, secrets=secrets)
        content_type = response.headers.get("content-type", "no content type")[:EXCERPT_CHARACTERS]
        message = f"{call.operation}: status {response.status_code}, {content_type}: {shown!r}"
        kind = error_for_status(response.status_code, is_write=call.is_write)
        wait = read_retry_after(response.headers.get_list("retry-after"), server_date=response.headers.get("date"))
        if wait is not None and (kind is Throttled or response.status_code == 503):
            raise Throttled(f"{message} ({wait})", retry_after=wait.granted)
        raise kind(message)

    def _absolute(self, url: str, params: Mapping[str, str] | None) -> httpx.URL:
        absolute = parse_url(f"{self._base}{url}" if url.startswith("/") else url)
        return absolute.copy_merge_params(params) if params else absolute


def _secrets(call: Call, proof: Mapping[str, str]) -> tuple[str, ...]:
    return (*call.secrets, *(value.rpartition(" ")[2] for value in proof.values()))


def _next_hop(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        return url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        raise HostRefused("the redirect is not a URL") from None


def _check_setting(allowed: AllowList, url: httpx.URL) -> None:
    try:
        allowed.check(url)
    except HostRefused as fault:
        raise Misconfigured(f"a vendor's address must be https (http on loopback), without a user: {fault}") from fault
