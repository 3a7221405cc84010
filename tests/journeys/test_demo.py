"""`fleet demo`, as a person types it: the whole fleet, both vendors simulated, a real broker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.journey
@pytest.mark.timeout(300)
def test_the_demo_ends_well_and_says_so(amqp_url: str, tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}

    ended = subprocess.run(
        [sys.executable, "-m", "ops.cli", "demo"],
        cwd=tmp_path,
        env=environ | {"PYTHONPATH": str(ROOT), "FLEET_AMQP_URL": amqp_url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (ended.returncode, ended.stderr), ended.stdout
    report = json.loads((tmp_path / "build" / "demo-report.json").read_text())
    flow = report["flows"]["publish_assets"]
    assert {"lost": 0, "duplicate_effects": 0, "rights_violations": 0, "echoes": 0} == report["checks"]
    assert (True, 0) == (flow["ok"], flow["dead"])
    assert flow["expected"] == flow["done"]
    assert flow["done"] >= 200
    assert "given" == report["broker"]["kind"]
    assert [] == [path.name for path in (tmp_path / "build").iterdir() if path.name != "demo-report.json"]
