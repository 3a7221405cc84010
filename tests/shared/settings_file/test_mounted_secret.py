from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr
from structlog.testing import capture_logs

from shared.errors import Misconfigured
from shared.settings_file.mounted_secret import MountedSecret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("first\n")
    return path


class Account(BaseModel):
    password: SecretStr


def test_a_rotated_secret_is_what_the_next_connection_gets(file: Path) -> None:
    seen: list[str] = []
    account = Account(password=MountedSecret(file, seen.append))

    file.write_text("second\n")

    assert "second" == account.password.get_secret_value()
    assert ["first", "second"] == seen


@pytest.mark.parametrize("text", ["", "\n", "half\nwritten"])
def test_a_file_of_no_use_keeps_the_former_value_and_warns(file: Path, text: str) -> None:
    secret = MountedSecret(file, lambda _: None)
    file.write_text(text)

    with capture_logs() as logged:
        value = secret.get_secret_value()

    assert "first" == value
    assert [("warning", str(file))] == [(line["log_level"], line["file"]) for line in logged]
    assert "half" not in str(logged)


def test_a_file_that_is_gone_keeps_the_former_value_until_it_is_back(file: Path) -> None:
    secret = MountedSecret(file, lambda _: None)
    file.unlink()
    while_gone = secret.get_secret_value()
    file.write_text("third")

    assert ("first", "third") == (while_gone, secret.get_secret_value())


def test_a_secret_that_was_never_there_is_refused_without_its_content(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        MountedSecret(tmp_path / "nothing", lambda _: None)


def test_showing_a_secret_neither_shows_nor_reads_it(file: Path) -> None:
    secret = MountedSecret(file, lambda _: None)
    file.unlink()

    with capture_logs() as logged:
        shown = f"{secret} {secret!r}"

    assert "first" not in shown
    assert [] == logged
