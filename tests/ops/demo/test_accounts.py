"""What the demo says of the fleet is what its ledger holds."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.demo.accounts import Ages, ages_of, read_accounts
from shared.store import held, leases, ledger
from shared.store.engine import Database
from shared.store.ledger import Decision, State, Wanted, delivery_key
from shared.store.migrate import upgrade

HALF_A_MINUTE = timedelta(seconds=30)


def wanted(asset: str, community: str, decision: Decision, *reasons: str) -> Wanted:
    state = State.PRESENT if decision is Decision.PERMIT else State.ABSENT
    return Wanted("brand", community, asset, state, decision, reasons, "d", "{}", datetime.now(UTC) - HALF_A_MINUTE)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'fleet.sqlite'}"
    upgrade(url)
    return url


def test_refused_unknown_and_held_are_counted_each_with_its_reason(url: str) -> None:
    database = Database(url, pool_size=1)
    kit = delivery_key("brand", "north", "kit")
    statement = [
        wanted("logo", "north", Decision.PERMIT),
        wanted("kit", "north", Decision.PERMIT),
        wanted("old", "north", Decision.REFUSE, "expired"),
        wanted("press", "north", Decision.UNKNOWN, "not stated; open whether it includes the north"),
        wanted("press", "south", Decision.UNKNOWN, "not stated; open whether it includes the south"),
    ]
    database.write(lambda c: ledger.want(c, "acme", ["logo", "kit", "old", "press"], statement))
    database.write(lambda c: held.put(c, "acme", kit, "delivery", "two files", "{}"))
    _deliver(database, delivery_key("brand", "north", "logo"))
    database.close()

    accounts = read_accounts(url, "acme", ["north", "south"])

    assert (1, 3, 0) == (accounts.refused, accounts.held, accounts.dead)
    assert Counter({"north": 2, "south": 1}) == accounts.held_in
    assert Counter({"not stated": 2, "two files": 1}) == accounts.held_because
    assert accounts.ages is not None
    assert HALF_A_MINUTE <= accounts.ages.p50 < 2 * HALF_A_MINUTE


@pytest.mark.parametrize(
    ("seconds", "p50", "p99"),
    [
        ([3.0], 3, 3),
        ([1, 2], 1, 2),
        ([5, 1, 3], 3, 5),
        (range(1, 101), 50, 99),
        (range(1, 201), 100, 198),
    ],
)
def test_ages_are_those_that_half_and_all_but_one_in_a_hundred_do_not_exceed(
    seconds: Sequence[float], p50: float, p99: float
) -> None:
    expected = Ages(timedelta(seconds=p50), timedelta(seconds=p99))

    assert expected == ages_of([timedelta(seconds=one) for one in seconds])


def test_where_nothing_was_made_there_is_no_age() -> None:
    assert None is ages_of([])


def _deliver(database: Database, key: str) -> None:
    lease = leases.take(database, "acme", "delivery", [key], owner="test", lasting=timedelta(minutes=1))[key]
    database.write(lambda c: ledger.touch(c, "acme", key))
    database.write(
        lambda c: ledger.record_made(c, lease, generation=1, state=State.PRESENT, digest="d", document_id="1")
    )
