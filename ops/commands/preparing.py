"""What must be there before the first process: `fleet migrate`, `fleet topology apply`."""

import typer

from ops.commands.options import settings_of
from shared.messaging import declaring
from shared.messaging.topology import topology
from shared.store import migrate as migrations

topology_commands = typer.Typer(no_args_is_help=True, help="Exchanges, queues and bindings at the broker.")


def migrate(context: typer.Context) -> None:
    """Create the database's tables, or bring them to this release."""
    migrations.upgrade(settings_of(context).database.url.get_secret_value())
    typer.echo("database is up to date")


@topology_commands.command("apply")
def topology_apply(context: typer.Context) -> None:
    """Declare what is missing. Nothing is deleted; what differs is named, with the way out."""
    new = declaring.apply(settings_of(context).broker.url.get_secret_value(), topology())
    typer.echo(f"new queues: {', '.join(new)}" if new else "broker is up to date")
