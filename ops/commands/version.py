"""`fleet --version`."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Final, TypeAlias

import typer

DISTRIBUTION: Final = "smintio-trading-grid-fleet"


def show_version(is_asked: bool) -> None:  # noqa: FBT001 - called back with just this
    """Print the release and end, when asked to."""
    if not is_asked:
        return
    try:
        release = version(DISTRIBUTION)
    except PackageNotFoundError:
        release = "not installed: runs from its source"
    typer.echo(f"fleet {release}")
    raise typer.Exit


Version: TypeAlias = Annotated[
    bool, typer.Option("--version", callback=show_version, is_eager=True, help="Say which release this is.")
]
