"""The settings files to begin with, written from a few answers. Pure."""

import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.addresses import WebAddress
from shared.errors import Misconfigured
from shared.events import TenantName
from shared.settings_file.mistakes import allowed
from shared.settings_file.secrets import variable_of

FILES: Final = ("fleet.toml", "communities.toml", "publications.toml")

_TENANT_LABEL: Final = re.compile(r"https://(?P<label>[a-z0-9-]+)\.smint\.io/?")
_DATABASES: Final = {
    "sqlite": """\
# One host only; the file is in the folder in which the fleet starts. For more hosts, a PostgreSQL:
# url_file = "secrets/database_url".
url = "sqlite:///fleet.sqlite\"""",
    "postgresql": """\
# postgresql+psycopg://user:password@host/name. Or set FLEET_DATABASE_URL.
url_file = "secrets/database_url\"""",
}


class Answers(BaseModel):
    """What settings cannot be written without. A path that is left out is left to be filled in."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    tenant: TenantName
    smintio_identity: WebAddress
    smintio_api: WebAddress
    smintio_client: str = Field(min_length=1)
    trading_grid: WebAddress
    trading_grid_tenant: str = Field(min_length=1)
    trading_grid_client: str = Field(min_length=1)
    hub_company: str = Field(min_length=1)
    metadata_path: str | None = None
    licences_path: str | None = None
    binaries_path: str | None = None
    database: Literal["sqlite", "postgresql"] = "sqlite"


def answers_of(given: Mapping[str, str | None]) -> Answers:
    """Read answers by the names of the options; raises Misconfigured with one sentence for each that is wrong."""
    try:
        return Answers.model_validate({name: answer for name, answer in given.items() if answer is not None})
    except ValidationError as fault:
        errors = fault.errors(include_input=False, include_url=False)
    raise Misconfigured("\n".join(f"{option(str(error['loc'][0]))}: allowed: {allowed(error)}" for error in errors))


def option(name: str) -> str:
    """Return how an answer is given on the command line."""
    return f"--{name.replace('_', '-')}"


def api_of(identity: str) -> str | None:
    """Return the licensing API of a Smint.io tenant; None for a host of another form (inferred, dossier 2)."""
    match = _TENANT_LABEL.fullmatch(identity)
    return f"https://{match['label']}.clapi.smint.io/consumer/v1" if match else None


def secret_files(answers: Answers) -> tuple[str, ...]:
    """Return the names of the files, in the folder `secrets`, that the settings expect."""
    always = ("broker_url", "smintio_client_secret", "smintio_refresh_token", "trading_grid_client_secret")
    return (*always, "database_url") if answers.database == "postgresql" else always


def texts(answers: Answers) -> dict[str, str]:
    """Return the text of each of FILES."""
    quoted = {
        name: _in_toml(value)
        for name, value in answers
        if isinstance(value, str) and name not in {"tenant", "database"}
    }
    words = quoted | {
        "tenant": answers.tenant,
        "variable": variable_of(("tenants", answers.tenant, "smintio", "client_secret")),
        "database": _DATABASES[answers.database],
        "metadata_path": _path("generic_metadata", answers.metadata_path),
        "licences_path": _path("license_purchase_transactions", answers.licences_path),
        "binaries_path": _path("binaries", answers.binaries_path) + " # may name {cart} and {licence}",
    }
    templates = files("ops.commands") / "templates"
    return {name: Template((templates / name).read_text(encoding="utf-8")).substitute(words) for name in FILES}


def _path(key: str, path: str | None) -> str:
    return f"# {key} =" if path is None else f"{key} = {_in_toml(path)}"


def _in_toml(text: str) -> str:
    """Write `text` as a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
