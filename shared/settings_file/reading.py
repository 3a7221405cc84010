"""Read the settings of a process, wholly or not at all."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog
from pydantic import ValidationError

from shared.addresses import is_plain_beyond_loopback
from shared.errors import Misconfigured
from shared.settings import FleetSettings
from shared.settings_file.document import read_document
from shared.settings_file.mistakes import misfits
from shared.settings_file.references import Vocabulary, dangling
from shared.settings_file.secrets import fill_in
from shared.settings_file.sections import Table, is_secret, section_model, sections

ANY_WORD: Final[Vocabulary] = MappingProxyType({})

log = structlog.get_logger(__name__)


def load_settings(
    path: Path,
    *,
    environ: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = ANY_WORD,
    hide: Callable[[str], None] = lambda _: None,
) -> FleetSettings:
    """
    Read the settings file at `path`, the files it names, and the secrets from their files or from `environ`.

    `environ` is the process's own by default; `vocabulary` are the words that regions, usages and the like may hold;
    `hide` is told every secret, now and whenever its file holds another one: give it the log's redactor.
    Raises Misconfigured with every mistake there is, one sentence a line: file, key, what was found, what is allowed.
    """
    document = read_document(path)
    _open_secret_sections(document.tables)
    found = list(sections(FleetSettings, document.tables))
    mistakes = [*document.mistakes, *dangling(found, vocabulary)]
    mistakes += fill_in(found, folder=path.parent, environ=os.environ if environ is None else environ, hide=hide)
    said = {mistake.place for mistake in mistakes}
    try:
        settings = FleetSettings.model_validate(document.tables)
    except ValidationError as fault:
        mistakes += [mistake for mistake in misfits(fault) if mistake.place not in said]
    else:
        if not mistakes:
            _warn_of_plain_addresses(settings)
            return settings
    mistakes.sort(key=lambda mistake: [str(part) for part in mistake.place])  # what belongs together reads together
    raise Misconfigured("\n".join(map(document.sentence, mistakes))) from None


def _open_secret_sections(tables: Table) -> None:
    """Let a section be left out of which nothing but secrets is asked: the environment may hold them."""
    for name, field in FleetSettings.model_fields.items():
        model = section_model(field.annotation)
        if model and all(is_secret(key) for key in model.model_fields.values() if key.is_required()):
            tables.setdefault(name, {})


def _warn_of_plain_addresses(settings: FleetSettings) -> None:
    for name, tenant in settings.tenants.items():
        for vendor, address in (
            ("smintio", tenant.smintio.identity_url),
            ("smintio", tenant.smintio.api_url),
            ("trading_grid", tenant.trading_grid.base_url),
            ("trading_grid", tenant.trading_grid.storage_url or ""),
        ):
            if is_plain_beyond_loopback(address):
                log.warning("secrets travel in the open to this address", tenant=name, vendor=vendor, address=address)
