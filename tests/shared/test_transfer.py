"""A file arrives whole and verified, or not at all."""

import hashlib
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected, Unavailable
from shared.transfer import Carried, carry, sniff


def into_list(chunks: Iterator[bytes], mime_type: str) -> tuple[bytes, str]:
    return b"".join(chunks), mime_type


def carried(
    chunks: Iterable[bytes], *, length_bytes: int | None = None, max_bytes: int = 10_000
) -> tuple[tuple[bytes, str], Carried]:
    return carry(iter(chunks), into_list, length_bytes=length_bytes, max_bytes=max_bytes)


@given(chunks=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20))
def test_what_passes_is_counted_and_hashed_whatever_its_chunks(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)

    (arrived, mime_type), meter = carried(chunks, length_bytes=len(whole))

    assert whole == arrived
    assert Carried(len(whole), hashlib.sha256(whole).hexdigest(), mime_type) == meter


@pytest.mark.parametrize(
    ("chunks", "length_bytes"),
    [([b"x" * 4000], 10_000), ([], 571_167), ([b"abc", b"de"], 4)],
    ids=["cut", "empty although announced", "longer than announced"],
)
def test_a_source_that_breaks_its_promise_is_tried_again(chunks: list[bytes], length_bytes: int) -> None:
    with pytest.raises(Unavailable):
        carried(chunks, length_bytes=length_bytes)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Rejected, match="empty"):
        carried([])


def test_a_file_that_never_ends_is_cut_at_the_limit() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    with pytest.raises(Rejected, match="larger than 5000 bytes"):
        carried(endless(), max_bytes=5000)


@pytest.mark.parametrize(
    ("head", "mime_type"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"nothing anybody knows", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_bytes_say(head: bytes, mime_type: str) -> None:
    assert mime_type == sniff(head)
