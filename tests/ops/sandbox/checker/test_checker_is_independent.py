"""The checker must not agree with the fleet because it is the fleet."""

import subprocess
import sys


def test_nothing_of_the_fleet_is_loaded_with_the_checker() -> None:
    program = "import ops.sandbox.checker, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    loaded = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()

    assert "ops" in loaded
    assert [] == sorted({"producers", "workers", "shared"} & set(loaded))
