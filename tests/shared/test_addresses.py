import pytest

from shared.addresses import is_plain_beyond_loopback, passwords_in


@pytest.mark.parametrize(
    ("address", "passwords"),
    [
        ("amqp://fleet:pa%40ss@rabbit/fleet", ("pa@ss",)),
        ("amqp://fleet:pa/ss#?@rabbit/fleet", ("pa/ss#?",)),
        ("amqp://fleet:p@ss@rabbit/fleet", ("p@ss",)),
        ("postgresql+psycopg://db/fleet?sslmode=verify-full&password=one&sslpassword=two", ("one", "two")),
        ("amqp://fleet@rabbit/fleet", ()),
        ("amqp://fleet:@rabbit/fleet", ()),
        ("sqlite:///fleet.sqlite", ()),
        ("", ()),
    ],
)
def test_passwords_are_found_wherever_an_address_carries_them(address: str, passwords: tuple[str, ...]) -> None:
    assert passwords == passwords_in(address)


@pytest.mark.parametrize(
    ("address", "is_plain"),
    [
        ("http://tg.example.com", True),
        ("http://10.0.0.1", True),
        ("https://tg.example.com", False),
        ("http://127.0.0.1:80", False),
        ("http://[::1]:80", False),
        ("http://localhost", False),
        ("http://localhost.example.com", True),
        ("not an address", False),
    ],
)
def test_an_address_is_plain_when_others_on_the_network_can_read_along(address: str, *, is_plain: bool) -> None:
    assert is_plain is is_plain_beyond_loopback(address)
