import stat
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from ops.commands.first_settings import Answers, texts
from ops.commands.initialising import init
from ops.commands.settings import settings_commands
from ops.commands.status import status
from shared.errors import Misconfigured
from shared.settings_file.reading import load_settings

MARKER = "mArK3r-53cr3t"
GIVEN = {
    "--tenant": "acme",
    "--smintio-identity": "https://acme.smint.io",
    "--smintio-client": "acme-fleet",
    "--trading-grid": "https://tg.example.com",
    "--trading-grid-tenant": "t-1",
    "--trading-grid-client": "fleet",
    "--hub-company": "1",
}
PATHS = {"--metadata-path": "metadata", "--licences-path": "licences", "--binaries-path": "files/{cart}/{licence}"}
SECRETS = {
    "broker_url": f"amqp://fleet:{MARKER}@127.0.0.1/fleet",
    "smintio_client_secret": MARKER,
    "smintio_refresh_token": MARKER,
    "trading_grid_client_secret": MARKER,
}

commands = typer.Typer()
commands.command()(init)
commands.add_typer(settings_commands, name="settings")
commands.command()(status)


@commands.callback()
def root(context: typer.Context, settings: Path = Path("fleet.toml")) -> None:
    context.obj = settings


def fleet(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(commands, arguments, input=answers)


def init_in(folder: Path, *more: str, given: dict[str, str] | None = None, answers: str = "") -> Result:
    options = [part for pair in (GIVEN | PATHS if given is None else given).items() for part in pair]
    return fleet("init", "--into", str(folder), *options, *more, answers=answers)


def fill_in_secrets(folder: Path) -> None:
    for name, secret in SECRETS.items():
        (folder / "secrets" / name).write_text(f"{secret}\n")


def message(result: Result) -> str:
    assert isinstance(result.exception, Misconfigured)
    return str(result.exception)


def test_what_init_writes_is_right_once_the_secrets_are_in_their_files(tmp_path: Path) -> None:
    assert 0 == init_in(tmp_path).exit_code
    fill_in_secrets(tmp_path)

    result = fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check")

    assert 0 == result.exit_code
    assert f"{tmp_path / 'fleet.toml'} is right." in result.stdout
    assert "broker    amqp://127.0.0.1/fleet" in result.stdout
    assert "communities   none: nothing will be published" in result.stdout
    assert MARKER not in result.output


def test_what_init_writes_says_what_was_answered(tmp_path: Path) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)

    acme = load_settings(tmp_path / "fleet.toml", environ={}).tenants["acme"]

    assert "https://acme.smint.io" == acme.smintio.identity_url
    assert "https://acme.clapi.smint.io/consumer/v1" == acme.smintio.api_url
    assert "files/{cart}/{licence}" == acme.smintio.operations.binaries
    assert ("t-1", "fleet", "1") == (
        acme.trading_grid.tenant_id,
        acme.trading_grid.client_id,
        acme.trading_grid.hub_company,
    )


def test_before_the_secrets_are_there_check_asks_for_each_of_them(tmp_path: Path) -> None:
    init_in(tmp_path)

    said = message(fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check"))

    assert len(SECRETS) == len(said.splitlines())
    assert all(f"/secrets/{name} is empty" in said for name in SECRETS)


def test_paths_that_nobody_knows_yet_are_asked_for_by_check(tmp_path: Path) -> None:
    result = init_in(tmp_path, given=GIVEN)
    fill_in_secrets(tmp_path)

    said = message(fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check"))

    assert "fill in the paths of the licensing reads" in result.stdout
    assert ["binaries", "generic_metadata", "license_purchase_transactions"] == [
        line.split(": ")[1].rpartition(".")[2] for line in said.splitlines()
    ]


def test_the_examples_in_the_comments_are_right(tmp_path: Path) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    for name in ("communities.toml", "publications.toml"):
        text = (tmp_path / name).read_text()
        example = text[text.index("# [") :].splitlines()
        (tmp_path / name).write_text("\n".join(line.removeprefix("#").removeprefix(" ") for line in example))

    acme = load_settings(tmp_path / "fleet.toml", environ={}).tenants["acme"]

    assert ["example-germany"] == list(acme.communities)
    assert ["example-brand-images"] == list(acme.publications)
    assert ("example-germany",) == acme.publications["example-brand-images"].audience.communities


def test_secrets_have_a_place_that_only_their_owner_can_read(tmp_path: Path) -> None:
    result = init_in(tmp_path)

    folder = tmp_path / "secrets"
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert dict.fromkeys(SECRETS, 0o600) == {name: stat.S_IMODE((folder / name).stat().st_mode) for name in SECRETS}
    assert "*\n" == (folder / ".gitignore").read_text()
    assert "mode 600" in result.stdout


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "communities.toml").write_text("# mine")

    said = message(init_in(tmp_path))

    assert f"{tmp_path}: found communities.toml, which --force replaces; nothing was written" == said
    assert ["communities.toml"] == [path.name for path in tmp_path.iterdir()]
    assert "# mine" == (tmp_path / "communities.toml").read_text()


def test_force_replaces_settings_and_never_a_secret(tmp_path: Path) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    (tmp_path / "communities.toml").write_text("# mine")

    result = init_in(tmp_path, "--force")

    assert 0 == result.exit_code
    assert "# mine" != (tmp_path / "communities.toml").read_text()
    assert f"{SECRETS['broker_url']}\n" == (tmp_path / "secrets" / "broker_url").read_text()
    assert "put each secret" not in result.stdout


def test_what_no_option_says_is_asked_for(tmp_path: Path) -> None:
    answers = "acme\nhttps://acme.example.com\nhttps://api.example.com\nme\nhttps://tg.example.com\nt\nf\n7\n"

    result = init_in(tmp_path, given=PATHS, answers=answers)
    fill_in_secrets(tmp_path)

    assert 0 == result.exit_code
    acme = load_settings(tmp_path / "fleet.toml", environ={}).tenants["acme"]
    assert ("https://api.example.com", "me", "7") == (
        acme.smintio.api_url,
        acme.smintio.client_id,
        acme.trading_grid.hub_company,
    )


def test_a_question_that_nobody_answers_names_its_option(tmp_path: Path) -> None:
    said = message(init_in(tmp_path, given={"--tenant": "acme"}))

    assert said.endswith("say it with --smintio-identity")
    assert [] == list(tmp_path.iterdir())


def test_wrong_answers_are_one_sentence_each_and_nothing_is_written(tmp_path: Path) -> None:
    wrong = {"--tenant": "ACME!", "--trading-grid": f"https://u:{MARKER}@tg.example.com", "--hub-company": ""}

    said = message(init_in(tmp_path, given=GIVEN | wrong)).splitlines()

    assert ["--tenant", "--trading-grid", "--hub-company"] == [line.partition(":")[0] for line in said]
    assert not any(MARKER in line for line in said)
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert message(init_in(tmp_path / "file")).startswith(str(tmp_path / "file"))


NASTY = 'a"b\\c\n[broker]\nx = 1\x7f ü€😀 $tenant ${x} # no comment'


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_an_answer_cannot_break_out_of_its_quotes(tmp_path: Path, database: str) -> None:
    init_in(tmp_path, "--database", database, given=GIVEN | PATHS | {"--hub-company": NASTY, "--smintio-client": NASTY})
    fill_in_secrets(tmp_path)
    environ = {"FLEET_DATABASE_URL": "postgresql+psycopg://db/fleet"} if database == "postgresql" else {}

    settings = load_settings(tmp_path / "fleet.toml", environ=environ)

    assert NASTY == settings.tenants["acme"].trading_grid.hub_company
    assert NASTY == settings.tenants["acme"].smintio.client_id
    assert settings.database.url.get_secret_value().startswith(database)


def test_a_tenant_with_a_hyphen_is_told_its_variables_name() -> None:
    answers = Answers(
        tenant="acme-eu",
        smintio_identity="https://acme.smint.io",
        smintio_api="https://acme.clapi.smint.io/consumer/v1",
        smintio_client="x",
        trading_grid="https://tg.example.com",
        trading_grid_tenant="x",
        trading_grid_client="x",
        hub_company="1",
    )

    assert "FLEET_TENANTS_ACME_EU_SMINTIO_CLIENT_SECRET" in texts(answers)["fleet.toml"]


def test_no_option_of_init_takes_a_secret() -> None:
    """A command line can be read by every user of the machine."""
    assert not [name for name in Answers.model_fields if "secret" in name or "token" in name or "password" in name]
    assert SecretStr not in [field.annotation for field in Answers.model_fields.values()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('regions = ["europe_germani"]', 'found "europe_germani"'),
        ('languages = ["german"]', 'found "german"'),
        ('industries = ["retail"]', 'found "retail"'),
        ('companies = [""]', "companies"),
    ],
)
def test_a_word_that_no_right_could_be_judged_by_stops_the_check(tmp_path: Path, line: str, found: str) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    companies = "" if line.startswith("companies") else 'companies = ["1002"]\n'
    (tmp_path / "communities.toml").write_text(f'[germany]\nspace = "4711"\n{companies}{line}\n')

    said = message(fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check"))

    assert "communities.toml: germany" in said
    assert found in said


def test_an_unknown_use_stops_the_check(tmp_path: Path) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    (tmp_path / "publications.toml").write_text(
        '[all]\ntitle = "All"\nfolder = "All"\nassets = {}\naudience = {}\nuse = { usages = ["marketing_any"] }\n'
    )

    assert 'found "marketing_any"' in message(fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check"))


def test_the_status_of_a_database_that_was_never_migrated_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert "run `fleet migrate`" in message(fleet("--settings", "fleet.toml", "status"))


def test_the_examples_in_the_files_that_init_writes_are_right_once_they_are_no_comment(tmp_path: Path) -> None:
    init_in(tmp_path)
    fill_in_secrets(tmp_path)
    for name in ("communities.toml", "publications.toml"):
        lines = (tmp_path / name).read_text().splitlines()
        examples = [line.removeprefix("# ") for line in lines if line.startswith("# [") or " = " in line]
        (tmp_path / name).write_text("\n".join(examples))

    assert 0 == fleet("--settings", str(tmp_path / "fleet.toml"), "settings", "check").exit_code
