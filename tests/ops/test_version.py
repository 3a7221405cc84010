import pytest
import typer
from typer.testing import CliRunner

from ops.commands import version
from ops.commands.version import DISTRIBUTION, Version

commands = typer.Typer(no_args_is_help=True)


@commands.callback()
def root(*, version: Version = False) -> None:
    assert not version


@commands.command()
def work() -> None:
    typer.echo("works")


@pytest.mark.parametrize(("installed", "said"), [("pydantic", "fleet 2"), ("no-such-thing", "fleet not installed")])
def test_the_release_is_said_in_place_of_work(installed: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "DISTRIBUTION", installed)

    result = CliRunner().invoke(commands, ["--version", "work"])

    assert 0 == result.exit_code
    assert result.stdout.startswith(said)
    assert "works" not in result.stdout


def test_without_being_asked_it_says_nothing() -> None:
    assert "works\n" == CliRunner().invoke(commands, ["work"]).stdout


def test_the_release_is_looked_up_under_the_projects_name() -> None:
    assert "smintio-trading-grid-fleet" == DISTRIBUTION
