"""What every command is told: which settings file. Reading it also sets up the log, cleaned of the secrets it names."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from shared.logs import configure_logs
from shared.redaction import Redactor
from shared.rights.vocabulary import VENDOR_KEYS
from shared.settings import FleetSettings
from shared.settings_file.reading import load_settings

# The words of settings that are the vendor's: one misspelt would make every right unknown, and nobody would be told.
WORDS: Final = {name: VENDOR_KEYS[name].meanings for name in VENDOR_KEYS.dimensions} | {
    "regions": VENDOR_KEYS["geographies"].meanings,
    "channels": VENDOR_KEYS["distributions"].meanings,
}


def settings_path(context: typer.Context) -> Path:
    """Return the settings file of this call."""
    path = context.find_root().obj
    assert isinstance(path, Path)  # noqa: S101 - set by the root command
    return path


def settings_of(context: typer.Context) -> FleetSettings:
    """
    Read the settings of this call and log as they say.

    Raises Misconfigured with every mistake of the file, one sentence a line.
    """
    settings, log_as = settings_and_log(context)
    log_as(context.info_name or "fleet")
    return settings


def settings_and_log(context: typer.Context) -> tuple[FleetSettings, Callable[[str], None]]:
    """Read the settings, and return them with what makes a process log as they say, under the name it is given."""
    redactor = Redactor()
    configure_logs(process=context.info_name or "fleet", redactor=redactor)
    settings = load_settings(settings_path(context), vocabulary=WORDS, hide=redactor.hide)

    def log_as(process: str) -> None:
        configure_logs(process=process, redactor=redactor, level=settings.log_level)

    return settings, log_as
