"""What the README points at is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_path_that_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|shared|workers|producers|ops)/[\w./-]*)`", text))

    assert named
    assert [] == sorted(path for path in named if not (ROOT / path).exists())
