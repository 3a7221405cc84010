"""Private servers end with the last process that holds their folder, however that process ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.sandbox.servers.guardian import SERVERS, process, processes
from ops.sandbox.servers.server_folder import Server, ServerFolder, holding, server_folder
from ops.sandbox.servers.waiting import wait_until
from shared.errors import Unavailable
from tests.ops.sandbox.servers.owning import Owner, nothing_is_left_of, processes_of

# A server like ours: it starts one child in its own group and one in a session of its own, and then only waits.
SERVER = """
import subprocess, sys, time
for is_apart in (False, True):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]], start_new_session=is_apart)
time.sleep(600)
"""

OWNER = f"""
from ops.sandbox.servers.server_folder import server_folder
with server_folder("test") as folder:
    server = folder.server("busy", [sys.executable, "-c", {SERVER!r}, folder.path], dict(PATH="/usr/bin"))
    server.start()
    told = dict(folder=str(folder.path), pid=str(server.pid))
"""

FORKS = """
    import os, time
    if not (ends := os.fork()):
        sys.exit()  # leaves the block
    os.waitpid(ends, 0)
    if not (lives := os.fork()):
        time.sleep(600)
    told.update(child=str(lives))
"""

GUARDIAN, SERVER_WITH_CHILDREN = 1, 3


def busy_server(folder: ServerFolder) -> Server:
    server = folder.server("busy", [sys.executable, "-c", SERVER, folder.path], {"PATH": "/usr/bin"})
    server.start()
    assert wait_until(lambda: len(processes_of(folder.path)) == SERVER_WITH_CHILDREN + GUARDIAN, within_seconds=20)
    return server


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_nothing_is_left_however_the_owner_ends(owner: Callable[[str], Owner], number: signal.Signals) -> None:
    mine = owner(OWNER)
    assert wait_until(lambda: len(processes_of(mine.folder)) >= SERVER_WITH_CHILDREN + GUARDIAN, within_seconds=20)

    mine.end(number)

    assert nothing_is_left_of(mine.folder)


def test_ctrl_c_in_the_terminal_leaves_nothing(owner: Callable[[str], Owner]) -> None:
    mine = owner(OWNER)

    os.killpg(mine.process.pid, signal.SIGINT)  # the terminal signals the whole foreground group

    assert nothing_is_left_of(mine.folder)


def test_a_frozen_server_is_ended_as_well(owner: Callable[[str], Owner]) -> None:
    mine = owner(OWNER)
    os.kill(int(mine.told["pid"]), signal.SIGSTOP)

    mine.end(signal.SIGKILL)

    assert nothing_is_left_of(mine.folder)


def test_nothing_is_left_after_the_with_block_not_even_a_zombie() -> None:
    with server_folder("test") as folder:
        busy_server(folder)

    assert not folder.path.exists()
    assert [] == processes_of(folder.path)
    assert [] == [p for p in processes() if p.parent == os.getpid() and not p.is_alive]


def test_an_exception_in_the_block_ends_the_servers_too() -> None:
    def fail_with_a_server() -> None:
        busy_server(folder)
        raise RuntimeError("as a test does")

    with pytest.raises(RuntimeError, match="as a test does"), server_folder("test") as folder:
        fail_with_a_server()

    assert not folder.path.exists()
    assert [] == processes_of(folder.path)


def test_the_servers_live_as_long_as_the_last_process_that_holds_them(owner: Callable[[str], Owner]) -> None:
    mine = owner(OWNER)
    with holding(mine.folder):
        mine.end(signal.SIGKILL)
        still_there = process(int(mine.told["pid"]))

    assert still_there is not None
    assert still_there.is_alive
    assert nothing_is_left_of(mine.folder)


def test_a_forked_child_neither_ends_the_servers_by_its_end_nor_keeps_them_by_its_life(
    owner: Callable[[str], Owner],
) -> None:
    mine = owner(OWNER + FORKS)
    assert not wait_until(lambda: not mine.folder.exists(), within_seconds=0.5)

    mine.end(signal.SIGKILL)
    is_cleared = nothing_is_left_of(mine.folder)
    child = process(int(mine.told["child"]))

    assert is_cleared
    assert child is not None
    assert child.is_alive
    os.kill(child.pid, signal.SIGKILL)


def test_a_folder_that_is_gone_cannot_be_held(tmp_path: Path) -> None:
    with pytest.raises(Unavailable), holding(tmp_path / "gone"):
        pass


def test_a_process_that_was_given_the_number_of_an_ended_server_is_left_alone() -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        with server_folder("test") as folder:
            started_long_ago = 1
            (folder.path / SERVERS / f"{stranger.pid}-{started_long_ago}-{signal.SIGKILL.value}").touch()

        found = process(stranger.pid)
        assert found is not None
        assert found.is_alive
        stranger.kill()


def test_a_killed_server_starts_again_and_its_number_is_forgotten() -> None:
    with server_folder("test") as folder:
        server = busy_server(folder)
        first = server.pid

        server.kill()
        assert [] == list((folder.path / SERVERS).iterdir())
        assert not server.is_running()
        server.start()

        assert server.pid not in (first, None)


def test_a_server_that_ignores_the_request_to_stop_is_an_error_with_its_last_words() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
    )
    with server_folder("test") as folder:
        server = folder.server("stubborn", [sys.executable, "-c", stubborn], {})
        server.start()
        assert wait_until(lambda: server.last_words() == "here", within_seconds=20)

        with pytest.raises(Unavailable, match="here"):
            server.stop(signal.SIGTERM, within_seconds=0.2)


def test_other_users_can_neither_list_the_folder_nor_keep_it() -> None:
    with server_folder("test") as folder:
        assert 0o711 == folder.path.stat().st_mode & 0o777
        assert 0o600 == (folder.path / "held").stat().st_mode & 0o777
        assert 0o700 == (folder.path / SERVERS).stat().st_mode & 0o777
