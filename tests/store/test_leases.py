"""One subject, one hand at a time; and a fence that only grows."""

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from shared.errors import Contended
from shared.store import leases
from shared.store.column_types import from_now
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.tables.working import LEASE

pytestmark = pytest.mark.database

LONG = timedelta(minutes=5)
TENANTS: Iterator[str] = (f"t{number}" for number in itertools.count())


def take(database: Database, *subjects: str, owner: str = "one", tenant: str = "acme") -> dict[str, Lease]:
    return leases.take(database, tenant, "asset", subjects, owner=owner, lasting=LONG)


def let_run_out(database: Database, tenant: str = "acme") -> None:
    """Put the end of every lease into the past, as waiting for it would."""
    ended = update(LEASE).where(LEASE.c.tenant == tenant).values(until=from_now("seconds"))
    database.write(lambda c: c.execute(ended, {"seconds": -0.001}))


def guard(database: Database, *held: Lease) -> None:
    database.write(lambda c: leases.guard(c, held))


def test_of_a_set_those_are_taken_that_nobody_holds(database: Database) -> None:
    first = take(database, "b", "a", owner="one")
    second = take(database, "c", "b", "d", owner="two")

    assert {"a", "b"} == set(first)
    assert {"c", "d"} == set(second)
    assert Lease("acme", "asset", "c", "two", 1) == second["c"]


def test_a_lease_is_not_given_twice_even_to_its_own_owner(database: Database) -> None:
    take(database, "a")

    assert {} == take(database, "a")


def test_nothing_asked_is_nothing_taken(database: Database) -> None:
    assert {} == take(database)
    assert set() == leases.renew(database, [], lasting=LONG)
    leases.release(database, [])
    guard(database)


def test_the_fence_grows_over_release_and_over_expiry(database: Database) -> None:
    first = take(database, "a")["a"]
    leases.release(database, [first])
    second = take(database, "a", owner="two")["a"]
    let_run_out(database)
    third = take(database, "a")["a"]

    assert [1, 2, 3] == [first.fence, second.fence, third.fence]


def test_a_lease_that_ran_out_can_be_taken_by_another_hand_and_is_then_lost_to_the_first(database: Database) -> None:
    slow = take(database, "a", "b", owner="slow")
    let_run_out(database)
    quick = take(database, "a", owner="quick")["a"]

    assert {"b"} == leases.renew(database, list(slow.values()), lasting=LONG)
    leases.release(database, [slow["a"]])
    assert {"a"} == leases.renew(database, [quick], lasting=LONG)
    guard(database, quick)
    with pytest.raises(Contended, match="asset a"):
        guard(database, slow["a"])


def test_a_lease_that_ran_out_and_that_nobody_took_is_still_ours(database: Database) -> None:
    lease = take(database, "a")["a"]
    let_run_out(database)

    guard(database, lease)
    assert {"a"} == leases.renew(database, [lease], lasting=LONG)
    assert {} == take(database, "a", owner="two")


def test_a_renewed_lease_lasts_from_now_on(database: Database) -> None:
    lease = take(database, "a")["a"]
    leases.renew(database, [lease], lasting=timedelta(seconds=-1))

    assert {"a"} == set(take(database, "a", owner="two"))


def test_a_released_lease_guards_nothing(database: Database) -> None:
    lease = take(database, "a")["a"]
    leases.release(database, [lease])

    with pytest.raises(Contended):
        guard(database, lease)
    assert set() == leases.renew(database, [lease], lasting=LONG)


def test_one_foreign_lease_of_a_set_fails_the_whole_guard(database: Database) -> None:
    ours = take(database, "a", "b")
    stolen = replace(ours["b"], fence=ours["b"].fence + 1)

    with pytest.raises(Contended, match="asset b"):
        guard(database, ours["a"], stolen)
    with pytest.raises(Contended, match="asset a"):
        guard(database, replace(ours["a"], owner="two"))
    with pytest.raises(Contended, match="delivery a"):
        guard(database, replace(ours["a"], kind="delivery"))


def test_tenants_and_kinds_do_not_share_subjects(database: Database) -> None:
    take(database, "a")

    assert {"a"} == set(take(database, "a", tenant="other"))
    assert {"a"} == set(leases.take(database, "acme", "poller", ["a"], owner="two", lasting=LONG))


def test_no_other_hand_gets_in_between_guard_and_commit(database: Database) -> None:
    lease = take(database, "a", owner="one")["a"]
    let_run_out(database)
    taken: list[dict[str, Lease]] = []
    thief = threading.Thread(target=lambda: taken.append(take(database, "a", owner="two")))

    def body(c: Connection) -> None:
        leases.guard(c, [lease])
        if not thief.is_alive() and not taken:
            thief.start()
        thief.join(0.3)  # it must not have come through while we are between guard and commit
        assert [] == taken

    database.write(body)
    thief.join()

    assert 2 == taken[0]["a"].fence


def test_of_many_hands_exactly_one_gets_each_subject(database: Database) -> None:
    subjects = [f"s{number:02}" for number in range(20)]
    orders = [subjects if number % 2 else subjects[::-1] for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda o: take(database, *o[1], owner=f"hand {o[0]}"), enumerate(orders)))

    assert subjects == sorted(subject for hand in taken for subject in hand)


Action = tuple[str, str, frozenset[str]]
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["take", "release", "renew", "run out"]),
        st.sampled_from(["one", "two"]),
        st.frozensets(st.sampled_from(["a", "b", "c"]), min_size=1),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_whatever_happens_each_subject_has_one_hand_and_a_growing_fence(
    database: Database, actions: list[Action]
) -> None:
    tenant = next(TENANTS)
    hands: dict[str, Lease] = {}
    fences: dict[str, int] = {}
    running: set[str] = set()
    for what, owner, subjects in actions:
        its = [lease for subject, lease in hands.items() if subject in subjects and lease.owner == owner]
        match what:
            case "take":
                taken = take(database, *subjects, owner=owner, tenant=tenant)
                assert subjects - running == set(taken)
                for subject, lease in taken.items():
                    assert lease.fence == fences.get(subject, 0) + 1
                    fences[subject] = lease.fence
                hands |= taken
                running |= set(taken)
            case "release":
                leases.release(database, its)
                for lease in its:
                    del hands[lease.subject]
                    running.discard(lease.subject)
            case "renew":
                assert {lease.subject for lease in its} == leases.renew(database, its, lasting=LONG)
                running |= {lease.subject for lease in its}
            case _:
                let_run_out(database, tenant)
                running.clear()
        guard(database, *hands.values())
