import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vendors import exact_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e30"), max_value=Decimal("1e30"))
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_encoded_decodes_to_the_same(value: object) -> None:
    text = exact_json.encode(value)

    assert json.loads(text) is not Ellipsis
    assert value == exact_json.decode(text)


def test_a_number_keeps_every_digit() -> None:
    text = '{"aspect_ratio":1.2302857142857142857142857143,"price":0.0}'

    assert text == exact_json.encode(exact_json.decode(text))


def test_equal_content_is_equal_text_when_keys_are_sorted() -> None:
    assert exact_json.encode({"b": 1, "a": [{}, []]}, sort_keys=True) == '{"a":[{},[]],"b":1}'


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999999999", "1e-999999999", "[" * 50_000, "{", ""])
def test_what_is_not_json_or_beyond_reason_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the contract names no message
        exact_json.decode(text)
