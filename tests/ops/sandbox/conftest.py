from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from ops.sandbox.clock import VirtualClock
from ops.sandbox.serving import serve
from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.world import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World(VirtualClock(NOON))


@pytest.fixture
def simulated(world: World) -> SimulatedSmintio:
    return SimulatedSmintio(world)


@pytest.fixture
def base_url(simulated: SimulatedSmintio) -> Iterator[str]:
    with serve(simulated.app) as served:
        yield served.base_url


@pytest.fixture
def browser(base_url: str) -> Iterator[httpx.Client]:
    """A person's or an operator's browser: it speaks to the sandbox without our client."""
    with httpx.Client(base_url=base_url, timeout=10) as browser:
        yield browser
