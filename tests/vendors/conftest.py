from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from shared.vendors.http import Authoriser, Observer, Vendor
from tests.vendors.scripted import Serve, Server, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(serving(script))


@pytest.fixture
def connect() -> Iterator[Callable[..., Vendor]]:
    opened: list[Vendor] = []

    def connect(
        server: Server,
        *,
        authoriser: Authoriser | None = None,
        allowed_hosts: tuple[str, ...] = (),
        observe: Observer | None = None,
        timeout: timedelta = timedelta(seconds=5),
        max_answer_bytes: int = 1_000_000,
    ) -> Vendor:
        vendor = Vendor(
            server.url,
            timeout=timeout,
            authoriser=authoriser,
            allowed_hosts=allowed_hosts,
            observe=observe,
            max_answer_bytes=max_answer_bytes,
        )
        opened.append(vendor)
        return vendor

    yield connect
    for vendor in opened:
        vendor.close()
