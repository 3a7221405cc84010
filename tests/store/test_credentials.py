"""Rotating tokens: one hand refreshes, and nobody overwrites what he has not seen (case K15)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from shared.errors import Contended
from shared.store import leases
from shared.store.column_types import from_now
from shared.store.credentials import Credentials
from shared.store.engine import Database
from shared.store.tables.working import LEASE
from shared.vendors.smintio.identity import Tokens

pytestmark = pytest.mark.database

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def tokens(number: int) -> Tokens:
    return Tokens(SecretStr(f"refresh-{number}"), SecretStr(f"access-{number}"), NOON)


@pytest.fixture
def credentials(database: Database) -> Credentials:
    return Credentials(database, "acme", "smintio", owner="one", waits_seconds=0.1)


def test_tokens_come_back_as_they_were_saved(credentials: Credentials, database: Database) -> None:
    assert None is credentials.read()

    credentials.save(tokens(1), 0)
    assert replace(tokens(1), version=1) == credentials.read()
    credentials.save(Tokens(SecretStr("refresh-2")), 1)
    assert Tokens(SecretStr("refresh-2"), version=2) == credentials.read()

    assert None is Credentials(database, "other", "smintio", owner="one").read()
    assert None is Credentials(database, "acme", "trading_grid", owner="one").read()


@pytest.mark.parametrize("seen_version", [0, 1, 3])
def test_tokens_that_another_hand_has_replaced_stay_as_that_one_saved_them(
    credentials: Credentials, seen_version: int
) -> None:
    credentials.save(tokens(1), 0)
    credentials.save(tokens(2), 1)

    with pytest.raises(Contended) as caught:
        credentials.save(tokens(3), seen_version)

    assert replace(tokens(2), version=2) == credentials.read()
    assert "refresh" not in str(caught.value)


def test_only_one_hand_of_the_fleet_refreshes_at_a_time(database: Database) -> None:
    spent: list[int] = []

    def refresh(number: int) -> None:
        store = Credentials(database, "acme", "smintio", owner=f"process {number}", waits_seconds=30)
        with store.refreshing():
            seen = store.read()
            if seen is None:  # else another hand has done it while we waited
                spent.append(number)
                store.save(tokens(number), 0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(refresh, range(12)))

    assert 1 == len(spent)


def test_who_waits_too_long_for_the_right_to_refresh_is_told_so(credentials: Credentials, database: Database) -> None:
    other = Credentials(database, "acme", "smintio", owner="two", waits_seconds=0.1)

    with credentials.refreshing(), pytest.raises(Contended), other.refreshing():
        pass

    with other.refreshing():
        pass


def test_the_right_to_refresh_is_given_back_when_the_refresh_fails(credentials: Credentials) -> None:
    with pytest.raises(ZeroDivisionError), credentials.refreshing():
        raise ZeroDivisionError

    with credentials.refreshing():
        pass


def test_the_right_to_refresh_passes_on_when_its_holder_died(credentials: Credentials, database: Database) -> None:
    leases.take(database, "acme", "credential", ["smintio"], owner="dead", lasting=timedelta(minutes=5))
    waiting = threading.Thread(
        target=lambda: database.write(
            lambda c: c.execute(update(LEASE).values(until=from_now("seconds")), {"seconds": -1.0})
        )
    )
    waiting.start()

    with replace(credentials, waits_seconds=30).refreshing():
        pass

    waiting.join()


def test_no_secret_shows_in_any_repr(credentials: Credentials) -> None:
    credentials.save(tokens(1), 0)

    shown = repr(credentials) + repr(credentials.read())

    assert "refresh-1" not in shown
    assert "access-1" not in shown
