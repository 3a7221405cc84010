"""`fleet status`: what stands, what is due, what waits for a person."""

import json
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ops.commands.options import settings_of
from ops.processes.fleet_process import open_database
from ops.status import TenantStatus, status_of

COLUMNS: Final = ("tenant", "stand", "gone", "to come", "to go", "refused", "unknown", "held", "dead", "oldest due")


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what stands in the communities, what is due, and what waits for a person."""
    settings = settings_of(context)
    with open_database(settings) as database:
        found = [status_of(database, tenant) for tenant in settings.tenants]
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in found], indent=2))
    else:
        Console().print(_table(found))


def _table(found: list[TenantStatus]) -> Table:
    table = Table(title="Documents in partner communities")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "tenant" else "right")
    for one in found:
        oldest = "-" if one.oldest_unmade_seconds is None else f"{one.oldest_unmade_seconds:.0f} s"
        counts = (
            one.delivered, one.withdrawn, one.to_deliver, one.to_withdraw, one.refused, one.unknown, one.held, one.dead,
        )  # fmt: skip
        table.add_row(one.tenant, *map(str, counts), oldest)
    return table
