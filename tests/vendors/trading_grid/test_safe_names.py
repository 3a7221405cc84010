import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vendors.trading_grid.names import MAX_NAME_BYTES, safe_name

# Case K22 and the names that K38 smuggles headers with.
HOSTILE = {
    "../../../../etc/cron.d/x": "_.._.._.._etc_cron.d_x",
    "/etc/passwd": "_etc_passwd",
    "..\\..\\x.exe": "_.._x.exe",
    "C:\\x.png": "C__x.png",
    "a/../../b": "a_.._.._b",
    "..": "unnamed",
    ".": "unnamed",
    "": "unnamed",
    " . ": "unnamed",
    "\u200d": "unnamed",
    "logo.png\u0000.sh": "logo.png_.sh",
    "%2e%2e%2fx": "_2e_2e_2fx",
    "100% cotton.jpg": "100% cotton.jpg",
    'ok.png"\r\nContent-Type: text/html\r\n\r\n<b>x': "ok.png___Content-Type_ text_html_____b_x",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "zero\u200bwidth.jpg": "zerowidth.jpg",
    "line\u2028break.jpg": "line_break.jpg",
    "lone\ud83dsurrogate.jpg": "lone_surrogate.jpg",
    "non\ufffecharacter.jpg": "non_character.jpg",
    "CON": "_CON",
    "nul.txt": "_nul.txt",
    "com1 .log": "_com1 .log",
    "lpt\u00b9.prn": "_lpt\u00b9.prn",
    "console.txt": "console.txt",
    ".htaccess": "htaccess",
    "trailing. . ": "trailing",
    "Caf\u0065\u0301.jpg": "Caf\u00e9.jpg",
    "\U0001f469\u200d\U0001f3a8 artwork.png": "\U0001f469\u200d\U0001f3a8 artwork.png",
}

pieces = st.one_of(
    st.text(st.characters(), max_size=3),  # lone surrogates too
    st.sampled_from([*"./\\: %\r\n\u202e\u200d\u0301\ud83d\ufffe\u00a0", "con", "nul", "%2e", "com1", "\u00e9" * 130]),
)
troublesome = st.lists(pieces, max_size=40).map("".join)


@pytest.mark.parametrize(("name", "expected"), HOSTILE.items())
def test_hostile_name_becomes_a_harmless_one(name: str, expected: str) -> None:
    assert expected == safe_name(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a" * 300 + ".jpeg", "a" * 250 + ".jpeg"),
        ("\u00e9" * 200 + ".jpg", "\u00e9" * 125 + ".jpg"),
        ("a" * 250 + " . " + "b" * 20 + ".jpg", "a" * 250 + ".jpg"),
        ("a" * 300 + "." + "b" * 40, "a" * 255),
        ("\U0001f600" * 100, "\U0001f600" * 63),
    ],
)
def test_long_name_is_cut_between_characters_and_keeps_its_extension(name: str, expected: str) -> None:
    assert expected == safe_name(name)


@given(troublesome)
def test_any_name_becomes_safe_and_stays_so(name: str) -> None:
    safe = safe_name(name)

    assert safe == safe_name(safe)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert unicodedata.is_normalized("NFC", safe)
    assert not set(safe) & set('/\\:*?"<>|')
    assert not {unicodedata.category(c) for c in safe} & {"Cc", "Cs", "Zl", "Zp"}
    assert safe == safe.strip(" .")
