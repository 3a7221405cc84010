"""RabbitMQ from the packages of Debian or Ubuntu: installed when root, else unpacked into the cache, without root."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Final

from ops.sandbox.servers.commands import output_of
from ops.sandbox.servers.machine import Machine, Say
from ops.sandbox.servers.rabbit_settings import RabbitHome
from ops.sandbox.servers.server_folder import server_folder
from shared.errors import Unavailable

SERVER: Final = "rabbitmq-server"
INSTALLED: Final = "usr/lib/rabbitmq/bin"  # not /usr/sbin: the wrappers there switch to the system node's user
COMMAND_WITHIN_SECONDS: Final = 600.0  # 34 MB to fetch: 8 s on a good line
ERLANG: Final = "usr/lib/erlang"
POLICY_FORBIDS: Final = 101  # Debian's interface of policy-rc.d: "action forbidden by policy"

# What the simulated installation names: the server, its Erlang, and shared libraries that a small system may lack.
PLANNED: Final = re.compile(r"^Inst (\S+)", re.MULTILINE)
# What it depends on, installed or not: alternatives that do not exist are in angle brackets, and not matched.
DEPENDENCY: Final = re.compile(rf"^({SERVER}|erlang-[a-z0-9-]+)$", re.MULTILINE)
DEPENDENCIES_ONLY: Final = tuple(
    f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
)


def installed_home(machine: Machine) -> RabbitHome | None:
    """Return an installed RabbitMQ, or None."""
    server = machine.program(SERVER, INSTALLED)
    return None if server is None else RabbitHome(server.resolve().parent)


def packaged_home(machine: Machine, say: Say) -> RabbitHome:
    """
    Get RabbitMQ from the distribution's packages; raises Unavailable when that cannot be done.

    They are installed only where the machine's own policy keeps new services from starting, as in containers.
    Elsewhere an installed RabbitMQ would start now and at every boot, with ports on all interfaces: nobody who types
    `make demo` asked for that, so there they are unpacked, for root as well.
    """
    if machine.program("apt-get") is None:
        raise Unavailable("no apt-get on this machine")
    if machine.is_root and services_stay_stopped(machine):
        install(machine, say)
        home = installed_home(machine)
        if home is None:
            raise Unavailable(f"{SERVER} was installed, but is not where Debian puts it")
        return home
    return unpacked_home(machine, say)


def services_stay_stopped(machine: Machine) -> bool:
    """Whether this machine's policy forbids that installing a package starts its service."""
    policy = machine.root / "usr/sbin/policy-rc.d"
    if not os.access(policy, os.X_OK):
        return False  # Debian asks none that it cannot run
    asked = subprocess.run([policy, SERVER, "start"], capture_output=True, check=False)  # noqa: S603  as Debian asks it
    return asked.returncode == POLICY_FORBIDS


def install(machine: Machine, say: Say) -> None:
    """Install the server for the whole machine; raises Unavailable when apt-get cannot."""
    say(f"Installing {SERVER} from this machine's package sources (34 MB, once)")
    _run(machine, "apt-get", "-q", "update")
    _run(machine, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=60", "--no-install-recommends", "install", SERVER)


def unpacked_home(machine: Machine, say: Say) -> RabbitHome:
    """Return the RabbitMQ in our cache, filled first when it is empty; raises Unavailable when it cannot be."""
    root = machine.cache / f"rabbitmq-{_distribution(machine)}"
    if not root.exists():
        say(f"Unpacking {SERVER} from this machine's package sources into {root.parent} (34 MB, once)")
        root.parent.mkdir(parents=True, exist_ok=True)
        # Whatever ends us while we fetch, half a cache does not stay behind.
        with server_folder("filling", within=root.parent) as filling:
            _unpack(machine, filling.path, root)
    return _home_in(root)


def _unpack(machine: Machine, filling: Path, root: Path) -> None:
    """Fetch and unpack beside the final place, and move there at the end: half a cache is never seen."""
    packages, unpacked = filling / "packages", filling / "root"
    for folder in (packages, filling / "lists/partial", filling / "cache/archives/partial"):
        folder.mkdir(parents=True)
    # Package lists of our own: the system's may be missing or old, and only root could renew them.
    lists = ("-q", "-o", f"Dir::State::Lists={filling}/lists", "-o", f"Dir::Cache={filling}/cache")
    _run(machine, "apt-get", *lists, "update")
    planned = _run(machine, "apt-get", *lists, "-s", "--no-install-recommends", "install", SERVER)
    needed = _run(machine, "apt-cache", *lists, "depends", "--recurse", *DEPENDENCIES_ONLY, SERVER)
    names = sorted({*PLANNED.findall(planned), *DEPENDENCY.findall(needed)})
    _run(machine, "apt-get", *lists, "download", *names, folder=packages)
    for package in packages.glob("*.deb"):
        _run(machine, "dpkg", "-x", str(package), str(unpacked))
    _relocate_erlang(unpacked, root)
    if not root.exists():
        unpacked.rename(root)


def _relocate_erlang(unpacked: Path, root: Path) -> None:
    """Point Erlang's start script at the place where it will stand; it is built for /usr/lib/erlang."""
    place = f"ROOTDIR={shlex.quote(str(root / ERLANG))}"
    for pattern in ("bin/erl", "erts-*/bin/erl"):
        for script in (unpacked / ERLANG).glob(pattern):
            script.write_text(re.sub(rf'ROOTDIR="?/{ERLANG}"?', lambda _: place, script.read_text()))


def _home_in(root: Path) -> RabbitHome:
    servers = sorted(root.glob(f"usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/{SERVER}"))
    if not servers:
        raise Unavailable(f"the unpacked packages in {root} hold no {SERVER}: remove that folder to fetch them again")
    libraries = tuple(p.parent for p in root.glob("usr/lib/*/lib*.so.*"))
    erlang = root / ERLANG
    programs = (erlang / "bin", *erlang.glob("erts-*/bin"))
    return RabbitHome(servers[-1].parent, programs, tuple(dict.fromkeys(libraries)))


def _distribution(machine: Machine) -> str:
    """Return a name for this distribution, its version and processor: packages of another do not run here."""
    release = (machine.root / "etc/os-release").read_text()
    names = dict(re.findall(r'^(ID|VERSION_ID)="?([^"\n]*)"?$', release, re.MULTILINE))
    architecture = _run(machine, "dpkg", "--print-architecture").strip()
    return "-".join((names.get("ID", "debian"), names.get("VERSION_ID", "testing"), architecture))


def _run(machine: Machine, name: str, *arguments: str, folder: Path | None = None) -> str:
    program = machine.program(name)
    if program is None:
        raise Unavailable(f"no {name} on this machine")
    environment = {**machine.environment, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    command: list[str | Path] = [program, *arguments]
    return output_of(command, environment=environment, within_seconds=COMMAND_WITHIN_SECONDS, folder=folder)
