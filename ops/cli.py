"""`fleet`: one command for whoever runs the fleet."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.commands import demo, initialising, preparing, processes, settings, status
from ops.commands.version import Version
from shared.errors import FleetError, Misconfigured

FAILED: Final = 1
MISCONFIGURED: Final = 2

commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, secrets among them
    help="Get governed creative assets safely from Smint.io to partner communities in Trading Grid, and back.",
)


@commands.callback()
def root(
    context: typer.Context,
    path: Annotated[Path, typer.Option("--settings", envvar="FLEET_SETTINGS", help="The settings file.")] = Path(
        "fleet.toml"
    ),
    version: Version = False,  # noqa: ARG001, FBT002 - answered by its own callback
) -> None:
    """Remember which settings this call is about."""
    context.obj = path


commands.command()(initialising.init)
commands.add_typer(settings.settings_commands, name="settings")
commands.command()(preparing.migrate)
commands.add_typer(preparing.topology_commands, name="topology")
commands.command()(processes.up)
commands.command()(processes.poll)
commands.command()(processes.work)
commands.command()(processes.archive)
commands.command()(status.status)
commands.command()(demo.demo)


def app() -> None:
    """Run the command that was asked for; an error that the fleet knows ends in its sentence: 2 is for settings."""
    try:
        commands()
    except FleetError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(MISCONFIGURED if isinstance(fault, Misconfigured) else FAILED)


if __name__ == "__main__":
    app()
