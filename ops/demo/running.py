"""
Run a demo: start everything, play the scenario while the checker watches, stop everything, judge.

What can start at the same time does: the simulated vendors, the database's tables and the fleet's own imports while the
queues settle. Nothing is left running, however a demo ends: children end with this process, and so does the broker.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx

from ops.demo.accounts import read_accounts
from ops.demo.progress import Tell
from ops.demo.report import Outcome
from ops.processes.children import end_child, start_child
from ops.sandbox.addresses import Addresses
from ops.sandbox.broker import BrokerAtHand, broker_at_hand
from ops.sandbox.checker import Checker, CheckResult, View
from ops.sandbox.people import Administrator, MarketingManager
from ops.sandbox.playing import Play
from ops.sandbox.scenario import DEMO, load_scenario
from ops.sandbox.scenario_parts import Step
from ops.sandbox.settings_for import write_settings
from shared.clock import SystemClock
from shared.errors import Unavailable
from shared.messaging import declaring
from shared.messaging.topology import topology
from shared.store import migrate

PLAYED_WITHIN_SECONDS: Final = 90.0
SANDBOX_WITHIN_SECONDS: Final = (
    60.0  # it starts in 3 s; a machine that compiles everything for the first time takes long
)
SETTINGS_WITHIN_SECONDS: Final = 300.0  # the broker's packages may have to be fetched first
LOOK_EVERY_SECONDS: Final = 0.4  # well below a second; the partners' logs miss nothing between two looks
QUIET_SECONDS: Final = 0.6  # an effect too many comes just after the last one that was expected
FLEET_ENDS_WITHIN_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Folder:
    """Where a demo keeps what it makes."""

    path: Path

    @property
    def database_url(self) -> str:
        """The fleet's memory."""
        return f"sqlite:///{self.path.resolve() / 'fleet.sqlite'}"

    @property
    def settings(self) -> Path:
        """Where the fleet finds its settings, as soon as there is a broker to name in them."""
        return self.path / "fleet.toml"

    @property
    def port_file(self) -> Path:
        """Where the simulated vendors say that they are there."""
        return self.path / "addresses.json"

    def log(self, name: str) -> Path:
        """Return the file that the output of a process goes to."""
        return self.path / f"{name}.log"

    def make_anew(self) -> None:
        """Forget an earlier demo."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True, mode=0o700)

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.path, ignore_errors=True)


@dataclass(frozen=True)
class Staging:
    """What is played, by which fleet, and what happens to it meanwhile."""

    folder: Folder
    scenario: Path = DEMO
    fleet: tuple[str, ...] = (sys.executable, "-m", "ops.cli")
    played_within_seconds: float = PLAYED_WITHIN_SECONDS
    meanwhile: Callable[[Path], AbstractContextManager[None]] = lambda _log: nullcontext()
    """Entered while the fleet runs, with the path of its log."""
    settle: Callable[[float], None] = time.sleep
    """How new queues are given time; one that nobody kills needs none."""
    is_enough: Callable[[Checker], bool] = lambda _checker: False
    """Ends the play before its time."""


@dataclass(frozen=True)
class Props:
    """What starts while the queues settle."""

    tables: Future[None]
    sandbox: subprocess.Popen[bytes]
    fleet: subprocess.Popen[bytes]
    """Has imported all that it needs and waits for its settings."""


def run_demo(folder: Folder, tell: Tell) -> Outcome:
    """
    Run the demo's scenario in `folder` and return what came of it.

    Raises Misconfigured when no broker can be had, Unavailable when a process ends that should not.
    """
    started = time.monotonic()
    staging = Staging(folder)
    with broker_at_hand(say=tell.say) as broker, _virtual_host(broker) as broker_url:
        checked = play(staging, broker_url, tell)
        scenario = load_scenario(staging.scenario)
        accounts = read_accounts(folder.database_url, scenario.tenant, [*scenario.communities])
        tell.say("Stopping the broker")
    return Outcome(
        took=timedelta(seconds=time.monotonic() - started),
        broker_kind=broker.kind,
        broker_version=broker.version,
        database="sqlite",
        checked=checked,
        accounts=accounts,
    )


def play(staging: Staging, broker_url: str, tell: Tell) -> CheckResult:
    """Play the scenario on a broker that is there already; raises Unavailable when a process ends that should not."""
    with _props(staging) as props:
        return _played(staging, props, broker_url, tell)


def stand(folder: Folder, tell: Tell) -> None:
    """
    Let the fleet run against both simulated vendors until it ends or Ctrl-C ends this.

    Raises as run_demo does.
    """
    staging = Staging(folder)
    with (
        broker_at_hand(say=tell.say) as broker,
        _virtual_host(broker) as broker_url,
        _props(staging) as props,
    ):
        _started(staging, props, broker_url, tell)
        tell.say(f"It runs. `fleet --settings {folder.settings} status` says what it does; Ctrl-C ends it")
        props.fleet.wait()
        _assert_runs(props.fleet, folder.log("fleet"))


@contextmanager
def _props(staging: Staging) -> Iterator[Props]:
    staging.folder.make_anew()
    with ThreadPoolExecutor(1) as aside, _sandbox(staging) as sandbox, _fleet(staging) as fleet:
        yield Props(aside.submit(migrate.upgrade, staging.folder.database_url), sandbox, fleet)


def _played(staging: Staging, props: Props, broker_url: str, tell: Tell) -> CheckResult:
    """Let the fleet run while the scenario is played; judge when it has stopped, so that nothing comes afterwards."""
    folder, scenario = staging.folder, load_scenario(staging.scenario)
    addresses = _started(staging, props, broker_url, tell)
    with httpx.Client(base_url=addresses.trading_grid.base_url, trust_env=False) as http:
        checker = Checker(scenario, addresses.trading_grid, http)
        script = Play(
            scenario,
            MarketingManager(http, addresses.smintio, SystemClock().now),
            Administrator(http, addresses.trading_grid, scenario.hub.administrator.email),
        )
        with staging.meanwhile(folder.log("fleet")):
            Watch(checker, props.fleet, staging, tell).play(scenario.steps, script)
            tell.say("Stopping the fleet")
        end_child(props.fleet, within_seconds=FLEET_ENDS_WITHIN_SECONDS)
        return checker.result()


def _started(staging: Staging, props: Props, broker_url: str, tell: Tell) -> Addresses:
    """Declare the topology, write the settings that the fleet waits for, and say where the simulated vendors are."""
    folder = staging.folder
    tell.say("Declaring exchanges and queues, and letting them settle (5 s)")
    declaring.apply(broker_url, topology(), settle=staging.settle)
    props.tables.result()
    addresses = _addresses(folder, props.sandbox)
    tell.say("Starting the fleet")
    write_settings(
        folder.path,
        load_scenario(staging.scenario),
        addresses,
        broker_url=broker_url,
        database_url=folder.database_url,
    )
    return addresses


class Watch:
    """Makes the steps of a scenario, and looks through the checker's eyes meanwhile."""

    def __init__(self, checker: Checker, fleet: subprocess.Popen[bytes], staging: Staging, tell: Tell) -> None:
        self._checker = checker
        self._fleet = fleet
        self._folder = staging.folder
        self._is_enough = staging.is_enough
        self._tell = tell
        self._until = time.monotonic() + staging.played_within_seconds

    def play(self, steps: tuple[Step, ...], play: Play) -> None:
        """Make all steps, each in its time, and wait until partners see what they should; not for ever."""
        for step in steps:
            if step.waits:
                self._wait(lambda: self._view().unsettled == 0)
            self._tell.say(step.name.replace("-", " ").capitalize())
            with self._checker.step(step.name):
                play.make(step)
        self._wait(lambda: self._view().unfinished == 0)
        quiet_until = time.monotonic() + QUIET_SECONDS
        self._wait(lambda: self._view().unfinished == 0 and time.monotonic() > quiet_until)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so() and not self._is_enough(self._checker) and time.monotonic() < self._until:
            _assert_runs(self._fleet, self._folder.log("fleet"))
            time.sleep(LOOK_EVERY_SECONDS)

    def _view(self) -> View:
        view = self._checker.view()
        self._tell.count(view.done, self._checker.expected)
        return view


@contextmanager
def _sandbox(staging: Staging) -> Iterator[subprocess.Popen[bytes]]:
    folder = staging.folder
    files = ("--port-file", str(folder.port_file), "--folder", str(folder.path / "trading_grid"))
    command = (sys.executable, "-m", "ops.sandbox", "--scenario", str(staging.scenario), *files)
    child = start_child(command, output=folder.log("sandbox"))
    try:
        yield child
    finally:
        child.kill()  # it keeps nothing, so there is nothing to wait for
        child.wait()


@contextmanager
def _fleet(staging: Staging) -> Iterator[subprocess.Popen[bytes]]:
    wait = str(int(SETTINGS_WITHIN_SECONDS))
    command = (*staging.fleet, "--settings", str(staging.folder.settings), "up", "--wait", wait)
    child = start_child(command, output=staging.folder.log("fleet"), environ=_environ_of_our_own())
    try:
        yield child
    finally:
        end_child(child, within_seconds=FLEET_ENDS_WITHIN_SECONDS)


def _environ_of_our_own() -> Mapping[str, str]:
    """Return the environment without what would come before the settings that we write."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}


@contextmanager
def _virtual_host(broker: BrokerAtHand) -> Iterator[str]:
    """Yield the address to use: of a broker that serves others too, a virtual host of our own where we may make one."""
    if broker.node is None and broker.management_url is not None:
        with broker.fresh_vhost(f"fleet-demo-{os.getpid()}") as url:
            yield url
    else:
        yield broker.url


def _addresses(folder: Folder, sandbox: subprocess.Popen[bytes]) -> Addresses:
    until = time.monotonic() + SANDBOX_WITHIN_SECONDS
    while not folder.port_file.exists():
        _assert_runs(sandbox, folder.log("sandbox"))
        if time.monotonic() > until:
            raise Unavailable(f"the simulated vendors did not come up; what they say is in {folder.log('sandbox')}")
        time.sleep(0.05)
    return Addresses.read(folder.port_file)


def _assert_runs(child: subprocess.Popen[bytes], log: Path) -> None:
    if (status := child.poll()) is not None:
        raise Unavailable(f"a process of the demo ended with status {status}; what it said is in {log}")
