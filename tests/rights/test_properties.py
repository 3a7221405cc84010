"""What holds for every licence, whatever it says."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rights.evaluate import evaluate, turning_points
from shared.rights.explain import explain
from shared.rights.facts import LicenceFacts, Term
from shared.rights.rules import RULES
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision, Reason, Verdict
from shared.rights.vocabulary import VENDOR_KEYS
from tests.rights.licences import NARROWNESS, NOON, content, judged, licence, term

# No deadline: the machine that runs this may be busy with something else.
thoroughly = settings(deadline=None, max_examples=120)

MICROSECOND: Final = timedelta(microseconds=1)
DIMENSIONS: Final = ("usages", "sizes", "placements", "distributions", "geographies", "industries", "languages")

VIENNA, CHATHAM, HONOLULU = ZoneInfo("Europe/Vienna"), ZoneInfo("Pacific/Chatham"), ZoneInfo("Pacific/Honolulu")
# Ends and beginnings where calendars are treacherous: leap days, both changes of clocks, a year's end, never.
TREACHEROUS: Final = (
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2027, 3, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 3, tzinfo=VIENNA),
    datetime(2027, 10, 31, 2, 30, tzinfo=VIENNA, fold=0),
    datetime(2027, 10, 31, 2, 30, tzinfo=VIENNA, fold=1),
    datetime(2027, 4, 4, 2, 45, tzinfo=CHATHAM, fold=1),
    datetime(2027, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
)
instants = st.sampled_from(TREACHEROUS) | st.datetimes(
    NOON.replace(year=2026, tzinfo=None),
    NOON.replace(year=2028, month=4, tzinfo=None),
    timezones=st.sampled_from([UTC, VIENNA, CHATHAM]),
)
written_instants = instants.map(datetime.isoformat) | st.sampled_from(
    ["2027-01-31", "2028-02-29", "2027-10-31T02:30:00"]
)


def keys_of(dimension: str) -> st.SearchStrategy[str]:
    known = sorted(VENDOR_KEYS[dimension].meanings)
    return st.sampled_from([key for key in known if key.endswith("any")] + ["a_key_that_is_new"]) | st.sampled_from(
        known
    )


def said_of(dimension: str) -> st.SearchStrategy[tuple[str, object]]:
    said = st.sampled_from(["allowed", "allowed", "restricted"]).map(lambda said: f"{said}_{dimension}")
    return st.tuples(said, st.lists(keys_of(dimension), max_size=3))


# Few things are said, as in life: where much is, nothing is permitted, and properties would hold for nothing.
statements = st.lists(
    st.one_of(
        st.sampled_from(DIMENSIONS).flatmap(said_of),
        st.tuples(st.sampled_from(["valid_from", "valid_until", "to_be_used_until"]), written_instants),
        st.tuples(st.sampled_from(["valid_until", "to_be_used_until"]), written_instants),
        st.tuples(st.just("usage_limits"), st.lists(keys_of("usage_limits"), max_size=1)),
        st.tuples(st.just("exclusivities"), st.lists(keys_of("exclusivities"), max_size=1)),
        st.tuples(st.just("is_editorial_use"), st.sampled_from([True, None])),
    ),
    max_size=3,
).map(dict)
terms = st.builds(
    lambda number, said: term(sequence_number=number, **said), st.sampled_from([1, 2, 3, None]), statements
)
oddities: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        *[{}] * 9,
        {"state": "cancelled"},
        {"state": "suspended"},
        {"can_be_synced": None},
        {"content_element": content(is_ai=True)},
        {"content_element": content(is_editorial_use=True)},
        {"content_element": None},
        {"license_download_constraints": {"effective_max_downloads": 2}, "current_downloads": 2},
        {"license_download_constraints": {"effective_max_users": 4}, "current_users": 1},
    ]
)
licences = st.builds(lambda terms, fields: licence(*terms, **fields), st.lists(terms, min_size=1, max_size=3), oddities)


def some_of(dimension: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(keys_of(dimension), max_size=1).map(tuple)


uses = st.builds(Use, editorial=st.booleans(), **{name: some_of(name) for name in DIMENSIONS if name != "geographies"})
audiences = st.builds(
    Audience,
    regions=st.lists(keys_of("geographies"), max_size=2).map(tuple),
    channels=some_of("distributions"),
    languages=some_of("languages"),
    industries=some_of("industries"),
    people=st.integers(0, 5) | st.none(),
)
first_uses = st.none() | instants


def narrowness(verdict: Verdict) -> int:
    return NARROWNESS[verdict.decision]


def with_term(obj: Mapping[str, object], position: int, **fields: object) -> dict[str, object]:
    listed = list(obj["license_terms"])  # type: ignore[call-overload]
    listed[position % len(listed)] = {**listed[position % len(listed)], **fields}
    return {**obj, "license_terms": listed}


def field_of_term(obj: Mapping[str, object], position: int, name: str) -> list[object]:
    listed = list(obj["license_terms"])  # type: ignore[call-overload]
    return list(listed[position % len(listed)].get(name) or [])


restrictions: st.SearchStrategy[tuple[str, object]] = st.sampled_from(DIMENSIONS).flatmap(
    lambda dimension: st.tuples(st.just(f"restricted_{dimension}"), keys_of(dimension) | st.sampled_from([None, 5, {}]))
)


@thoroughly
@given(licences, uses, audiences, instants, first_uses, st.integers(0, 2), restrictions)
def test_adding_a_restriction_never_widens(  # noqa: PLR0917 - a question and what is added to it
    obj: dict[str, object],
    use: Use,
    audience: Audience,
    at: datetime,
    first_use: datetime | None,
    position: int,
    restriction: tuple[str, object],
) -> None:
    field, key = restriction
    narrower = with_term(obj, position, **{field: [*field_of_term(obj, position, field), key]})

    before = judged(obj, use, audience, at, first_used_at=first_use)
    after = judged(narrower, use, audience, at, first_used_at=first_use)

    assert narrowness(before) <= narrowness(after)


@thoroughly
@given(licences, uses, audiences, instants, first_uses, terms)
def test_adding_a_term_never_widens(  # noqa: PLR0917 - a question and what is added to it
    obj: dict[str, object],
    use: Use,
    audience: Audience,
    at: datetime,
    first_use: datetime | None,
    added: dict[str, object],
) -> None:
    longer = {**obj, "license_terms": [*list(obj["license_terms"]), added]}  # type: ignore[call-overload]

    before = judged(obj, use, audience, at, first_used_at=first_use)
    after = judged(longer, use, audience, at, first_used_at=first_use)

    assert narrowness(before) <= narrowness(after)


@thoroughly
@given(licences, uses, audiences, instants, keys_of("geographies"), st.integers(0, 2))
def test_asking_for_more_regions_or_ending_earlier_never_widens(  # noqa: PLR0917 - a question and what is added to it
    obj: dict[str, object], use: Use, audience: Audience, at: datetime, region: str, position: int
) -> None:
    larger = audience.model_copy(update={"regions": (*audience.regions, region)})
    over = with_term(obj, position, valid_until=at.isoformat())

    before = judged(obj, use, audience, at)

    assert not audience.regions or narrowness(before) <= narrowness(judged(obj, use, larger, at))
    assert Decision.REFUSE == judged(over, use, audience, at).decision


@thoroughly
@given(licences, uses, audiences, instants, first_uses)
def test_unknown_never_permits_and_refusal_always_refuses(
    obj: dict[str, object], use: Use, audience: Audience, at: datetime, first_use: datetime | None
) -> None:
    verdict = judged(obj, use, audience, at, first_used_at=first_use)

    found = {reason.decision for reason in verdict.reasons}
    assert (verdict.decision is Decision.PERMIT) == found.isdisjoint({Decision.UNKNOWN, Decision.REFUSE})
    assert (verdict.decision is Decision.REFUSE) == (Decision.REFUSE in found)


MUST_BE_SAID: Final = (
    ("state",),
    ("can_be_synced",),
    ("license_terms",),
    ("content_element",),
    ("content_element", "release_details"),
    ("content_element", "release_details", "model_release_state"),
    ("content_element", "release_details", "property_release_state"),
)
OF_ANOTHER_KIND: Final = st.sampled_from([None, 17, 2.5, [], {}, "", "a_key_that_is_new", [None], {"x": 1}])


def replaced(obj: object, path: tuple[str, ...], value: object) -> dict[str, object]:
    assert isinstance(obj, dict)
    name, *rest = path
    return {**obj, name: replaced(obj[name], tuple(rest), value) if rest else value}


@thoroughly
@given(st.sampled_from(MUST_BE_SAID), OF_ANOTHER_KIND)
def test_what_must_be_said_and_is_not_leaves_no_permission(path: tuple[str, ...], value: object) -> None:
    assert Decision.PERMIT is not judged(replaced(licence(), path, value)).decision


FIELDS_OF_TERMS: Final = sorted(Term.model_fields.keys() - {"unreadable", "without_zone", "unknown_fields", "name"})


@thoroughly
@given(st.sampled_from(FIELDS_OF_TERMS), st.sampled_from([2.5, {"x": 1}, "a_key_that_is_new"]))
def test_field_of_a_term_that_cannot_be_read_leaves_no_permission(name: str, value: object) -> None:
    assert Decision.UNKNOWN is judged(licence(term(**{name: value}))).decision


@thoroughly
@given(licences, uses, audiences, instants, st.randoms(use_true_random=False))
def test_order_of_terms_is_irrelevant(
    obj: dict[str, object], use: Use, audience: Audience, at: datetime, random: Random
) -> None:
    shuffled = list(obj["license_terms"])  # type: ignore[call-overload]
    random.shuffle(shuffled)

    assert judged(obj, use, audience, at) == judged({**obj, "license_terms": shuffled}, use, audience, at)


@thoroughly
@given(licences, uses, audiences, instants, first_uses)
def test_answer_holds_until_it_says_and_changes_then(
    obj: dict[str, object], use: Use, audience: Audience, at: datetime, first_use: datetime | None
) -> None:
    facts = LicenceFacts.from_transaction(obj)

    def answer(instant: datetime) -> tuple[Decision, tuple[Reason, ...]]:
        verdict = evaluate(facts, use, audience, instant, first_used_at=first_use)
        return verdict.decision, verdict.reasons

    now = evaluate(facts, use, audience, at, first_used_at=first_use)

    later = [point for point in turning_points(facts) if point > at]
    changes = [point for point in later if answer(point) != answer(at)]
    assert (changes[0] if changes else None) == now.valid_until
    for point in later:
        is_before_change = now.valid_until is None or point < now.valid_until
        assert not is_before_change or answer(at) == answer(point) == answer(point + MICROSECOND)


@thoroughly
@given(licences, uses, audiences, first_uses)
def test_answer_changes_at_boundaries_only_and_walks_as_announced(
    obj: dict[str, object], use: Use, audience: Audience, first_use: datetime | None
) -> None:
    facts = LicenceFacts.from_transaction(obj)

    def verdict_at(instant: datetime) -> Verdict:
        return evaluate(facts, use, audience, instant, first_used_at=first_use)

    points = turning_points(facts)
    edges = [NOON - timedelta(days=40000), *points, NOON + timedelta(days=40000)]
    for start, end in pairwise(sorted(edges)):
        if end - start > 2 * MICROSECOND:
            inside = [verdict_at(start), verdict_at(start + MICROSECOND), verdict_at(end - MICROSECOND)]
            assert 1 == len(set(inside))
    for point in points:
        before, after = verdict_at(point - MICROSECOND), verdict_at(point)
        has_changed = (before.decision, before.reasons) != (after.decision, after.reasons)
        assert has_changed == (before.valid_until == point)


@thoroughly
@given(licences, uses, audiences, instants)
def test_same_question_has_the_same_answer(obj: dict[str, object], use: Use, audience: Audience, at: datetime) -> None:
    assert judged(obj, use, audience, at) == judged(obj, use, audience, at.astimezone(HONOLULU))


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | written_instants
json_like = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(sorted(LicenceFacts.model_fields) + sorted(Term.model_fields) + ["restricted_moods", "\ud800"])
messes = st.dictionaries(
    names, json_like | st.lists(st.dictionaries(names, json_like, max_size=6), max_size=3), max_size=8
)
ends_of_time = [datetime(1, 1, 1, tzinfo=CHATHAM), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
endless = st.sampled_from(ends_of_time) | instants


@thoroughly
@given(messes, uses, audiences, endless, st.none() | endless)
def test_any_json_is_judged_and_explained_and_never_permitted(
    obj: dict[str, object], use: Use, audience: Audience, at: datetime, first_use: datetime | None
) -> None:
    facts = LicenceFacts.from_transaction(obj)

    verdict = evaluate(facts, use, audience, at, first_used_at=first_use)
    lines = explain(facts, use, audience, at, first_used_at=first_use)

    assert Decision.PERMIT is not verdict.decision  # it would take a state, a flag and terms, all by chance
    assert {reason.rule for reason in verdict.reasons} <= {rule.name for rule in RULES}
    assert all(line.isprintable() for line in lines)
