"""`fleet demo`: see the whole fleet work, without an account anywhere."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

FOLDER: Final = Path("build/demo")


def demo(
    report: Annotated[Path, typer.Option(help="Where the result is written, as JSON.")] = Path(
        "build/demo-report.json"
    ),
    *,
    keep: Annotated[bool, typer.Option(help=f"Keep settings, database and logs in {FOLDER}.")] = False,
) -> None:
    """Run the fleet on a real RabbitMQ and two simulated vendors, play a scenario, and judge by what partners see."""
    # Every process of the fleet loads this module: the simulated vendors and the checker would cost each a second.
    from ops.demo.progress import telling  # noqa: PLC0415
    from ops.demo.report import Report, show  # noqa: PLC0415
    from ops.demo.running import Folder, run_demo  # noqa: PLC0415

    console, folder = Console(), Folder(FOLDER)
    try:
        with telling(console) as tell:
            outcome = run_demo(folder, tell)
    except KeyboardInterrupt:
        folder.remove()  # whoever interrupts is not interested in the logs, and secrets are in there
        raise
    Report.of(outcome).write(report)
    show(outcome, console)
    if outcome.is_good and not keep:
        folder.remove()
    else:
        console.print(f"Settings, database and logs of this run: {FOLDER}")
    raise typer.Exit(0 if outcome.is_good else 1)
