"""Tests that this machine cannot run are listed, and tests whose server is missing are skipped aloud or fail in CI."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ops.sandbox.broker import BrokerAtHand, broker_at_hand
from ops.sandbox.servers.machine import Machine
from tests import selection
from tests.servers import at_hand_or_told, broker_of_the_run

TESTS = """
    import pytest

    @pytest.mark.requires("here")
    def test_runs(): pass

    @pytest.mark.requires("nowhere")
    def test_cannot_run(): pass

    @pytest.mark.requires("nowhere")
    @pytest.mark.requires("here")
    def test_cannot_run_either(): pass

    @pytest.mark.slow
    def test_is_left_out_by_choice(): pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setattr(selection, "ENVIRONMENTS", {"here": lambda _: True, "nowhere": lambda _: False})
    pytester.makepyfile(TESTS)
    pytester.makeini("[pytest]\nmarkers = slow\n")
    return pytester


def broker_of_nothing(folder: Path) -> AbstractContextManager[BrokerAtHand]:
    return at_hand_or_told(broker_at_hand(Machine({"PATH": ""}, folder)))


def report_of(project: pytest.Pytester) -> object:
    return json.loads((project.path / selection.REPORT).read_text())


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_tests_that_cannot_run_here_are_listed_by_what_they_lack(project: pytest.Pytester, processes: str) -> None:
    if processes != "-n0":
        project.makeconftest(
            "from tests import selection\n"
            "selection.ENVIRONMENTS.update({'here': lambda _: True, 'nowhere': lambda _: False})\n"
        )

    result = project.runpytest_inprocess("-p", "tests.selection", "-m", "not slow", processes)

    result.assert_outcomes(passed=1, deselected=3 if processes == "-n0" else 0)
    result.stdout.fnmatch_lines(["*no nowhere here: 2 (listed in build/tests.json)*"])
    module = f"{test_tests_that_cannot_run_here_are_listed_by_what_they_lack.__name__}.py"
    listed = [f"{module}::test_cannot_run", f"{module}::test_cannot_run_either"]
    assert {"run": 1, "deselected": {"nowhere": listed}} == report_of(project)


def test_an_environment_that_nobody_knows_is_an_error(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n@pytest.mark.requires('dokcer')\ndef test_misspelt(): pass\n")

    result = project.runpytest_inprocess("-p", "tests.selection")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["*requires 'dokcer'; known are here, nowhere*"])


@pytest.mark.parametrize("variable", ["true", "1", "TRUE"])
def test_a_missing_server_fails_in_ci(variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", variable)

    with pytest.raises(pytest.fail.Exception, match="There is no RabbitMQ at hand"), broker_of_nothing(tmp_path):
        pass


@pytest.mark.parametrize("variable", ["", "false", "0"])
def test_a_missing_server_skips_on_a_laptop_and_says_why(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", variable)

    with pytest.raises(pytest.skip.Exception, match="There is no RabbitMQ at hand"), broker_of_nothing(tmp_path):
        pass


@pytest.mark.broker
def test_the_processes_of_a_run_share_one_node_for_as_long_as_one_of_them_lives(tmp_path: Path) -> None:
    shared = tmp_path / "broker.json"
    with at_hand_or_told(broker_of_the_run(shared)) as first:
        if first.node is None:
            pytest.skip("the broker of this machine is not ours, and needs no sharing")
        with broker_of_the_run(shared) as second:
            assert (first.url, first.version, None) == (second.url, second.version, second.node)

    assert not first.node.folder.path.exists()
