"""RabbitMQ comes from the distribution's packages without a service starting, and without root."""

import os
from pathlib import Path

import pytest

from ops.sandbox.servers import debian_packages
from ops.sandbox.servers.machine import Machine
from ops.sandbox.servers.rabbit_node import private_node
from shared.errors import Unavailable

FORBIDS, ALLOWS = "exit 101", "exit 0"


def machine(root: Path, *, policy: str | None) -> Machine:
    if policy is not None:
        script(root / "usr/sbin/policy-rc.d", policy)
    return Machine({"PATH": str(root / "bin"), "HOME": str(root)}, root)


def script(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("policy", "expected"),
    {
        "a container forbids it": (FORBIDS, True),
        "an administrator's policy allows it": (ALLOWS, False),
        "no policy: it would start": (None, False),
    }.values(),
)
def test_services_stay_stopped_only_where_the_machines_own_policy_says_so(
    policy: str | None,
    expected: bool,  # noqa: FBT001  a column of the table
    tmp_path: Path,
) -> None:
    assert expected == debian_packages.services_stay_stopped(machine(tmp_path, policy=policy))


@pytest.mark.requires("root")
@pytest.mark.parametrize(("policy", "installs"), [(FORBIDS, True), (ALLOWS, False), (None, False)])
def test_root_installs_only_where_no_service_would_start(
    policy: str | None,
    installs: bool,  # noqa: FBT001  a column of the table
    tmp_path: Path,
) -> None:
    here = machine(tmp_path, policy=policy)
    calls = tmp_path / "calls"
    script(tmp_path / "bin/apt-get", f'echo "$@" >> {calls}', "exit 100")
    script(tmp_path / "bin/dpkg", "echo amd64")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')

    with pytest.raises(Unavailable, match="apt-get ended with status 100"):
        debian_packages.packaged_home(here, lambda _: None)

    assert installs == ("Dir::State::Lists" not in calls.read_text())


def test_an_empty_cache_stays_empty_when_the_packages_cannot_be_had(tmp_path: Path) -> None:
    here = machine(tmp_path, policy=None)
    script(tmp_path / "bin/apt-get", "echo no network >&2", "exit 100")
    script(tmp_path / "bin/dpkg", "echo amd64")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=ubuntu\nVERSION_ID=24.04\n")

    with pytest.raises(Unavailable, match="no network"):
        debian_packages.unpacked_home(here, lambda _: None)

    assert [] == list(here.cache.iterdir())


@pytest.mark.requires("debian packages")
@pytest.mark.broker
def test_unpacked_packages_run_a_node_and_are_fetched_once(tmp_path: Path) -> None:
    here = Machine({**os.environ, "XDG_CACHE_HOME": str(tmp_path)})
    told: list[str] = []

    home = debian_packages.unpacked_home(here, told.append)
    with private_node(home) as node:
        erlang = node.ctl("eval", "code:root_dir().")
    again = debian_packages.unpacked_home(here, told.append)

    assert 1 == len(told)
    assert home == again
    assert f'"{here.cache}/' in erlang
    assert [home.scripts.relative_to(here.cache).parts[0]] == [path.name for path in here.cache.iterdir()]
