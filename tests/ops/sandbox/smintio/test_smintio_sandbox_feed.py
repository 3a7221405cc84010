"""The simulated feed behaves as the public record says (dossier 9.2), seen through our own client."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sandbox.smintio.account import Account, NoSuchLicence, UnknownContinuation
from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.smintio.change_log import ChangeLog
from ops.sandbox.smintio.licences import licence, term
from ops.sandbox.world import World
from shared.errors import Rejected
from shared.vendors import exact_json
from shared.vendors.smintio.client import LostContinuation, Smintio
from shared.vendors.smintio.models import Transaction
from tests.ops.sandbox.conftest import NOON
from tests.ops.sandbox.smintio.conftest import Connect
from tests.vendors.smintio.conftest import WIRE


def buy(account: Account, *uuids: str) -> None:
    for uuid in uuids:
        account.buy(licence(uuid, name=f"picture {uuid}"))


def walk(smintio: Smintio, continuation: str | None = None) -> tuple[list[list[str]], str | None]:
    """Read to the end and return the ids of each page, and where the end is."""
    pages: list[list[str]] = []
    while True:
        page = smintio.transactions(continuation)
        continuation = page.continuation
        if page.is_end:
            return pages, continuation
        pages.append([record.uuid or "?" for record in page.transactions])


def test_everything_comes_once_then_nothing_then_only_what_is_new(
    simulated: SimulatedSmintio, connect: Connect
) -> None:
    smintio = connect(page_size=2)
    buy(simulated.account, "1", "2", "3", "4", "5")

    first, end = walk(smintio)
    nothing, _ = walk(smintio, end)
    buy(simulated.account, "6")
    new, _ = walk(smintio, end)

    assert ([["1", "2"], ["3", "4"], ["5"]], [], [["6"]]) == (first, nothing, new)


def test_a_changed_licence_comes_again_later_with_a_higher_version(
    world: World, simulated: SimulatedSmintio, smintio: Smintio
) -> None:
    buy(simulated.account, "1", "2")
    _, end = walk(smintio)
    world.clock.advance(timedelta(minutes=5))

    simulated.account.cancel("1")

    (record,) = smintio.transactions(end).transactions
    assert isinstance(record, Transaction)
    assert ("1", "cancelled", 2) == (record.uuid, record.state, record.version)
    assert (NOON, NOON + timedelta(minutes=5)) == (record.created_at, record.last_updated_at)


def test_a_licence_that_changes_while_the_feed_is_read_is_seen_at_its_end(
    simulated: SimulatedSmintio, connect: Connect
) -> None:
    smintio = connect(page_size=2)
    buy(simulated.account, "1", "2", "3", "4")
    first = smintio.transactions(None)

    for uuid in ("3", "1"):
        simulated.account.change(uuid, {"project_name": []})

    assert [["4", "3"], ["1"]] == walk(smintio, first.continuation)[0]


def test_a_page_of_licences_that_may_not_be_synced_is_not_the_end(
    simulated: SimulatedSmintio, connect: Connect
) -> None:
    smintio = connect(page_size=3)
    for uuid, can_be_synced in (("1", False), ("2", None), ("3", False), ("4", True)):
        simulated.account.buy(licence(uuid, name="x", can_be_synced=can_be_synced))

    page = smintio.transactions(None)

    flags = [record.can_be_synced for record in page.transactions if isinstance(record, Transaction)]
    assert ([False, None, False], [["1", "2", "3"], ["4"]]) == (flags, walk(smintio)[0])


@pytest.mark.parametrize("continuation", ["cont-000003", "", "AAAA", "!", "ä", "x" * 2000])
def test_a_continuation_that_was_not_handed_out_is_refused(account_page: Account, continuation: str) -> None:
    with pytest.raises(UnknownContinuation):
        account_page.page(continuation, 10)


@pytest.fixture
def account_page(simulated: SimulatedSmintio) -> Account:
    return simulated.account


def test_forgotten_continuations_lead_to_a_full_read(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    buy(simulated.account, "1")
    _, end = walk(smintio)
    simulated.account.forget_continuations()

    with pytest.raises(LostContinuation):
        smintio.transactions(end)

    assert [["1"]] == walk(smintio)[0]


def test_a_limit_is_ten_unless_asked_for_and_at_most_a_hundred(
    simulated: SimulatedSmintio, smintio: Smintio, browser: httpx.Client
) -> None:
    buy(simulated.account, *map(str, range(150)))
    smintio.catalogues()
    token = next(iter(simulated.office._access))

    def count(**params: str) -> int:
        path = "/consumer/v1/transactionHistory/licensePurchaseTransactions/sync"
        answer = browser.get(path, params=params, headers={"Authorization": f"bearer {token}"})
        return int(answer.json().get("count", answer.status_code))

    assert [10, 7, 100, 400] == [count(), count(limit="7"), count(limit="5000"), count(limit="0")]


def test_a_record_has_every_member_of_the_published_model(simulated: SimulatedSmintio) -> None:
    def members(value: object) -> object:
        return {name: members(member) for name, member in value.items()} if isinstance(value, dict) else ...

    def missing(model: object, shown: object) -> set[str]:
        if not isinstance(model, dict) or not isinstance(shown, dict):
            return set()
        deeper = {
            f"{name}.{path}" for name in model.keys() & shown.keys() for path in missing(model[name], shown[name])
        }
        return (model.keys() - shown.keys()) | deeper

    page = exact_json.decode((WIRE / "lpt_page_first.json").read_bytes())
    assert isinstance(page, dict)
    shown = simulated.account.buy(licence("1", name="picture", terms=[term(1)]))

    lacking = missing(members(page["license_purchase_transactions"][0]), members(shown))
    assert {path for path in lacking if not path.startswith("license_download_constraints.")} == set()
    assert page["license_purchase_transactions"][0]["license_terms"][0].keys() == term(1).keys()


@pytest.mark.parametrize(
    ("changes", "is_restrictive"),
    [
        ({}, False),
        ({"lists": {"allowed_geographies": ["europe_any"]}}, False),
        ({"lists": {"restricted_geographies": ["europe_germany"]}}, True),
        ({"usage_limits": ["display_any"]}, True),
        ({"valid_from": NOON - timedelta(days=1)}, False),
        ({"valid_from": NOON + timedelta(days=1)}, True),
        ({"valid_until": NOON + timedelta(days=1)}, True),
        ({"to_be_used_until": NOON - timedelta(days=1)}, True),
        ({"is_editorial_use": True}, True),
        ({"is_editorial_use": None}, False),
    ],
)
def test_the_restrictive_flag_follows_the_public_rule(
    simulated: SimulatedSmintio, changes: dict[str, object], *, is_restrictive: bool
) -> None:
    terms = [term(1), term(2, **changes)]  # type: ignore[arg-type] # a table of keyword arguments

    bought = simulated.account.buy(licence("1", name="picture", terms=terms))

    assert is_restrictive is bought["has_potentially_restrictive_license_terms"]


def test_a_misspelt_list_of_a_term_is_refused_instead_of_permitting_everything() -> None:
    with pytest.raises(TypeError, match="restricted_geography"):
        term(1, lists={"restricted_geography": ["europe_any"]})


def test_members_of_a_record_can_be_holes_or_unknown(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    holes = {"content_element": None, "license_text": None, "member_of_2031": {"new": True}}
    simulated.account.buy(licence("1", name="picture", members=holes))

    (record,) = smintio.transactions(None).transactions

    assert isinstance(record, Transaction)
    assert holes == {name: record.raw[name] for name in holes}


def test_the_catalogues_are_those_of_the_wire_file(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    before = smintio.catalogues()
    simulated.catalogues = (WIRE / "generic_metadata_new_keys.json").read_bytes()

    after = smintio.catalogues()

    assert 15 == len(before.raw)
    assert 2 == sum(len(after.keys(catalogue) - before.keys(catalogue)) for catalogue in before.raw)


def test_no_token_no_data(base_url: str) -> None:
    paths = ("/metadata/sync", "/transactionHistory/licensePurchaseTransactions/sync")
    with httpx.Client(base_url=f"{base_url}/consumer/v1") as stranger:
        answers = [
            stranger.get(path, headers=headers) for path in paths for headers in ({}, {"Authorization": "Bearer x"})
        ]

    assert [401] * 4 == [answer.status_code for answer in answers]


def test_one_id_is_one_licence(simulated: SimulatedSmintio) -> None:
    buy(simulated.account, "1")

    with pytest.raises(ValueError, match="there already"):
        buy(simulated.account, "1")
    with pytest.raises(NoSuchLicence):
        simulated.account.cancel("2")


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 5))
def test_a_log_shows_each_key_once_in_order_of_its_last_change(changes: list[int], limit: int) -> None:
    log = ChangeLog()
    for key in changes:
        log.append(str(key))
    expected = [str(key) for at, key in enumerate(changes) if key not in changes[at + 1 :]]

    for _ in range(2):  # twice, because reading shortens the way
        seen: list[str] = []
        position = 0
        while True:
            keys, position = log.page(position, limit)
            if not keys:
                break
            seen += keys
        assert expected == seen

    assert (len(expected), ([], position)) == (len(log), log.page(position, limit))
    log.append("12")
    assert ["12"] == log.page(position, limit)[0]


def test_a_bad_path_is_not_a_lost_place(connect: Connect) -> None:
    operations = {"generic_metadata": "/m", "license_purchase_transactions": "/nowhere", "binaries": "/b"}

    with pytest.raises(Rejected) as caught:
        connect(operations=operations).transactions(None)

    assert not isinstance(caught.value, LostContinuation)
