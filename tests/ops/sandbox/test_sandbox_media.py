"""Made files are valid, of their kind, and all different."""

import re
import struct
import zlib

import puremagic
import pytest

from ops.sandbox.media import KINDS, varied


@pytest.mark.parametrize("kind", KINDS)
def test_another_remark_is_another_file_and_the_same_remark_the_same(kind: str) -> None:
    files = [varied(kind, f"licence {number}") for number in range(40)]

    assert (40, files[0]) == (len(set(files)), varied(kind, "licence 0"))
    assert [] == [content for number, content in enumerate(files) if f"licence {number}".encode() not in content]


@pytest.mark.parametrize("kind", KINDS)
def test_a_varied_file_is_still_of_its_kind(kind: str) -> None:
    matches = puremagic.magic_string(varied(kind, "licence 79101 v2"))

    assert KINDS[kind].media_type in [match.mime_type for match in matches]


def test_a_jpeg_is_whole_from_segment_to_segment() -> None:
    content = varied("jpeg", "licence 79101")
    markers, at = [], 2
    while content[at + 1] != 0xDA:
        markers.append(content[at + 1])
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]

    assert (b"\xff\xd8", b"\xff\xd9") == (content[:2], content[-2:])
    assert [0xE0, 0xFE] == markers[:2]


def test_a_png_keeps_its_checksums_and_its_end() -> None:
    content, chunks, at = varied("png", "licence 79101"), [], 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        assert struct.unpack(">I", content[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            content[at + 4 : at + 8 + size]
        )
        chunks.append(kind)
        at += 12 + size

    assert [b"tEXt", b"IEND"] == chunks[-2:]


def test_a_pdf_still_finds_its_table_of_objects() -> None:
    content = varied("pdf", "licence 79101")
    found = re.findall(rb"startxref\s+(\d+)\s+%%EOF", content)

    assert b"xref" == content[int(found[-1]) :][:4]
    assert content.endswith(b"%%EOF\n")


def test_an_mp4_is_whole_from_box_to_box() -> None:
    content, boxes, at = varied("mp4", "licence 79101"), [], 0
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        boxes.append(kind)
        at += size

    assert ([b"ftyp", b"free", b"mdat", b"free"], len(content)) == (boxes, at)
