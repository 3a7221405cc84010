import json
import re
from base64 import b64encode
from collections.abc import Callable
from time import perf_counter
from urllib.parse import quote, quote_plus

import pytest
from pydantic import BaseModel, SecretStr

from shared.redaction import LONGEST_TEXT, MOST_KNOWN, Redactor

MARKER = "mArK3r-53cr3t"

# Every place in which a secret was seen in somebody's log, with the marker in it. Nothing here is registered.
PLACES = [
    f"Authorization: Bearer {MARKER}",
    f"authorization: bearer {MARKER}",
    f"Authorization: Basic {MARKER}=",
    f'Authorization: Digest username="u", response="{MARKER}"',
    f"request_headers=[(b'Host', b'api.example.com'), (b'Authorization', b'Bearer {MARKER}')]",
    f"request_headers=[(b'Authorization', b'Weird it\\'s {MARKER}')]",
    f"Headers({{'authorization': 'Token {MARKER}', 'accept': '*/*'}})",
    f"Cookie: session={MARKER}; other=1",
    f"Set-Cookie: session={MARKER}; Path=/",
    f"X-Api-Key: {MARKER}",
    f"HTTP Request: GET https://acme.example.com/api/v2000/company/1.xml?apiKey={MARKER}",
    f"HTTP Request: GET https://acme.example.com/x?apiKey={MARKER}&page=2 'HTTP/1.1 200 OK'",
    f"https://files.example.com/a.jpg?exp=1&sig={MARKER}",
    f"https://files.example.com/a.jpg?X-Amz-Signature={MARKER}&X-Amz-Expires=3600",
    f"https://files.example.com/a.jpg?X-Amz-Security-Token={MARKER}",
    f"https://share.example.com/?shareSecret={MARKER}",
    f"https://files.example.com/a?token={MARKER}#top",
    f"back to https%3A%2F%2Ffiles.example.com%2Fa%3Fsig%3D{MARKER}%26x%3D1",
    f"amqp://fleet:{MARKER}@rabbit:5672/fleet",
    f"postgresql+psycopg://fleet:{MARKER}@db/fleet",
    f"postgresql+psycopg://db/fleet?password={MARKER}",
    f"connection to 'https://{MARKER}@host/' failed",
    f"grant_type=refresh_token&refresh_token={MARKER}&client_id=acme",
    f"client_secret={MARKER}",
    f'{{"access_token": "{MARKER}", "expires_in": 3600}}',
    f'{{"access_token":"with \\"quotes\\" {MARKER}"}}',
    f'"{{\\"refresh_token\\": \\"{MARKER}\\"}}"',
    f"{{'client_secret': '{MARKER}'}}",
    f"dict(password='{MARKER}')",
    f"{{'id_token' => '{MARKER}'}}",
    f"password: {MARKER}",
    f"OTDS ticket={MARKER}",
    f"<apiKey>{MARKER}</apiKey>",
    f'token="{MARKER}',  # torn off in the middle
    f"id eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.{MARKER}",
    f"Bearer%20{MARKER}",
]


@pytest.mark.parametrize("text", PLACES)
def test_what_stands_where_secrets_stand_is_hidden(text: str) -> None:
    cleaned = Redactor().clean(text)

    assert MARKER not in cleaned
    assert "***" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "smintio.token: status 401: try again",
        "asset 79001 of acme withdrawn from acme-eu",
        "https://acme.example.com/consumer/v1/licences?continuationUuid=7c1b&limit=10",
        "routing key acme.smintio.licence.changed",
        "key=79001 queue=deliver design=3 config=on",
        "2 tickets, 3 secrets and a signature",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert text == Redactor().clean(text)


def test_a_cleaned_address_still_says_where_it_led() -> None:
    cleaned = Redactor().clean(f"GET https://files.example.com/a.jpg?exp=1&sig={MARKER}&v=2")

    assert "GET https://files.example.com/a.jpg?exp=1&sig=***&v=2" == cleaned


NASTY = "p@ss/w\"o'rd\\ +%ü&\n"

WRITTEN: list[Callable[[str], str]] = [
    str,
    quote,
    lambda secret: quote(secret, safe=""),
    lambda secret: quote(secret, safe="").lower(),
    quote_plus,
    json.dumps,
    lambda secret: json.dumps(secret, ensure_ascii=False),
    repr,
    lambda secret: repr(json.dumps(secret)),
]


@pytest.mark.parametrize("write", WRITTEN)
def test_a_known_secret_is_hidden_however_it_is_written(write: Callable[[str], str]) -> None:
    redactor = Redactor()
    redactor.hide(NASTY)

    cleaned = redactor.clean(f"before {write(NASTY)} after")

    assert re.fullmatch(r"""before ["'\\]*\*\*\*["'\\]* after""", cleaned)


def test_a_longer_secret_that_begins_like_a_shorter_one_leaves_no_rest() -> None:
    redactor = Redactor()
    redactor.hide("hunter2-and-more")
    redactor.hide("hunter2")

    assert "*** ***" == redactor.clean("hunter2-and-more hunter2")


def test_of_an_address_only_the_password_is_secret() -> None:
    redactor = Redactor()
    redactor.hide("amqp://fleet:pa%20ss/word@rabbit:5672/fleet")
    redactor.hide("sqlite:///fleet.sqlite")

    assert "*** at rabbit:5672 with sqlite:///fleet.sqlite" == redactor.clean(
        "pa ss/word at rabbit:5672 with sqlite:///fleet.sqlite"
    )


def test_a_rotated_token_pushes_out_the_oldest_and_never_the_newest() -> None:
    redactor = Redactor()
    for number in range(MOST_KNOWN + 1):
        redactor.hide(f"token-number-{number:06d}")

    assert "token-number-000000" == redactor.clean("token-number-000000")
    assert "***" == redactor.clean(f"token-number-{MOST_KNOWN:06d}")


class Account(BaseModel):
    name: str
    secret: SecretStr
    open_secret: str


def test_structures_are_cleaned_to_the_bottom_by_key_and_by_value() -> None:
    redactor = Redactor()
    redactor.hide(MARKER)
    found = {
        "client_secret": MARKER,
        "Authorization": ["Bearer", MARKER],
        b"cookie": MARKER,
        "tokens": {"access": MARKER},
        "headers": [("x-request", f"a {MARKER}")],
        "nested": {"deeper": ({"url": f"https://x/?apiKey={MARKER}"},)},
        MARKER: "as a key",
        "raw": MARKER.encode(),
        "wrapped": SecretStr(MARKER),
        "fault": ValueError(f"refused {MARKER}"),
        "model": Account(name="acme", secret=SecretStr(MARKER), open_secret=MARKER),
        "count": 3,
        "nothing": None,
    }

    cleaned = redactor.clean_value(found)

    assert MARKER not in json.dumps(cleaned)
    assert isinstance(cleaned, dict)
    assert {"count": 3, "nothing": None, "client_secret": "***"}.items() <= cleaned.items()


def test_a_structure_that_holds_itself_ends() -> None:
    ring: list[object] = ["x"]
    ring.append(ring)

    assert "[...]" in str(Redactor().clean_value(ring))


def test_a_basic_credential_is_hidden_though_nobody_knows_its_encoded_form() -> None:
    encoded = b64encode(f"user:{MARKER}".encode()).decode()

    assert encoded not in Redactor().clean(f"curl -H 'Authorization: Basic {encoded}' -u x")


def test_a_secret_torn_apart_by_the_cut_of_a_huge_text_is_dropped() -> None:
    redactor = Redactor()
    redactor.hide(MARKER)

    cleaned = redactor.clean("x" * (LONGEST_TEXT - 5) + MARKER + "y" * 1000)

    assert MARKER[:5] not in cleaned


@pytest.mark.parametrize(
    "bait",
    ["token>", "token:", "://", "eyJ", "bearer ", 'token="', "a", "token\\", "apikey ", "authorization", "\\'"],
)
def test_a_text_made_to_take_for_ever_does_not(bait: str) -> None:
    text = bait * (LONGEST_TEXT // len(bait))

    began = perf_counter()
    Redactor().clean(text)

    assert perf_counter() - began < 2  # a few milliseconds; a quadratic expression takes minutes
