"""Nothing that is done all day walks through a whole table: every statement finds its rows by an index."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, event

from shared.store import deadlines, intents, journal, leases, ledger
from shared.store.engine import Database
from shared.store.journal import Entry
from shared.store.leases import Lease
from shared.store.ledger import Decision, State, Wanted
from shared.store.migrate import upgrade
from shared.store.mirrors import Mirror, MirrorName, Sighting

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECONDS = timedelta(seconds=5)
GROWING = re.compile(r"SCAN (delivery|lease|licence|community|deadline|intent|journal)\b")
ENTRY = Entry("acme", NOW, "shown", "a", "north", "brand", None, None, "permit", (), None, "{}")


def mirror_and_announce(c: Connection, name: MirrorName) -> None:
    mirror = Mirror(name)
    mirror.upsert(c, "acme", [Sighting("a", "d1", 1, "{}")])
    mirror.upsert(c, "acme", [Sighting("a", "d1", 2, "{}")])
    mirror.unannounced(c, "acme", 10)
    mirror.mark_announced(c, "acme", [("a", 1)])
    mirror.announce_again(c, "acme", ["a"])
    mirror.read(c, "acme", ["a"])
    mirror.page(c, "acme", "a", 10)


def plan(c: Connection) -> None:
    wanted = Wanted("brand", "north", "a", State.PRESENT, Decision.PERMIT, (), "d1", "{}", NOW)
    ledger.mark_announced(c, "acme", [(row.key, row.generation) for row in ledger.want(c, "acme", ["a"], [wanted])])
    deadlines.replace(c, "acme", {"a": [(NOW, "ended")]})
    deadlines.mark_announced(c, deadlines.due(c, "acme", NOW, 10))


def execute(c: Connection, lease: Lease) -> None:
    intent = intents.open_intent(c, lease, external_key="x", operation="create", digest="d", settles_after=SECONDS)
    intents.close_intent(c, intent.id, "applied")
    intents.unsettled(c, "acme", "x", subject="brand/north/a")
    intents.is_ours(c, "acme", "x", "d")
    ledger.wait(c, "acme", lease.subject, "paused")
    ledger.stall(c, "acme", lease.subject, "paused")
    ledger.record_made(c, lease, generation=1, state=State.PRESENT, digest="d1", document_id="1")
    journal.append(c, [ENTRY])


def look(c: Connection) -> None:
    ledger.unmade(c, "acme", 10, every_at_least=SECONDS, at_most=SECONDS)
    ledger.sharing(c, "acme")
    ledger.made_lately(c, "acme", SECONDS)
    ledger.next_in_turn(c, "acme", "north", 4, pause=SECONDS)
    ledger.read(c, "acme", "brand/north/a")
    ledger.of_asset(c, "acme", "a")
    ledger.of_community(c, "acme", "north", "a", 10)
    ledger.counts(c, "acme")
    ledger.oldest_unmade(c, "acme")
    journal.page(c, "acme", limit=10)
    journal.page(c, "acme", limit=10, asset="a")


def test_no_statement_of_every_day_walks_through_a_growing_table(tmp_path: Path) -> None:
    file = tmp_path / "fleet.db"
    upgrade(f"sqlite:///{file}")
    database = Database(f"sqlite:///{file}")
    statements: dict[str, tuple[str, ...]] = {}

    def note(_c: object, _cursor: object, statement: str, parameters: tuple[str, ...], *_: object) -> None:
        statements[statement] = parameters

    event.listen(database._engine, "before_cursor_execute", note)
    database.write(lambda c: mirror_and_announce(c, "licence"))
    database.write(lambda c: mirror_and_announce(c, "community"))
    database.write(plan)
    taken = leases.take(database, "acme", "delivery", ["brand/north/a"], owner="one", lasting=SECONDS)
    leases.renew(database, list(taken.values()), lasting=SECONDS)
    database.write(lambda c: execute(c, taken["brand/north/a"]))
    database.write(look)
    leases.release(database, list(taken.values()))
    database.close()

    with sqlite3.connect(file) as c:
        plans = {
            statement: [row[3] for row in c.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in statements.items()
            if not statement.startswith("BEGIN")
        }
    c.close()

    assert len(plans) > 30
    assert {} == {statement: plan for statement, plan in plans.items() if any(GROWING.match(line) for line in plan)}
