"""A token store in memory that keeps the promises of the real one, and a log of what happened to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.errors import Contended, FleetError
from shared.vendors.smintio.identity import Tokens


class KeptTokens:
    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        self.log: list[str] = []
        self.failing: list[FleetError] = []
        self._flight = threading.Lock()
        self._writing = threading.Lock()

    def read(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens, seen_version: int) -> None:
        if self.failing:
            raise self.failing.pop(0)
        with self._writing:
            if seen_version != (self.tokens.version if self.tokens else 0):
                raise Contended("another hand saved")
            self.tokens = replace(tokens, version=seen_version + 1)
            self.log.append("saved")

    @contextmanager
    def refreshing(self) -> Iterator[None]:
        with self._flight:
            yield
