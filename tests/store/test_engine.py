"""Transactions: no lost update, no "locked", no connection kept, and every fault of a driver in our own words."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg.errors
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.errors import Contended, Misconfigured, Unavailable
from shared.store.connecting import connect
from shared.store.engine import PAUSES_SECONDS, Database
from shared.store.faults import is_outage, is_passing

pytestmark = pytest.mark.database

COUNTER = Table("counter", MetaData(), Column("name", Text, primary_key=True), Column("value", Integer))


@pytest.fixture
def counting(database: Database) -> Database:
    database.write(COUNTER.create)
    database.write(lambda c: c.execute(insert(COUNTER), [{"name": "a", "value": 0}, {"name": "b", "value": 0}]))
    return database


def count_up(c: Connection, name: str = "a") -> None:
    """Read first and write later, as every careless transaction does."""
    row = select(COUNTER.c.value).where(COUNTER.c.name == name)
    value = c.execute(row.with_for_update()).scalar_one()
    c.execute(update(COUNTER).where(COUNTER.c.name == name).values(value=value + 1))


def counted(database: Database) -> dict[str, int]:
    with database.read() as c:
        return dict(map(tuple, c.execute(select(COUNTER))))


def count_in_threads(url: str, threads: int, times: int) -> None:
    database = Database(url, pool_size=2)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: database.write(count_up), range(threads * times)))
    database.close()


def test_threads_that_read_and_then_write_lose_no_update(counting: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counting.write(count_up), range(400)))

    assert 400 == counted(counting)["a"]


def test_processes_that_read_and_then_write_lose_no_update(counting: Database, migrated_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=count_in_threads, args=(migrated_url, 4, 25)) for _ in range(3)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [0, 0, 0] == [process.exitcode for process in processes]
    assert 300 == counted(counting)["a"]


def test_a_long_read_stops_no_writer_and_keeps_seeing_its_moment(counting: Database) -> None:
    with counting.read() as reader:
        before = reader.execute(select(COUNTER.c.value).where(COUNTER.c.name == "a")).scalar_one()
        counting.write(count_up)
        after = reader.execute(select(COUNTER.c.value).where(COUNTER.c.name == "a")).scalar_one()

    assert (0, 0) == (before, after)
    assert 1 == counted(counting)["a"]


def test_transactions_that_deadlock_are_run_again_and_both_count(counting: Database) -> None:
    runs: list[str] = []
    both_hold_one = threading.Barrier(2)

    def crosswise(first: str, second: str) -> Callable[[Connection], None]:
        def body(c: Connection) -> None:
            runs.append(first)
            count_up(c, first)
            if len(runs) <= 2 and c.dialect.name == "postgresql":  # on SQLite the second one never gets so far
                both_hold_one.wait(10)
            count_up(c, second)

        return body

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(counting.write, [crosswise("a", "b"), crosswise("b", "a")]))

    assert {"a": 2, "b": 2} == counted(counting)
    assert len(runs) in {2, 3}


def test_a_transaction_that_always_meets_another_ends_as_unavailable(counting: Database) -> None:
    runs: list[int] = []

    def body(_: Connection) -> None:
        runs.append(1)
        raise OperationalError("UPDATE", {}, psycopg.errors.DeadlockDetected())

    with pytest.raises(Unavailable):
        counting.write(body)

    assert len(PAUSES_SECONDS) + 1 == len(runs)


def test_a_body_that_raises_leaves_nothing_behind(counting: Database) -> None:
    def body(c: Connection) -> None:
        count_up(c)
        raise Contended

    for _ in range(1000):
        with pytest.raises(Contended):
            counting.write(body)

    assert 0 == counted(counting)["a"]
    assert 0 == counting.checked_out()


def test_a_reader_cannot_write(counting: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), counting.read() as c:
        count_up(c)
    counting.write(count_up)

    assert 1 == counted(counting)["a"]


def test_more_threads_than_connections_wait_for_their_turn(counting: Database) -> None:
    most = 0

    def read(_: int) -> None:
        nonlocal most
        with counting.read() as c:
            most = max(most, counting.checked_out())
            c.execute(select(COUNTER)).all()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(read, range(500)))

    assert 0 == counting.checked_out()
    assert most <= 8


def test_the_databases_clock_is_aware_utc_and_moves_within_a_transaction(database: Database) -> None:
    with database.read() as c:
        first = database.now(c)
        deadline = datetime.now(UTC) + timedelta(seconds=5)
        while (second := database.now(c)) <= first and datetime.now(UTC) < deadline:
            pass

    assert first < second
    assert UTC == first.tzinfo
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=30)


def test_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    for url in (f"postgresql+psycopg://fleet:s3cret@/fleet?host={tmp_path}", f"sqlite:///{tmp_path}"):
        database = Database(url)
        with pytest.raises(Unavailable) as caught:
            database.ping()
        with pytest.raises(Unavailable):
            database.write(lambda c: c.execute(text("SELECT 1")))
        assert "s3cret" not in str(caught.value)
        database.close()


def test_a_connection_that_the_server_cut_is_replaced_unnoticed(counting: Database, migrated_url: str) -> None:
    counting.ping()
    other = connect(migrated_url)
    with other.begin() as c:
        if c.dialect.name == "postgresql":
            c.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
    other.dispose()

    counting.write(count_up)

    assert 1 == counted(counting)["a"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////no/such/folder/fleet.db", "does not exist"),
        ("mysql://fleet:s3cret@host/fleet", "allowed: sqlite, postgresql"),
        ("postgresql://fleet:s3cret@host/fleet", "allowed: sqlite, postgresql"),
        ("s3cret", "cannot be read"),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence_without_its_password(url: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as caught:
        Database(url)

    assert "s3cret" not in str(caught.value)


def make_a_table(url: str) -> None:
    database = Database(url)
    database.write(lambda c: c.execute(text("CREATE TABLE IF NOT EXISTS made (x INTEGER)")))
    database.close()


def test_processes_that_open_a_new_file_at_once_all_get_their_turn(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=make_a_table, args=(f"sqlite:///{tmp_path}/new.db",)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [0, 0, 0, 0] == [process.exitcode for process in processes]


def test_a_file_that_holds_tokens_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.db")
    with database.read() as c:
        c.execute(text("SELECT count(*) FROM sqlite_master"))
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    database.close()

    assert {"0o600"} == set(modes.values())


def wrapped(fault: Exception) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, fault)


SQLSTATES = {
    kind.sqlstate: kind
    for kind in vars(psycopg.errors).values()
    if isinstance(kind, type) and issubclass(kind, psycopg.Error) and kind.sqlstate
}
OURS = {"27", "2F", "38", "39", "3B", "40", "54", "55", "F0", "HV"}  # what only statements that we do not use can cause


def test_every_kind_of_operational_fault_that_the_driver_knows_has_been_judged() -> None:
    operational = {state for state, kind in SQLSTATES.items() if issubclass(kind, psycopg.OperationalError)}
    outages = {state for state in SQLSTATES if is_outage(wrapped(SQLSTATES[state]()))}

    assert OURS == {state[:2] for state in operational - outages}
    assert {"25"} == {state[:2] for state in outages - operational}


def test_only_what_another_transaction_caused_is_run_again() -> None:
    assert {"40001", "40P01"} == {state for state, kind in SQLSTATES.items() if is_passing(wrapped(kind()))}


@pytest.mark.parametrize(
    ("code", "passes", "out"),
    [
        (sqlite3.SQLITE_BUSY, True, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True, True),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, True, True),
        (sqlite3.SQLITE_FULL, False, True),
        (sqlite3.SQLITE_IOERR_FSYNC, False, True),
        (sqlite3.SQLITE_CANTOPEN, False, True),
        (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, False, False),
        (sqlite3.SQLITE_READONLY, False, False),
        (sqlite3.SQLITE_ERROR, False, False),
    ],
)
def test_sqlites_faults_are_told_apart_by_their_code(code: int, *, passes: bool, out: bool) -> None:
    fault = sqlite3.OperationalError("made up")
    fault.sqlite_errorcode = code

    assert (passes, out) == (is_passing(wrapped(fault)), is_outage(wrapped(fault)))


def test_an_error_names_no_parameter(counting: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        counting.write(lambda c: c.execute(text("SELECT nothing FROM nowhere WHERE x = :token"), {"token": "s3cret"}))

    assert "s3cret" not in str(caught.value)
