import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sandbox.trading_grid.filters import parse_filter
from ops.sandbox.trading_grid.refusals import Refused
from shared.vendors.trading_grid.templates import Quoting, fill_filter

ITEM = {"name": "Spring Kit", "parent_folder_id": "f1", "properties": {"external_key": "k1"}, "etag": 3}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("name eq 'Spring Kit'", True),
        ("name eq 'spring kit'", False),
        ("LOWER(name) eq 'spring kit'", True),
        ("LOWER(name) like '%kit%'", True),
        ("name like 'Spring%'", True),
        ("name like '%Spring'", False),
        ("name like 'Spring.Kit'", False),
        ("name eq 'Spring Kit' and parent_folder_id eq 'f1'", True),
        ("name eq 'Spring Kit'  and  parent_folder_id eq 'f2'", False),
        ("properties.external_key eq 'k1'", True),
        ("properties.none eq ''", False),
        ("name eq ' and '", False),
    ],
)
def test_documented_expressions_are_understood(text: str, *, passes: bool) -> None:
    assert passes == parse_filter(text, quoting="doubled")(ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name eq",
        "name eq x",
        "name gt 'x'",
        "name eq 'x' or name eq 'y'",
        "name eq 'x' and",
        "name eq 'x'y'",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_filter(text, quoting="doubled")


values = st.text(st.one_of(st.sampled_from("'\\%"), st.characters()), max_size=8)


@pytest.mark.parametrize("quoting", ["doubled", "backslash"])
@given(name=values, other=values)
def test_no_value_gets_out_of_its_literal(quoting: Quoting, name: str, other: str) -> None:
    template = "name eq '{name}' and parent_folder_id eq '{parent}'"
    passes = parse_filter(fill_filter(template, {"name": name, "parent": "f1"}, quoting=quoting), quoting=quoting)

    assert passes({"name": name, "parent_folder_id": "f1"})
    assert (name == other) == passes({"name": other, "parent_folder_id": "f1"})
    assert not passes({"name": name, "parent_folder_id": "f2"})
