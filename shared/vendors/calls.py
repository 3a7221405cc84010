"""One call to a vendor: what is to be sent, and what an exception in the middle of it means."""

import json as encoder
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from shared.errors import FleetError, Rejected, Unavailable
from shared.vendors.faults import error_for_exception

Content = bytes | Iterable[bytes] | None


@dataclass(frozen=True)
class Call:
    """What is to be sent. `operation` names it in metrics and messages; the URL may hold secrets and never does."""

    operation: str
    method: str
    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: Content = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    expected: Collection[int] = ()
    is_write: bool = False
    is_secret: bool = False
    is_authorised: bool = True

    @property
    def can_be_sent_again(self) -> bool:
        """Return whether the body is still there after it was sent once."""
        return self.content is None or isinstance(self.content, bytes)

    def request(self, client: httpx.Client, url: httpx.URL, proof: Mapping[str, str]) -> httpx.Request:
        """Build the request for `url`, which a redirect may have changed. Raises Rejected for an impossible header."""
        try:
            return client.build_request(self.method, url, headers={**self.headers, **proof}, content=self.content)
        except UnicodeEncodeError:
            raise Rejected(f"{self.operation}: a header holds characters that HTTP cannot carry") from None

    def lost(self, reason: str) -> FleetError:
        """Make the error for an answer that we stop reading: after a write nobody knows whether it was done."""
        kind = error_for_exception(httpx.ReadError(reason), is_write=self.is_write) or Unavailable
        return kind(f"{self.operation}: {reason}")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the HTTP library's exceptions into ours; the message names the kind and the host, never the URL."""
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict) as fault:
            kind = error_for_exception(fault, is_write=self.is_write)
            if kind is None:
                raise
            raise kind(f"{self.operation}: {type(fault).__name__} from host {self.url.host!r}") from fault


def encoded(
    json: object, form: Mapping[str, str] | None, content: Content, length_bytes: int | None
) -> tuple[Content, dict[str, str]]:
    """Return the body to send and the headers that describe it."""
    if json is not None:
        return encoder.dumps(json, allow_nan=False).encode(), {"Content-Type": "application/json"}
    if form is not None:
        return str(httpx.QueryParams(form)).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return content, {} if length_bytes is None else {"Content-Length": str(length_bytes)}
