from datetime import timedelta

import pytest

from shared.durations import WRITTEN_SO, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1 s", timedelta(seconds=1)),
        ("30s", timedelta(seconds=30)),
        ("5 min", timedelta(minutes=5)),
        (" 12 h ", timedelta(hours=12)),
        ("7 d", timedelta(days=7)),
        ("999999 d", timedelta(days=999_999)),  # the longest that can be written still is a length of time
    ],
)
def test_a_whole_number_and_a_unit_is_a_length_of_time(text: str, length: timedelta) -> None:
    assert length == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "5", "min", "5 m", "5 M", "0 s", "-5 s", "1.5 h", "5  min", "1 h 30 min", "PT5M", "\u0665 min", "1000000 d"],
)
def test_anything_else_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="whole number") as caught:
        parse_duration(text)

    assert WRITTEN_SO == str(caught.value)
