"""However an answer is broken, what comes out is read or is a named error: never a surprise, never a secret."""

import json
import traceback
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import FleetError
from shared.vendors.smintio.client import Smintio
from tests.vendors.scripted import Received, Serve, Step, http
from tests.vendors.smintio.conftest import WIRE, Client

READS: dict[str, Callable[[Smintio], object]] = {
    "lpt_page_first.json": lambda smintio: smintio.transactions("c-1"),
    "lpt_page_holes.json": lambda smintio: smintio.transactions(None),
    "binaries_compound.json": lambda smintio: smintio.binaries("3501", "79001"),
    "generic_metadata.json": lambda smintio: smintio.catalogues(),
    "token_ok.json": lambda smintio: smintio.catalogues(),
}
SECRETS = ("0123abcd", "at-0001", "rt-0002", "idt-0001", "made-up-secret", "rt-0001")
ODD: st.SearchStrategy[object] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just("\ud83d")
    | st.just(10**400)
)


@st.composite
def broken(draw: st.DrawFn, whole: bytes) -> bytes:
    kind = draw(st.sampled_from(["cut", "flipped", "member replaced", "member dropped"]))
    if kind == "cut":
        return whole[: draw(st.integers(0, len(whole) - 1))]
    if kind == "flipped":
        at = draw(st.integers(0, len(whole) - 1))
        return whole[:at] + bytes([draw(st.integers(0, 255))]) + whole[at + 1 :]
    content = json.loads(whole)
    for _ in range(draw(st.integers(1, 4))):
        content = _damaged(draw, content, is_dropped=kind == "member dropped")
    return json.dumps(content).encode()


def _damaged(draw: st.DrawFn, value: object, *, is_dropped: bool) -> object:
    """Walk down to some member and spoil it."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 7)) == 0:
        return draw(ODD)
    if isinstance(value, list):
        at = draw(st.integers(0, len(value) - 1))
        rest = [] if is_dropped and draw(st.booleans()) else [_damaged(draw, value[at], is_dropped=is_dropped)]
        return [*value[:at], *rest, *value[at + 1 :]]
    key = draw(st.sampled_from(sorted(value)))
    if is_dropped and draw(st.booleans()):
        return {name: member for name, member in value.items() if name != key}
    return {**value, key: _damaged(draw, value[key], is_dropped=is_dropped)}


@pytest.mark.parametrize("name", READS)
def test_a_broken_answer_is_read_or_ends_in_a_named_error(serve: Serve, client: Client, name: str) -> None:
    whole = (WIRE / name).read_bytes()
    said = {"answer": whole}

    def script(got: Received) -> Step:
        if got.method != "POST":
            return http((WIRE / "generic_metadata.json").read_bytes() if name == "token_ok.json" else said["answer"])
        return http(said["answer"] if name == "token_ok.json" else b'{"access_token": "at-1"}')

    server = serve(script)
    shared = client(server)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(broken(whole))
    def read(answer: bytes) -> None:
        said["answer"] = answer
        smintio = client(server) if name == "token_ok.json" else shared
        try:
            READS[name](smintio)
        except FleetError as fault:
            text = "".join(traceback.format_exception(fault))
            assert [] == [secret for secret in SECRETS if secret in text]

    read()
