"""What executors write down: intents before a write, the journal after it, and what is held for a person."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Contended
from shared.store import held, intents, journal, leases, ledger
from shared.store.engine import Database
from shared.store.intents import FAILED, Intent
from shared.store.journal import Entry
from shared.store.leases import Lease
from shared.store.ledger import Decision, State, Wanted, delivery_key

pytestmark = pytest.mark.database

NOON = datetime(2027, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
NORTH = delivery_key("brand", "north", "a")
SOUTH = delivery_key("brand", "south", "a")
EXTERNAL = "smintio:acme:brand:a"


def lease(database: Database, subject: str = NORTH, tenant: str = "acme") -> Lease:
    taken = leases.take(database, tenant, "delivery", [subject], owner="one", lasting=timedelta(minutes=5))
    return taken[subject]


def intend(database: Database, hand: Lease, operation: str = "create", digest: str | None = "v1") -> Intent:
    return database.write(
        lambda c: intents.open_intent(
            c,
            hand,
            external_key=EXTERNAL,
            operation=operation,
            digest=digest,
            settles_after=timedelta(seconds=35),
        )
    )


def close(database: Database, intent: Intent, outcome: str) -> None:
    database.write(lambda c: intents.close_intent(c, intent.id, outcome))


def unsettled(database: Database, tenant: str = "acme", subject: str | None = None) -> list[Intent]:
    with database.read() as c:
        return intents.unsettled(c, tenant, EXTERNAL, subject=subject)


def is_ours(database: Database, digest: str | None, tenant: str = "acme", subject: str | None = None) -> bool:
    with database.read() as c:
        return intents.is_ours(c, tenant, EXTERNAL, digest, subject=subject)


def test_an_intent_is_unsettled_until_its_outcome_is_known(database: Database) -> None:
    hand = lease(database)
    first, second = intend(database, hand, "create"), intend(database, hand, "show", None)
    assert [first, second] == unsettled(database)

    close(database, first, "applied")

    assert [second] == unsettled(database)
    assert ("acme", EXTERNAL, "show", None, "one", None, NORTH) == (
        second.tenant,
        second.external_key,
        second.operation,
        second.digest,
        second.owner,
        second.outcome,
        second.subject,
    )


def test_an_intent_settles_when_its_request_must_have_ended_by_the_databases_clock(database: Database) -> None:
    intent = intend(database, lease(database))

    with database.read() as c:
        assert timedelta(0) <= database.now(c) - intent.opened_at < timedelta(minutes=1)
    assert timedelta(seconds=34.9) < intent.settles_at - intent.opened_at < timedelta(seconds=35.1)


def test_an_intent_makes_its_delivery_touched_so_that_its_absence_becomes_work(database: Database) -> None:
    wanted = Wanted("brand", "north", "a", State.ABSENT, Decision.REFUSE, (), "d1", "{}", NOON)
    database.write(lambda c: ledger.want(c, "acme", ["a"], [wanted]))

    intend(database, lease(database))

    with database.read() as c:
        row = ledger.read(c, "acme", NORTH)
    assert row is not None
    assert (True, 2, 1) == (row.touched, row.wanted_generation, row.made_generation)


def test_a_hand_that_lost_its_lease_cannot_even_intend(database: Database) -> None:
    hand = lease(database)
    leases.release(database, [hand])

    with pytest.raises(Contended):
        intend(database, hand)

    assert [] == unsettled(database)


@pytest.mark.parametrize(("outcome", "ours"), [(None, True), ("applied", True), ("landed late", True), (FAILED, False)])
def test_what_we_wrote_or_may_have_written_is_an_echo(database: Database, outcome: str | None, *, ours: bool) -> None:
    intent = intend(database, lease(database), digest="v1")
    if outcome is not None:
        close(database, intent, outcome)

    assert ours == is_ours(database, "v1")
    assert ours == is_ours(database, None)
    assert not is_ours(database, "what a person wrote on top")


def test_communities_that_hold_the_same_document_are_told_apart_by_their_leases(database: Database) -> None:
    intent = intend(database, lease(database, NORTH))

    assert [intent] == unsettled(database, subject=NORTH)
    assert [] == unsettled(database, subject=SOUTH)
    assert is_ours(database, "v1", subject=NORTH)
    assert not is_ours(database, "v1", subject=SOUTH)


def test_tenants_never_see_each_others_intents(database: Database) -> None:
    intend(database, lease(database, tenant="other"))

    assert [] == unsettled(database)
    assert not is_ours(database, "v1")


def entry(action: str = "delivered", tenant: str = "acme", asset: str | None = "a") -> Entry:
    return Entry(
        tenant=tenant,
        at=NOON,
        action=action,
        asset=asset,
        community="north",
        publication="brand",
        document_id=None,
        version="3",
        decision="permit",
        reasons=("every term permits", "until \x00 2028"),
        event_id="e1",
        detail='{"size": 1}',
    )


def actions(database: Database, tenant: str = "acme", after: int = 0, limit: int = 100) -> list[tuple[int, str]]:
    with database.read() as c:
        return [(line.id, line.entry.action) for line in journal.page(c, tenant, after=after, limit=limit)]


def test_the_journal_keeps_every_line_in_its_order_as_it_was_written(database: Database) -> None:
    database.write(lambda c: journal.append(c, [entry("uploaded"), entry("shown"), entry("delivered")]))
    database.write(lambda c: journal.append(c, [entry("withdrawn")]))
    database.write(lambda c: journal.append(c, []))

    assert ["uploaded", "shown", "delivered", "withdrawn"] == [action for _, action in actions(database)]
    with database.read() as c:
        (line,) = journal.page(c, "acme", limit=1)
    assert NOON == line.entry.at
    assert ("every term permits", "until \ufffd 2028") == line.entry.reasons
    assert (None, "3", '{"size": 1}') == (line.entry.document_id, line.entry.version, line.entry.detail)


def test_the_journal_is_paged_by_tenant_and_by_asset(database: Database) -> None:
    lines = [entry("1"), entry("theirs", tenant="other"), entry("2", asset=None), entry("3"), entry("4", asset="b")]
    database.write(lambda c: journal.append(c, lines))

    first = actions(database, limit=2)
    assert ["1", "2"] == [action for _, action in first]
    assert ["3", "4"] == [action for _, action in actions(database, after=first[-1][0])]
    with database.read() as c:
        assert ["1", "3"] == [line.entry.action for line in journal.page(c, "acme", limit=9, asset="a")]


def test_nothing_can_change_or_remove_a_line_of_the_journal() -> None:
    offered = {name for name in vars(journal) if not name.startswith("_")}

    assert set() == {name for name in offered if name.startswith(("update", "delete", "remove", "clear", "set"))}


def hold(
    database: Database, subject: str = "a", kind: str = "rights", reason: str = "why", tenant: str = "acme"
) -> None:
    database.write(lambda c: held.put(c, tenant, subject, kind, reason, "{}"))


def listed(database: Database, tenant: str = "acme") -> list[tuple[str, str, str]]:
    with database.read() as c:
        return [(row.subject, row.kind, row.reason) for row in held.listed(c, tenant)]


def test_a_subject_held_twice_is_held_once_since_the_first_time_for_the_last_reason(database: Database) -> None:
    hold(database, reason="first")
    with database.read() as c:
        (before,) = held.listed(c, "acme")
    hold(database, reason="second")
    hold(database, kind="file")
    hold(database, tenant="other")

    with database.read() as c:
        since = {row.kind: row.since for row in held.listed(c, "acme")}
    assert [("a", "rights", "second"), ("a", "file", "why")] == listed(database)
    assert before.since == since["rights"]


def test_a_subject_goes_on_when_it_is_lifted(database: Database) -> None:
    hold(database)
    hold(database, kind="file")
    hold(database, tenant="other")

    database.write(lambda c: held.lift(c, "acme", "a", "rights"))
    database.write(lambda c: held.lift(c, "acme", "never held", "rights"))

    assert [("a", "file", "why")] == listed(database)
    assert [("a", "rights", "why")] == listed(database, "other")
