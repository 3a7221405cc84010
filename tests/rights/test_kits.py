"""Expired after it was picked (case K29): the answer is of an instant, and says how long it holds."""

from datetime import UTC, datetime

from shared.rights.use import Audience
from shared.rights.verdict import Decision
from tests.rights.licences import judged, licence, term

MONDAY, WEDNESDAY, FRIDAY = (datetime(2027, 1, day, 9, tzinfo=UTC) for day in (11, 13, 15))
AUSTRIA = Audience(regions=("europe_austria",))
GERMANY_ONLY = term(allowed_geographies=["europe_germany"])


def kit(*, ninth_state: str) -> list[dict[str, object]]:
    assets = [licence(uuid=str(number)) for number in range(1, 21)]
    assets[6] = licence(term(valid_until=WEDNESDAY.isoformat()))
    assets[8] = licence(state=ninth_state)
    assets[11] = licence(GERMANY_ONLY)
    return assets


def left_out(assets: list[dict[str, object]], at: datetime, audience: Audience) -> set[int]:
    return {
        number
        for number, asset in enumerate(assets, start=1)
        if judged(asset, audience=audience, at=at).decision is not Decision.PERMIT
    }


def test_kit_is_judged_again_at_its_release() -> None:
    approved, released = kit(ninth_state="completed"), kit(ninth_state="cancelled")

    assert {12} == left_out(approved, MONDAY, AUSTRIA)
    assert {7, 9, 12} == left_out(released, FRIDAY, AUSTRIA)
    assert {7, 9} == left_out(released, FRIDAY, Audience(regions=("europe_germany",)))


def test_link_made_on_monday_is_told_when_the_right_ends() -> None:
    asset = kit(ninth_state="completed")[6]

    assert WEDNESDAY == judged(asset, at=MONDAY).valid_until
