"""Counters, gauges and histograms whose labels are closed sets: what is not in one counts as "other", unnamed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OTHER: Final = "other"
Kind = TypeVar("Kind", Counter, Gauge, Histogram)
Value = TypeVar("Value", bound=str)


class Closed:
    """The values that a label may have. An id, a file name or a vendor's text is not among them (case K34)."""

    def __init__(self, values: Iterable[str], *, at_most: int | None = None) -> None:
        """Admit `values`, of which the first `at_most` in order of the alphabet, where a setting decides how many."""
        self.values: Final = frozenset(sorted(map(str, values))[:at_most])

    def label(self, value: str | None) -> str:
        """Return the value as it stands on a series."""
        return str(value) if value in self.values else OTHER


@dataclass(frozen=True)
class Series:
    """What a metric is called, what it means, and what its labels may be."""

    name: str
    meaning: str
    labels: dict[str, Closed]

    def values(self, given: dict[str, str | None]) -> list[str]:
        """Return the labels' values in order, closed; raises KeyError when one is not given."""
        return [closed.label(given[name]) for name, closed in self.labels.items()]


class Counted:
    """A number that only grows."""

    def __init__(self, series: Series, registry: CollectorRegistry) -> None:
        self._series = series
        self._counter = Counter(series.name, series.meaning, list(series.labels), registry=registry)

    def add(self, amount: float = 1, **labels: str | None) -> None:
        """Add to it."""
        _child(self._counter, self._series, labels).inc(amount)


class Measured:
    """A number that rises and falls."""

    def __init__(self, series: Series, registry: CollectorRegistry) -> None:
        self._series = series
        self._gauge = Gauge(series.name, series.meaning, list(series.labels), registry=registry)

    def set(self, value: float, **labels: str | None) -> None:
        """Replace it."""
        _child(self._gauge, self._series, labels).set(value)

    def set_all(self, label: str, counts: Mapping[Value, float], **others: str | None) -> None:
        """Replace it for every value of `label`: what is not among `counts` is 0, what is not in the set adds up."""
        closed = self._series.labels[label]
        sums = dict.fromkeys((*closed.values, OTHER), 0.0)
        for value, count in counts.items():
            sums[closed.label(value)] += count
        for name, total in sums.items():
            self.set(total, **others, **{label: name})


class Timed:
    """How long something takes, in seconds, and how often."""

    def __init__(self, series: Series, registry: CollectorRegistry, buckets: Sequence[float]) -> None:
        self._series = series
        self._histogram = Histogram(
            series.name, series.meaning, list(series.labels), registry=registry, buckets=buckets
        )

    def observe(self, seconds: float, **labels: str | None) -> None:
        """Note that it took so long."""
        _child(self._histogram, self._series, labels).observe(seconds)


def _child(metric: Kind, series: Series, labels: dict[str, str | None]) -> Kind:
    return metric.labels(*series.values(labels)) if series.labels else metric


@dataclass(frozen=True)
class Declaring:
    """Makes metrics in one registry and remembers what each is."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    declared: list[Series] = field(default_factory=list)

    def counted(self, name: str, meaning: str, **labels: Closed) -> Counted:
        """Declare a counter; its name ends in `_total`."""
        return Counted(self._series(name, meaning, labels), self.registry)

    def measured(self, name: str, meaning: str, **labels: Closed) -> Measured:
        """Declare a gauge."""
        return Measured(self._series(name, meaning, labels), self.registry)

    def timed(self, name: str, meaning: str, buckets: Sequence[float], **labels: Closed) -> Timed:
        """Declare a histogram of seconds."""
        return Timed(self._series(name, meaning, labels), self.registry, buckets)

    def _series(self, name: str, meaning: str, labels: dict[str, Closed]) -> Series:
        series = Series(name, meaning, labels)
        self.declared.append(series)
        return series
