from collections.abc import Callable, Iterator

import httpx
import pytest

from ops.sandbox.smintio.app import SimulatedSmintio
from shared.vendors.smintio.client import Smintio
from tests.vendors.smintio.kept_tokens import KeptTokens

Connect = Callable[..., Smintio]


@pytest.fixture
def connect(simulated: SimulatedSmintio, base_url: str) -> Iterator[Connect]:
    opened: list[Smintio] = []

    def connect(*, tokens: KeptTokens | None = None, **settings: object) -> Smintio:
        opened.append(Smintio(simulated.settings(base_url, **settings), tokens or KeptTokens(), "acme"))
        return opened[-1]

    yield connect
    for smintio in opened:
        smintio.close()


@pytest.fixture
def smintio(connect: Connect) -> Smintio:
    return connect()


@pytest.fixture
def manager(simulated: SimulatedSmintio, browser: httpx.Client) -> httpx.Client:
    browser.headers["Authorization"] = f"Bearer {simulated.tenant.manager_token.get_secret_value()}"
    return browser
