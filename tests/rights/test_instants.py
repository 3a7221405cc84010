"""The last day, and whose midnight (case K26)."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from shared.rights.evaluate import turning_points
from shared.rights.facts import LicenceFacts, Term
from shared.rights.instants import EARLIEST, LATEST, Edge, in_utc, read_instant
from shared.rights.verdict import Decision
from tests.rights.licences import judged, licence, term

VIENNA, AUCKLAND, LOS_ANGELES = ZoneInfo("Europe/Vienna"), ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles")
BEGINS, ENDS = Edge.BEGINS, Edge.ENDS

READINGS: tuple[tuple[str, str, Edge, tzinfo | None, str], ...] = (
    ("an instant in UTC", "2027-01-31T00:00:00Z", ENDS, None, "2027-01-31T00:00:00"),
    ("an instant with an offset", "2027-01-31T23:59:59-08:00", ENDS, None, "2027-02-01T07:59:59"),
    ("its own offset beats the licence's zone", "2027-01-31T23:59:59-08:00", ENDS, VIENNA, "2027-02-01T07:59:59"),
    ("a last day ends where it ends first", "2027-01-31", ENDS, None, "2027-01-31T10:00:00"),
    ("a first day begins where it begins last", "2027-01-31", BEGINS, None, "2027-01-31T12:00:00"),
    ("a last day in the licence's zone", "2027-01-31", ENDS, VIENNA, "2027-01-31T23:00:00"),
    ("a first day in the licence's zone", "2027-01-31", BEGINS, VIENNA, "2027-01-30T23:00:00"),
    ("a last day in New Zealand", "2027-01-31", ENDS, AUCKLAND, "2027-01-31T11:00:00"),
    ("a last day in California", "2027-01-31", ENDS, LOS_ANGELES, "2027-02-01T08:00:00"),
    ("a time without a zone ends early", "2027-01-31T18:00:00", ENDS, None, "2027-01-31T04:00:00"),
    ("a time without a zone begins late", "2027-01-31T18:00:00", BEGINS, None, "2027-02-01T06:00:00"),
    ("a leap day is a day", "2028-02-29", ENDS, UTC, "2028-03-01T00:00:00"),
    ("the last day of February in another year", "2027-02-28", ENDS, UTC, "2027-03-01T00:00:00"),
    ("the day on which clocks go forward", "2027-03-28", ENDS, VIENNA, "2027-03-28T22:00:00"),
    ("the day on which clocks go back", "2027-10-31", ENDS, VIENNA, "2027-10-31T23:00:00"),
    ("a repeated hour ends the first time", "2027-10-31T02:30:00", ENDS, VIENNA, "2027-10-31T00:30:00"),
    ("a repeated hour begins the second time", "2027-10-31T02:30:00", BEGINS, VIENNA, "2027-10-31T01:30:00"),
    ("a skipped hour ends early", "2027-03-28T02:30:00", ENDS, VIENNA, "2027-03-28T00:30:00"),
    ("a skipped hour begins late", "2027-03-28T02:30:00", BEGINS, VIENNA, "2027-03-28T01:30:00"),
    ("seven digits of a second", "2025-12-31T23:59:59.9999999Z", ENDS, None, "2025-12-31T23:59:59.999999"),
    ("never, as .NET writes it", "9999-12-31T23:59:59.9999999Z", ENDS, None, "9998-12-31T00:00:00"),
    ("never, west of Greenwich", "9999-12-31T23:59:59-08:00", ENDS, None, "9998-12-31T00:00:00"),
    ("never, as a date", "9999-12-31", ENDS, None, "9998-12-31T00:00:00"),
    ("always, as .NET writes it", "0001-01-01T00:00:00", ENDS, None, "0002-01-01T00:00:00"),
    ("always, east of Greenwich", "0001-01-01T00:00:00+05:00", BEGINS, None, "0002-01-01T00:00:00"),
)


@pytest.mark.parametrize(("claim", "text", "edge", "zone", "expected"), READINGS, ids=[r[0] for r in READINGS])
def test_instant_is_read_by_the_one_written_rule(
    claim: str, text: str, edge: Edge, zone: tzinfo | None, expected: str
) -> None:
    del claim

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == read_instant(text, edge, zone).at


@pytest.mark.parametrize(
    "text", ["soon", "", "2027-02-29", "2027-01-31T24:00:01Z", "2027-01-31T23:59:60Z", "٢٠٢٧-01-31"]
)
def test_what_is_no_instant_is_unknown_and_never_forever(text: str) -> None:
    verdict = judged(licence(term(valid_until=text)))

    assert Decision.UNKNOWN == verdict.decision
    assert "Term 1 has a value that cannot be read: valid_until." == verdict.reasons[0].text


@pytest.mark.parametrize("zone", [AUCKLAND, VIENNA, LOS_ANGELES])
def test_last_day_is_over_everywhere_before_midnight_of_any_community(zone: tzinfo) -> None:
    last_day = licence(term(valid_until="2027-01-31"))
    midnight = datetime(2027, 2, 1, tzinfo=zone)

    assert Decision.PERMIT == judged(last_day, at=datetime(2027, 1, 31, tzinfo=zone) - timedelta(hours=3)).decision
    assert Decision.REFUSE == judged(last_day, at=midnight - timedelta(microseconds=1)).decision


@pytest.mark.parametrize("text", ["2027-01-31", "2027-01-31T00:00:00Z", "2027-01-31T23:59:59-08:00"])
def test_instant_survives_being_written_and_read_again(text: str) -> None:
    (read,) = LicenceFacts.from_transaction(licence(term(valid_until=text))).license_terms
    (again,) = LicenceFacts.from_transaction(
        licence(term(valid_until=read.valid_until.isoformat() if read.valid_until else None))
    ).license_terms

    assert read.valid_until == again.valid_until


def test_reason_names_date_and_zone() -> None:
    verdict = judged(licence(term(valid_until="2027-01-10T23:59:59+01:00")))

    assert "Term 1 permitted use only until 2027-01-10 22:59:59 UTC." == verdict.reasons[0].text


def test_date_without_a_zone_is_flagged_unless_the_zone_of_the_licence_is_known() -> None:
    obj = licence(term(valid_until="2027-01-31", valid_from="2026-01-01T00:00:00Z"))
    (strict,) = LicenceFacts.from_transaction(obj).license_terms
    (known,) = LicenceFacts.from_transaction(obj, zone=VIENNA).license_terms

    assert ("valid_until",) == strict.without_zone
    assert () == known.without_zone


def test_instant_given_in_another_zone_is_kept_in_utc() -> None:
    given = Term(valid_until=datetime(2027, 6, 1, 2, tzinfo=VIENNA))

    assert datetime(2027, 6, 1, tzinfo=UTC) == given.valid_until
    assert UTC is (given.valid_until.tzinfo if given.valid_until else None)


def test_question_is_asked_in_utc_also_in_the_hour_that_comes_twice() -> None:
    ends = licence(term(valid_until="2027-10-31T00:45:00Z"))
    first, second = (datetime(2027, 10, 31, 2, 30, tzinfo=VIENNA, fold=fold) for fold in (0, 1))

    assert Decision.PERMIT == judged(ends, at=first).decision
    assert Decision.REFUSE == judged(ends, at=second).decision


def test_ends_of_the_calendar_leave_room_for_a_margin() -> None:
    assert EARLIEST - timedelta(days=30) < in_utc(datetime.min.replace(tzinfo=UTC))
    assert LATEST + timedelta(days=30) > in_utc(datetime.max.replace(tzinfo=UTC))


def test_turning_points_are_all_instants_of_all_terms_once_and_in_order() -> None:
    facts = LicenceFacts.from_transaction(
        licence(
            term(valid_from="2027-03-01T00:00:00Z", valid_until="2028-03-01T00:00:00Z"),
            term(valid_from="2026-01-01T00:00:00Z", to_be_used_until="2027-03-01T00:00:00Z"),
            term(),
        )
    )

    assert [(2026, 1), (2027, 3), (2028, 3)] == [(point.year, point.month) for point in turning_points(facts)]
