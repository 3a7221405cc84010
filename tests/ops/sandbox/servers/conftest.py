"""What the tests of servers at hand share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.ops.sandbox.servers.owning import Owner, run_owner


@pytest.fixture
def owner(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Owner]]:
    """Start processes that own servers; each is killed at the end of the test at the latest."""
    with ExitStack() as started:

        def start(setup: str) -> Owner:
            mine = run_owner(setup, request.config.rootpath)
            started.callback(mine.close)
            return mine

        yield start
