"""Pooled connections to one vendor, one pool a thread."""

import ssl
import threading
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from shared.vendors.hosts import AllowList
from shared.vendors.transport import GuardedTransport, Resolver

CONNECT_SECONDS: Final = 10.0
_USER_AGENT: Final = "smintio-trading-grid-fleet"


class Connections:
    """Gives each thread a client of its own: a shared one was measured slower, one for each call forty times slower."""

    def __init__(self, allowed: AllowList, *, timeout: timedelta, resolver: Resolver) -> None:
        self._allowed = allowed
        self._resolver = resolver
        seconds = timeout.total_seconds()
        self._timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        self._mine = threading.local()
        self._opened: list[tuple[threading.Thread, httpx.Client]] = []
        self._opening = threading.Lock()

    def client(self) -> httpx.Client:
        """Return the calling thread's client."""
        client: httpx.Client | None = getattr(self._mine, "client", None)
        if client is None:
            client = self._mine.client = self._open()
        return client

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._opening:
            for _, client in self._opened:
                client.close()
            self._opened.clear()
            self._mine = threading.local()

    def _open(self) -> httpx.Client:
        client = httpx.Client(
            transport=GuardedTransport(self._allowed, _trusted_authorities(), resolver=self._resolver),
            timeout=self._timeout,
            headers={"User-Agent": _USER_AGENT},
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none: a session is not to outlive its token
            trust_env=False,  # a proxy from the environment would resolve names for us, past the check of addresses
        )
        with self._opening:
            for thread, orphan in self._opened:
                if not thread.is_alive():
                    orphan.close()
            self._opened = [(thread, kept) for thread, kept in self._opened if thread.is_alive()]
            self._opened.append((threading.current_thread(), client))
        return client


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read the certificate authorities once a process: it takes a tenth of a second."""
    return httpx.create_ssl_context()
