"""
The one table from what HTTP did to what we do about it.

How long a retry waits stands in `shared/messaging/topology.py`; which ending an error leads to, in
`workers/harness.py`.
"""

from typing import Final

import httpx

from shared.errors import (
    Ambiguous,
    Conflict,
    CredentialRefused,
    FleetError,
    Forbidden,
    Rejected,
    Throttled,
    Unavailable,
)

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class NotFound(Rejected):
    """The vendor has no such thing, or does not let us see it."""


# What is not named here goes by its class: see error_for_status.
STATUSES: Final[dict[int, type[FleetError]]] = {
    401: CredentialRefused,  # only once a renewed credential is refused too
    403: Forbidden,
    404: NotFound,
    408: Unavailable,  # the server did not wait for our request: nothing was done
    409: Conflict,
    410: NotFound,
    412: Conflict,
    423: Unavailable,  # locked: later
    425: Unavailable,
    429: Throttled,
    501: Rejected,  # method not supported: it never will be
}

# None: a mistake of our own code, which must surface as one.
EXCEPTIONS: Final[dict[type[Exception], type[FleetError] | None]] = {
    # The request cannot have left.
    httpx.ConnectError: Unavailable,
    httpx.ConnectTimeout: Unavailable,
    httpx.PoolTimeout: Unavailable,
    httpx.ProxyError: Unavailable,
    httpx.InvalidURL: Rejected,
    httpx.UnsupportedProtocol: Rejected,
    httpx.LocalProtocolError: Rejected,  # a header or body that HTTP cannot carry, such as a line break in a name
    # The request may have arrived: for a write that is Ambiguous, see error_for_exception.
    httpx.ReadTimeout: Unavailable,
    httpx.WriteTimeout: Unavailable,
    httpx.ReadError: Unavailable,
    httpx.WriteError: Unavailable,
    httpx.CloseError: Unavailable,
    httpx.RemoteProtocolError: Unavailable,
    httpx.DecodingError: Unavailable,
    # The families of the above, should a new member appear.
    httpx.TimeoutException: Unavailable,
    httpx.NetworkError: Unavailable,
    httpx.ProtocolError: Unavailable,
    httpx.TransportError: Unavailable,
    httpx.RequestError: Unavailable,
    httpx.HTTPError: Unavailable,
    # Not raised as we use the library: redirects and statuses are ours to judge, and we keep no cookies.
    httpx.TooManyRedirects: Unavailable,
    httpx.HTTPStatusError: Unavailable,
    httpx.CookieConflict: Unavailable,
    httpx.StreamError: None,
    httpx.StreamConsumed: None,
    httpx.StreamClosed: None,
    httpx.ResponseNotRead: None,
    httpx.RequestNotRead: None,
}

_NOTHING_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def error_for_status(status: int, *, is_write: bool) -> type[FleetError]:
    """Return the error that an unsuccessful `status` stands for."""
    if status == 504 and is_write:
        return Ambiguous  # a gateway's time-out: the host behind it may have done it, now or in a moment
    if (named := STATUSES.get(status)) is not None:
        return named
    # Redirects that we do not follow count as a fault of the other side: mostly a log-in page for an ended session.
    return Rejected if 400 <= status < 500 else Unavailable


def error_for_exception(fault: Exception, *, is_write: bool) -> type[FleetError] | None:
    """Return the error that an exception of the HTTP library stands for; None when it is a mistake of our own code."""
    named = next((EXCEPTIONS[kind] for kind in type(fault).__mro__ if kind in EXCEPTIONS), None)
    if named is Unavailable and is_write and not isinstance(fault, _NOTHING_SENT):
        return Ambiguous
    return named
