"""An ordered log of changes in which each thing stands once, at its last change, read in pages by position."""

from collections.abc import Iterator


class ChangeLog:
    """Not safe for threads: its owner locks."""

    def __init__(self) -> None:
        self._keys: list[str | None] = []
        self._position: dict[str, int] = {}
        # Position of the next entry that still counts, shortened while it is walked: without it, a page from the start
        # of a feed whose licences have all changed since would walk over every one of them.
        self._next: list[int] = []

    @property
    def end(self) -> int:
        """Return the position after the last change."""
        return len(self._keys)

    def append(self, key: str) -> None:
        """Move `key` to the end, because it changed."""
        if (old := self._position.get(key)) is not None:
            self._keys[old] = None
            self._next[old] = old + 1
        self._position[key] = self.end
        self._next.append(self.end)
        self._keys.append(key)

    def page(self, position: int, limit: int) -> tuple[list[str], int]:
        """Return up to `limit` keys from `position` on, oldest change first, and the position after them."""
        found: list[str] = []
        for at in self._counting(position):
            if len(found) == limit:
                break
            key = self._keys[at]
            if key is not None:
                found.append(key)
                position = at + 1
        return found, position

    def __len__(self) -> int:
        return len(self._position)

    def _counting(self, position: int) -> Iterator[int]:
        at = self._skip(position)
        while at < self.end:
            yield at
            at = self._skip(at + 1)

    def _skip(self, position: int) -> int:
        first = position
        while position < self.end and self._next[position] != position:
            position = self._next[position]
        while first < position:
            self._next[first], first = position, self._next[first]
        return position
