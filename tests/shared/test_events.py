"""Events carry keys, have one id a change, and refuse what they do not promise."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Unreadable
from shared.events import CATALOGUE, MAX_EVENT_BYTES, ChangeEvent, Flow, LicenceChanged, announce, decode

SEEN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def event(kind: type[ChangeEvent] = LicenceChanged, *, key: str = "79001", version: int = 3) -> ChangeEvent:
    return announce(
        kind, source="smintio_licences", tenant="acme", key=key, version=version, seen_at=SEEN, flow=Flow.PUBLISH_ASSETS
    )


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_every_event_of_the_catalogue_survives_the_wire(kind: type[ChangeEvent]) -> None:
    sent = event(kind)

    received = decode(sent.encode())

    assert sent == received
    assert kind is type(received)


@given(key=KEYS, version=st.integers(min_value=0, max_value=2**63 - 1))
def test_the_same_change_always_has_the_same_id_and_another_change_another(key: str, version: int) -> None:
    assert event(key=key, version=version).id == event(key=key, version=version).id
    assert event(key=key, version=version).id != event(key=key, version=version + 1).id


def test_the_routing_key_names_tenant_system_object_and_participle() -> None:
    assert event().routing_key == "acme.smintio.licence.changed"


def test_an_old_worker_reads_an_event_with_fields_that_it_does_not_know() -> None:
    newer = json.loads(event().encode()) | {"severity": "high"}
    newer["data"]["region"] = "eu"

    assert event() == decode(json.dumps(newer).encode())


def test_an_event_that_carries_content_instead_of_a_key_is_never_published() -> None:
    with pytest.raises(Unreadable, match=f"more than {MAX_EVENT_BYTES}"):
        event().model_copy(update={"subject": "x" * MAX_EVENT_BYTES}).encode()


BROKEN = {
    "not JSON": b"<html>",
    "a list": b"[]",
    "empty": b"",
    "no id": json.dumps({k: v for k, v in json.loads(event().encode()).items() if k != "id"}).encode(),
    "type not in the catalogue": event().model_copy(update={"type": "smintio.licence.vanished"}).encode(),
    "tenant with capitals": event().encode().replace(b'"acme"', b'"ACME"'),
    "version below zero": event().encode().replace(b'"version":3', b'"version":-1'),
    "unknown flow": event().encode().replace(b'"publish_assets"', b'"publish_everything"'),
    "too large": b" " * (MAX_EVENT_BYTES + 1),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_event_is_unreadable_and_nothing_else(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)


@given(body=st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_but_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)
