"""`fleet settings`: what the settings say, and what is wrong with them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from ops.commands.options import settings_of, settings_path
from shared.settings import FleetSettings, TenantSettings

settings_commands = typer.Typer(no_args_is_help=True, help="Look at the settings.")


@settings_commands.callback()
def root() -> None:
    """Look at the settings."""


@settings_commands.command()
def check(context: typer.Context) -> None:
    """Say all that is wrong, by file and key, with exit status 2; or, in short, what is there."""
    settings = settings_of(context)
    typer.echo(f"{settings_path(context)} is right.")
    for line in _summary(settings):
        typer.echo(line)


def _summary(settings: FleetSettings) -> Iterator[str]:
    yield f"broker    {_host(settings.broker.url)}"
    yield f"database  {_host(settings.database.url)}"
    for name, tenant in settings.tenants.items():
        yield f"tenant    {name}"
        yield from (f"  {line}" for line in _of_tenant(tenant))


def _of_tenant(tenant: TenantSettings) -> Iterator[str]:
    yield f"Smint.io      {tenant.smintio.identity_url}, read every {tenant.smintio.poll_every}"
    yield f"Trading Grid  {tenant.trading_grid.base_url}, as {tenant.trading_grid.profile} describes it"
    yield f"communities   {', '.join(tenant.communities) or 'none: nothing will be published'}"
    yield f"publications  {', '.join(tenant.publications) or 'none: nothing will be published'}"


def _host(address: SecretStr) -> str:
    """Return the address without user, password and parameters."""
    parts = urlsplit(address.get_secret_value())
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
