import pytest

from shared.errors import Misconfigured, Rejected
from shared.vendors.paths import fill


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("3501", "/carts/3501/files"),
        ("2:0:61000001", "/carts/2%3A0%3A61000001/files"),
        ("a/../../b", "/carts/a%2F..%2F..%2Fb/files"),
        ("ä ?#", "/carts/%C3%A4%20%3F%23/files"),
    ],
)
def test_an_id_stays_one_segment(value: str, filled: str) -> None:
    assert filled == fill("/carts/{cart}/files", cart=value)


@pytest.mark.parametrize("value", ["", ".", "..", "a\r\nHost: evil", "a\x00", "\ud83d", "a\u202eb"])
def test_an_id_that_cannot_be_a_segment_is_rejected(value: str) -> None:
    with pytest.raises(Rejected):
        fill("/carts/{cart}/files", cart=value)


@pytest.mark.parametrize("template", ["/carts/{basket}", "/carts/{cart", "/carts/{0}", "/carts/{cart!r}", "/{cart:>9}"])
def test_a_template_we_cannot_fill_is_a_wrong_setting(template: str) -> None:
    with pytest.raises(Misconfigured):
        fill(template, cart="1")
