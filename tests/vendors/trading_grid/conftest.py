from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.sandbox.trading_grid.behaviour import Behaviour
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.profile_files import load_profile
from tests.vendors.trading_grid.world import Here, world

Opening = Callable[..., Here]


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load_profile("ac_hal_json")


@pytest.fixture
def opened(profile: Profile, tmp_path: Path) -> Iterator[Opening]:
    """Open a world with a changed profile or host."""
    with ExitStack() as stack:

        def open_world(changed: Profile | None = None, behaviour: Behaviour | None = None) -> Here:
            return stack.enter_context(world(changed or profile, tmp_path, behaviour))

        yield open_world


@pytest.fixture
def here(opened: Opening) -> Here:
    """The world as the built-in profile has it."""
    return opened()
