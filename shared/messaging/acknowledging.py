"""Which acknowledgements to send: runs up to the lowest unsettled tag, single ones above it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Acks:
    """What to send now: everything up to `up_to` in one acknowledgement, and each tag of `singly`."""

    up_to: int | None
    singly: tuple[int, ...]


@dataclass
class TagLedger:
    """The delivery tags of one channel: which are out, and which are settled but not yet acknowledged."""

    _out: dict[int, None] = field(default_factory=dict)  # in order of delivery
    _settled: set[int] = field(default_factory=set)

    def delivered(self, tag: int) -> None:
        """Note a tag that the broker handed us; tags only grow."""
        self._out[tag] = None

    def settle(self, tags: Iterable[int]) -> None:
        """Note that the work behind `tags` has ended; a tag that is not out is ignored."""
        self._settled.update(tag for tag in tags if tag in self._out)

    def take_run(self) -> int | None:
        """Return the highest tag below which all are settled, and forget the run; None when there is no run."""
        run = None
        while self._out and (lowest := next(iter(self._out))) in self._settled:
            del self._out[lowest]
            self._settled.discard(lowest)
            run = lowest
        return run

    def take_acks(self) -> Acks:
        """Return everything that can be acknowledged, and forget it."""
        run = self.take_run()
        singly = tuple(sorted(self._settled))
        for tag in singly:
            del self._out[tag]
        self._settled.clear()
        return Acks(run, singly)

    @property
    def has_settled(self) -> bool:
        """Tell whether a settled tag waits above an unsettled one."""
        return bool(self._settled)
