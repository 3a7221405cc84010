"""`make bench`: run the scenarios, print them as ratios, and write `build/bench.json`."""

import json
import os
import platform
import statistics
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from ops.bench import transport
from ops.sandbox.broker import broker_at_hand
from shared.messaging import declaring
from shared.messaging.topology import topology

REPORT: Final = Path("build/bench.json")
REPETITIONS: Final = 3
EVENTS: Final = 6000


def main() -> None:
    """Measure, interleaved, and tell."""
    console = Console()
    with broker_at_hand(say=console.print) as broker:
        declaring.apply(broker.url, topology())
        events = transport.bodies(EVENTS)
        pairs = [(transport.ours(broker.url, events), transport.limit(broker.url, events)) for _ in range(REPETITIONS)]
        version = broker.version
    ours, limit = zip(*pairs, strict=True)
    ratios = [a / b for a, b in pairs]
    figures = {
        "events_per_second": round(statistics.median(ours)),
        "limit_events_per_second": round(statistics.median(limit)),
        "ratio_to_limit": round(statistics.median(ratios), 2),
        "ratio_to_limit_min": round(min(ratios), 2),
        "ratio_to_limit_max": round(max(ratios), 2),
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "rabbitmq": version}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"machine": machine, "scenarios": {"transport": figures}}, indent=2) + "\n")
    table = Table("scenario", "figure", "median of 3", title=f"Measured on {os.cpu_count()} cores")
    for name, figure in figures.items():
        table.add_row("transport", name, str(figure))
    console.print(table)


if __name__ == "__main__":
    main()
