"""Files behind signed links, seen through our own client (dossier 4.6, 9.2.8; case K25)."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.smintio.files import File
from ops.sandbox.smintio.licences import licence
from ops.sandbox.world import World
from shared.vendors.http import NotFound
from shared.vendors.smintio.client import Smintio
from shared.vendors.smintio.downloads import LinkExpired
from shared.vendors.smintio.models import Binary

Bought = Callable[..., None]


@pytest.fixture(autouse=True)
def _licence_with_a_file(simulated: SimulatedSmintio) -> None:
    simulated.account.buy(licence("1", name="picture", cart="3501"), [File("1", "jpeg", "picture_1.jpg", "licence 1")])


def fetched(smintio: Smintio, binary: Binary) -> bytes:
    with smintio.open_binary(binary) as download:
        return b"".join(download.chunks)


def test_a_file_is_a_real_one_with_its_name_type_and_version(smintio: Smintio) -> None:
    (binary,) = smintio.binaries("3501", "1")

    content = fetched(smintio, binary)

    assert ("picture_1.jpg", "image", 1) == (binary.recommended_file_name, binary.content_type, binary.version)
    assert (b"\xff\xd8\xff\xe0", True) == (content[:4], b"licence 1" in content)


def test_another_cart_has_no_such_licence(smintio: Smintio) -> None:
    with pytest.raises(NotFound):
        smintio.binaries("3502", "1")


def test_a_link_lives_an_hour_of_the_sandbox_and_a_fresh_one_works(world: World, smintio: Smintio) -> None:
    (old,) = smintio.binaries("3501", "1")

    world.clock.advance(timedelta(minutes=59))
    in_time = fetched(smintio, old)
    world.clock.advance(timedelta(minutes=1))
    with pytest.raises(LinkExpired):
        fetched(smintio, old)
    (fresh,) = smintio.binaries("3501", "1")

    assert in_time == fetched(smintio, fresh)


def test_a_link_needs_no_token_and_no_change_to_it_is_accepted(smintio: Smintio) -> None:
    (binary,) = smintio.binaries("3501", "1")
    link = httpx.URL(binary.download_url.get_secret_value())

    def status(**changes: str) -> int:
        return httpx.get(link.copy_merge_params(changes)).status_code

    assert [200, 403, 403, 403] == [status(), status(v="2"), status(exp="9999999999"), status(sig="0" * 32)]


def test_a_replaced_file_has_another_version_and_other_bytes(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    (before,) = smintio.binaries("3501", "1")
    old = fetched(smintio, before)

    simulated.account.replace_file("1", "1")
    (after,) = smintio.binaries("3501", "1")

    assert (before.uuid, 2, "2") == (after.uuid, after.version, str(simulated.account.read("1")["version"]))
    assert old != fetched(smintio, after)
    assert old == fetched(smintio, before)


def test_a_compound_licence_has_several_files(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    files = [
        File("1", "pdf", "poster_en.pdf", "licence 2 en", culture="en"),
        File("2", "png", "poster_de.png", "licence 2 de", culture="de", version=None),
    ]
    simulated.account.buy(licence("2", name="poster", content_type="template"), files)

    binaries = smintio.binaries("3501", "2")

    assert [("1", "en", 1), ("2", "de", 1)] == [(binary.uuid, binary.culture, binary.version) for binary in binaries]
    assert [b"%PDF", b"\x89PNG"] == [fetched(smintio, binary)[:4] for binary in binaries]


def test_a_transfer_is_resumed_where_it_stopped(smintio: Smintio) -> None:
    (binary,) = smintio.binaries("3501", "1")
    with smintio.open_binary(binary) as download:
        whole = b"".join(download.chunks)

    with smintio.open_binary(binary, start=1000, if_unchanged=download.validator) as rest:
        content = b"".join(rest.chunks)
    with smintio.open_binary(binary, start=1000, if_unchanged='"another"') as restarted:
        again = b"".join(restarted.chunks)

    assert (whole[1000:], 1000) == (content, rest.starts_at)
    assert (whole, 0) == (again, restarted.starts_at)


@pytest.mark.parametrize(("asked", "status"), [("bytes=0-9", 206), ("bytes=99999999-", 416), ("bytes=-5", 200)])
def test_a_range_is_one_that_starts_somewhere(smintio: Smintio, asked: str, status: int) -> None:
    (binary,) = smintio.binaries("3501", "1")

    answer = httpx.get(binary.download_url.get_secret_value(), headers={"Range": asked})

    assert status == answer.status_code


def test_thirty_licences_have_thirty_different_files(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    for number in range(100, 130):
        kind = ("jpeg", "png", "pdf")[number % 3]
        simulated.account.buy(licence(str(number), name="x"), [File("1", kind, f"{number}", f"licence {number}")])

    contents = {
        fetched(smintio, binary) for number in range(100, 130) for binary in smintio.binaries("3501", str(number))
    }

    assert 30 == len(contents)


def test_a_link_of_our_own_making_is_refused(base_url: str, smintio: Smintio) -> None:
    link = SecretStr(f"{base_url}/consumer/v1/downloads/signed/1/1?v=1&exp=9999999999&sig=forged")

    with pytest.raises(LinkExpired):
        fetched(smintio, Binary(uuid="1", download_url=link))
