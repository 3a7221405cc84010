"""What this machine offers: its environment, and programs where distributions put them."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Say = Callable[[str], None]
"""Tells a person what takes long; a line a call."""

APPLICATION: Final = "smintio-trading-grid-fleet"


@dataclass(frozen=True)
class Machine:
    """A machine as our look-ups see it; a test makes one on which there is nothing."""

    environment: Mapping[str, str]
    root: Path = Path("/")

    @classmethod
    def this(cls) -> "Machine":
        """Return the machine that we run on."""
        return cls(dict(os.environ))

    def setting(self, name: str) -> str | None:
        """Return an environment variable; one that is empty counts as not set."""
        return self.environment.get(name, "").strip() or None

    @property
    def is_root(self) -> bool:
        """Whether this process may do all."""
        return os.geteuid() == 0

    @property
    def path(self) -> str:
        """Where to look for programs; an empty PATH is one on which nothing is found."""
        return self.environment.get("PATH", os.defpath)

    def program(self, name: str, *folders: str) -> Path | None:
        """
        Return where a program is, or None: first in `folders`, then on the PATH.

        A folder is a pattern below the machine's root; the last match in order of name, so the newest version, wins.
        """
        for folder in folders:
            for found in sorted(self.root.glob(f"{folder}/{name}"), reverse=True):
                if os.access(found, os.X_OK):
                    return found
        found_on_path = shutil.which(name, path=self.path)
        return Path(found_on_path) if found_on_path else None

    @property
    def cache(self) -> Path:
        """Where this application keeps what it can fetch again (XDG base directories)."""
        cache = self.setting("XDG_CACHE_HOME")
        home = self.setting("HOME")
        return (Path(cache) if cache else (Path(home) if home else Path.home()) / ".cache") / APPLICATION
