"""`fleet init`: write settings to begin with, and an empty file for each secret."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from ops.commands.first_settings import FILES, Answers, answers_of, api_of, option, secret_files, texts
from shared.errors import Misconfigured

QUESTIONS: Final = {
    "tenant": "A short name for the customer (a-z, 0-9, _ and -)",
    "smintio_identity": "Address of the Smint.io tenant, such as https://acme.smint.io",
    "smintio_api": "Address of its licensing API",
    "smintio_client": "Client id at Smint.io",
    "trading_grid": "Address of the Trading Grid API",
    "trading_grid_tenant": "Tenant id at Trading Grid",
    "trading_grid_client": "Client id at Trading Grid",
    "hub_company": "Id of your own company in Trading Grid",
}


def init(  # noqa: PLR0913 - one option an answer
    *,
    tenant: Annotated[str | None, typer.Option(help="A short name for the customer.")] = None,
    smintio_identity: Annotated[str | None, typer.Option(help="Address of the Smint.io tenant.")] = None,
    smintio_api: Annotated[str | None, typer.Option(help="Address of its licensing API, if not the usual.")] = None,
    smintio_client: Annotated[str | None, typer.Option(help="Client id at Smint.io.")] = None,
    trading_grid: Annotated[str | None, typer.Option(help="Address of the Trading Grid API.")] = None,
    trading_grid_tenant: Annotated[str | None, typer.Option(help="Tenant id at Trading Grid.")] = None,
    trading_grid_client: Annotated[str | None, typer.Option(help="Client id at Trading Grid.")] = None,
    hub_company: Annotated[str | None, typer.Option(help="Id of your own company in Trading Grid.")] = None,
    metadata_path: Annotated[str | None, typer.Option(help="Path of Smint.io's catalogues.")] = None,
    licences_path: Annotated[str | None, typer.Option(help="Path of Smint.io's feed of licences.")] = None,
    binaries_path: Annotated[str | None, typer.Option(help="Path of a licence's files.")] = None,
    database: Annotated[Literal["sqlite", "postgresql"], typer.Option(help="sqlite serves one host.")] = "sqlite",
    into: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace settings that are there. Secrets stay.")] = False,
) -> None:
    """Write commented settings; asks for what no option says. Secrets are never asked for."""
    _assert_free(into, force=force)
    given = {
        "tenant": tenant,
        "smintio_identity": smintio_identity,
        "smintio_api": smintio_api,
        "smintio_client": smintio_client,
        "trading_grid": trading_grid,
        "trading_grid_tenant": trading_grid_tenant,
        "trading_grid_client": trading_grid_client,
        "hub_company": hub_company,
    }
    paths = {"metadata_path": metadata_path, "licences_path": licences_path, "binaries_path": binaries_path}
    answers = answers_of(_asked(given) | paths | {"database": database})
    _write(into, answers)
    _tell_what_is_next(into, answers)


def _asked(given: dict[str, str | None]) -> dict[str, str | None]:
    """Ask, in order, for what was not given."""
    answers = dict(given)
    for name, question in QUESTIONS.items():
        if answers[name] is None and name == "smintio_api":
            answers[name] = api_of(answers["smintio_identity"] or "")
        if answers[name] is None:
            answers[name] = _answer(name, question)
    return answers


def _answer(name: str, question: str) -> str:
    try:
        return str(typer.prompt(question, err=True)).strip()
    except typer.Abort:
        raise Misconfigured(f"fleet init: no answer to {question!r}; say it with {option(name)}") from None


def _assert_free(into: Path, *, force: bool) -> None:
    there = [name for name in FILES if os.path.lexists(into / name)]
    if there and not force:
        raise Misconfigured(f"{into}: found {', '.join(there)}, which --force replaces; nothing was written")


def _write(into: Path, answers: Answers) -> None:
    try:
        secrets = into / "secrets"
        secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in texts(answers).items():
            (into / name).write_text(text, encoding="utf-8")
        _create(secrets / ".gitignore", b"*\n")
        for name in secret_files(answers):
            _create(secrets / name, b"")
    except OSError as fault:
        raise Misconfigured(f"{fault.filename or into}: cannot be written ({fault.strerror})") from None


def _create(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, unless it is there: what it holds may be a secret already."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        return


def _tell_what_is_next(into: Path, answers: Answers) -> None:
    empty = [name for name in secret_files(answers) if not (into / "secrets" / name).stat().st_size]
    for line in _next_steps(into, answers, empty):
        typer.echo(line)


def _next_steps(into: Path, answers: Answers, empty: Iterable[str]) -> Iterable[str]:
    yield f"Wrote {', '.join(str(into / name) for name in FILES)}."
    yield "Next:"
    if listed := ", ".join(empty):
        yield f"  put each secret into its file in {into / 'secrets'}, with an editor, in one line: {listed}"
        yield "  (the files have mode 600, which only you can read: keep it so)"
    if None in {answers.metadata_path, answers.licences_path, answers.binaries_path}:
        yield f"  fill in the paths of the licensing reads in {into / 'fleet.toml'}"
    yield f"  name your communities in {into / 'communities.toml'}, and what they get in {into / 'publications.toml'}"
    yield f"  fleet --settings {into / 'fleet.toml'} settings check"
