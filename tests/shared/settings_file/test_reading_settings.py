import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from shared.errors import Misconfigured
from shared.settings import FleetSettings, Settings
from shared.settings_file.reading import load_settings
from shared.settings_file.sections import Place, many_sections_model, section_model
from tests.shared.settings_file.written import COMMUNITIES, FLEET, MARKER, PUBLICATIONS, SECRETS, write_settings

VOCABULARY = {"regions": {"any", "europe_any", "europe_germany"}, "usages": {"any", "marketing_promotional_any"}}


def load(path: Path, environ: Mapping[str, str] | None = None, known: list[str] | None = None) -> FleetSettings:
    hidden = [] if known is None else known
    return load_settings(path, environ=environ or {}, vocabulary=VOCABULARY, hide=hidden.append)


def sentences(path: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        load(path, environ)
    assert MARKER not in str(caught.value)
    assert caught.value.__cause__ is None
    return [line.replace(f"{path.parent}/", "") for line in str(caught.value).splitlines()]


def test_settings_come_from_the_file_the_files_it_names_and_the_secret_files(tmp_path: Path) -> None:
    hidden: list[str] = []

    settings = load(write_settings(tmp_path), known=hidden)

    tenant = settings.tenants["acme"]
    assert timedelta(minutes=20) == tenant.withdrawal_margin
    assert timedelta(seconds=30) == tenant.smintio.poll_every
    assert timedelta(seconds=15) == tenant.trading_grid.poll_every
    assert ("c-2",) == tenant.communities["acme-us"].companies
    assert ("acme-eu",) == tenant.publications["brand"].audience.communities
    assert "sqlite:///fleet.sqlite" == settings.database.url.get_secret_value()
    assert SECRETS["broker_url"].rstrip() == settings.broker.url.get_secret_value()
    assert f"{MARKER}-smintio" == tenant.smintio.client_secret.get_secret_value()
    assert f"{MARKER}-refresh" == tenant.smintio.refresh_token.get_secret_value()
    assert f"{MARKER}-grid" == tenant.trading_grid.client_secret.get_secret_value()
    assert {text.strip() for text in SECRETS.values()} <= set(hidden)
    assert MARKER not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


def test_communities_and_publications_may_stand_in_the_settings_file_itself(tmp_path: Path) -> None:
    inline = FLEET.replace('communities_file = "communities.toml"', "").replace(
        'publications_file = "publications.toml"', ""
    )
    inline += """
[tenants.acme.communities.acme-eu]
space = "s-eu"
companies = ["c-1"]

[tenants.acme.publications.brand]
title = "Brand images"
folder = "Brand"
assets = {}
audience = {}
use = {}
"""

    settings = load(write_settings(tmp_path, fleet=inline))

    assert ["acme-eu"] == list(settings.tenants["acme"].communities)
    assert ["brand"] == list(settings.tenants["acme"].publications)


class Spoilt(NamedTuple):
    """What is replaced in which file, and the one sentence that must come of it."""

    file: str
    before: str
    after: str
    sentence: str
    follows: str = "nothing else"
    """What cannot be told once this is wrong; it is said as well, and does not matter here."""


SPOILT = {
    "misspelt key": Spoilt(
        "fleet",
        "hub_company",
        "hub_compny",
        "fleet.toml: tenants.acme.trading_grid.hub_compny: no such key, allowed: profile, base_url, storage_url, "
        "tenant_id, client_id, client_secret_file, hub_company, poll_every, request_timeout; "
        'did you mean "hub_company"?',
        follows="hub_company: is missing",
    ),
    "misspelt key of a community": Spoilt(
        "communities",
        "regions",
        "region",
        "communities.toml: acme-eu.region: no such key, allowed: space, companies, regions, channels, languages, "
        'industries; did you mean "regions"?',
    ),
    "misspelt file key": Spoilt(
        "fleet",
        "communities_file",
        "comunities_file",
        "fleet.toml: tenants.acme.comunities_file: no such key, allowed: smintio, trading_grid, communities, "
        "communities_file, publications, publications_file, withdrawal_margin; "
        'did you mean "communities_file"?',
        follows="tenants.acme.communities: is missing",
    ),
    "number for text": Spoilt(
        "fleet",
        'client_id = "fleet"',
        "client_id = 5",
        "fleet.toml: tenants.acme.trading_grid.client_id: found a whole number, allowed: text in quotes",
    ),
    "text for a number": Spoilt(
        "fleet",
        'poll_every = "30 s"',
        'page_size = "10"',
        "fleet.toml: tenants.acme.smintio.page_size: found text, allowed: a whole number",
    ),
    "true for a number": Spoilt(
        "fleet",
        'poll_every = "30 s"',
        "page_size = true",
        "fleet.toml: tenants.acme.smintio.page_size: found true or false, allowed: a whole number",
    ),
    "number out of range": Spoilt(
        "fleet",
        'poll_every = "30 s"',
        "page_size = 101",
        "fleet.toml: tenants.acme.smintio.page_size: found a whole number 101, allowed: 100 or less",
    ),
    "text for truth": Spoilt(
        "publications",
        "editorial = false",
        'editorial = "no"',
        "publications.toml: brand.use.editorial: found text, allowed: true or false, without quotes",
    ),
    "text for a list": Spoilt(
        "communities",
        '["c-2"]',
        '"c-2"',
        'communities.toml: acme-us.companies: found text, allowed: a list such as ["first", "second"]',
    ),
    "number in a list": Spoilt(
        "communities",
        '["c-2"]',
        '["c-2", 3]',
        "communities.toml: acme-us.companies, entry 2: found a whole number, allowed: text in quotes",
    ),
    "text for a table": Spoilt(
        "publications",
        'assets = { projects = ["21"] }',
        'assets = "all"',
        "publications.toml: brand.assets: found text, allowed: a table",
    ),
    "date for text": Spoilt(
        "communities",
        '"s-us"',
        "2026-01-01",
        "communities.toml: acme-us.space: found a date or time, allowed: text in quotes",
    ),
    "duration without a unit": Spoilt(
        "fleet",
        '"20 min"',
        "20",
        "fleet.toml: tenants.acme.withdrawal_margin: found a whole number 20, allowed: a whole number from 1 and a "
        'unit (s, min, h or d) in quotes, such as "30 s" or "5 min"',
    ),
    "duration of another unit": Spoilt(
        "fleet",
        '"20 min"',
        '"20 m"',
        'fleet.toml: tenants.acme.withdrawal_margin: found text "20 m", allowed: a whole number from 1 and a unit '
        '(s, min, h or d) in quotes, such as "30 s" or "5 min"',
    ),
    "no duration at all": Spoilt(
        "fleet",
        '"20 min"',
        '"0 s"',
        'fleet.toml: tenants.acme.withdrawal_margin: found text "0 s", allowed: a whole number from 1 and a unit '
        '(s, min, h or d) in quotes, such as "30 s" or "5 min"',
    ),
    "unknown choice": Spoilt(
        "fleet",
        "[broker]",
        'log_level = "warn"\n[broker]',
        "fleet.toml: log_level: found text \"warn\", allowed: 'debug', 'info', 'warning' or 'error'; "
        'did you mean "warning"?',
    ),
    "name of a tenant": Spoilt(
        "fleet",
        "tenants.acme",
        "tenants.ACME",
        "fleet.toml: tenants.ACME: this name is not allowed, allowed: text that matches ^[a-z0-9_-]{1,32}$",
        follows="tenants.ACME.",
    ),
    "key left out": Spoilt(
        "fleet",
        'hub_company = "1"',
        "",
        "fleet.toml: tenants.acme.trading_grid.hub_company: is missing, needed: Id of our own company; "
        "its people may be members of every space.",
    ),
    "unknown audience": Spoilt(
        "publications",
        '["acme-eu"]',
        '["acme-uk"]',
        'publications.toml: brand.audience.communities: found "acme-uk", allowed: a community of this tenant '
        '(acme-eu, acme-us); did you mean "acme-us"?',
    ),
    "unknown region": Spoilt(
        "communities",
        "europe_germany",
        "europe_germny",
        'communities.toml: acme-eu.regions: found "europe_germny", allowed: a known key '
        '(any, europe_any, europe_germany); did you mean "europe_germany"?',
    ),
    "unknown usage": Spoilt(
        "publications",
        "marketing_promotional_any",
        "tattoos",
        'publications.toml: brand.use.usages: found "tattoos", allowed: a known key (any, marketing_promotional_any)',
    ),
    "one space for two": Spoilt(
        "communities",
        "s-us",
        "s-eu",
        'communities.toml: acme-us.space: found "s-eu", which is the space of acme-eu, allowed: one space for each '
        "community",
    ),
    "address of another kind": Spoilt(
        "fleet",
        "https://tg.example.com",
        "tg.example.com",
        "fleet.toml: tenants.acme.trading_grid.base_url: found text, allowed: an address such as https://host/path, "
        "without user or password",
    ),
    "address with a password": Spoilt(
        "fleet",
        "https://tg.example.com",
        f"https://fleet:{MARKER}@tg.example.com",
        "fleet.toml: tenants.acme.trading_grid.base_url: found text, allowed: an address such as https://host/path, "
        "without user or password",
    ),
    "database of another kind": Spoilt(
        "fleet",
        "sqlite:///fleet.sqlite",
        "mysql://host/fleet",
        "fleet.toml: database.url: found something else, allowed: sqlite:///path, or an address such as "
        "postgresql+psycopg://user:password@host/name",
    ),
    "secret in the file": Spoilt(
        "fleet",
        'client_secret_file = "secrets/trading_grid_client_secret"',
        f'client_secret = "{MARKER}"',
        "fleet.toml: tenants.acme.trading_grid.client_secret: found text, but a secret never stands in a settings "
        'file: put it in a file of its own and say client_secret_file = "path", or set '
        "FLEET_TENANTS_ACME_TRADING_GRID_CLIENT_SECRET",
    ),
    "password in the file": Spoilt(
        "fleet",
        "sqlite:///fleet.sqlite",
        f"postgresql+psycopg://host/fleet?password={MARKER}",
        "fleet.toml: database.url: found an address with a password, which never stands in a settings file: "
        'put it in a file of its own and say url_file = "path", or set FLEET_DATABASE_URL',
    ),
    "secret left out": Spoilt(
        "fleet",
        'refresh_token_file = "secrets/smintio_refresh_token"',
        "",
        "fleet.toml: tenants.acme.smintio.refresh_token: is missing, needed: put it in a file of its own and say "
        'refresh_token_file = "path", or set FLEET_TENANTS_ACME_SMINTIO_REFRESH_TOKEN',
    ),
    "secret file that is not there": Spoilt(
        "fleet",
        "secrets/smintio_refresh_token",
        "secrets/nothing",
        "fleet.toml: tenants.acme.smintio.refresh_token: refresh_token_file: secrets/nothing cannot be read "
        "(No such file or directory), allowed: a file that holds the secret in one line",
    ),
    "secret file that is a folder": Spoilt(
        "fleet",
        "secrets/smintio_refresh_token",
        "secrets",
        "fleet.toml: tenants.acme.smintio.refresh_token: refresh_token_file: secrets cannot be read (Is a directory), "
        "allowed: a file that holds the secret in one line",
    ),
    "secret file that is a device": Spoilt(
        "fleet",
        "secrets/smintio_refresh_token",
        "/dev/zero",
        "fleet.toml: tenants.acme.smintio.refresh_token: refresh_token_file: /dev/zero is not a file, "
        "allowed: a file that holds the secret in one line",
    ),
    "path that is no text": Spoilt(
        "fleet",
        '"secrets/smintio_refresh_token"',
        "5",
        "fleet.toml: tenants.acme.smintio.refresh_token: refresh_token_file: found a whole number, "
        "allowed: the path of a file in quotes",
    ),
    "secret here and there": Spoilt(
        "fleet",
        'url = "sqlite:///fleet.sqlite"',
        'url = "sqlite:///fleet.sqlite"\nurl_file = "secrets/broker_url"',
        "fleet.toml: database.url: url and url_file are both there, allowed: one of them",
    ),
    "communities here and there": Spoilt(
        "fleet",
        'communities_file = "communities.toml"',
        'communities_file = "communities.toml"\ncommunities = {}',
        "fleet.toml: tenants.acme.communities: communities and communities_file are both there, allowed: one of them",
    ),
    "communities in no file": Spoilt(
        "fleet",
        '"communities.toml"',
        '"nothing.toml"',
        "fleet.toml: tenants.acme.communities: nothing.toml: cannot be read (No such file or directory), "
        "allowed: a settings file in TOML",
    ),
    "communities that are not TOML": Spoilt(
        "communities",
        "[acme-us]",
        "[acme-us",
        "fleet.toml: tenants.acme.communities: communities.toml: is not TOML: Expected ']' at the end of a table "
        "declaration (at line 7, column 9)",
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_one_mistake_is_one_sentence(spoilt: Spoilt, tmp_path: Path) -> None:
    texts = {"fleet": FLEET, "communities": COMMUNITIES, "publications": PUBLICATIONS}
    assert spoilt.before in texts[spoilt.file]
    texts[spoilt.file] = texts[spoilt.file].replace(spoilt.before, spoilt.after)

    said = sentences(write_settings(tmp_path, **texts))

    assert [spoilt.sentence] == [line for line in said if spoilt.follows not in line]


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    path = write_settings(
        tmp_path,
        fleet=FLEET.replace("client_id", "client_idd").replace('"20 min"', "20"),
        communities=COMMUNITIES.replace("s-us", "s-eu"),
        publications=PUBLICATIONS.replace("acme-eu", "acme-ue").replace("title", "titel"),
    )

    said = sentences(path)

    assert 9 == len(said) == len(set(said))
    assert {"fleet.toml", "communities.toml", "publications.toml"} == {line.partition(":")[0] for line in said}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "fleet.toml: cannot be read (No such file or directory), allowed: a settings file in TOML"),
        (b"[broker", "fleet.toml: is not TOML: Expected ']' at the end of a table declaration (at end of document)"),
        (b"\xff\xfe", "fleet.toml: is not UTF-8 text, allowed: a settings file in TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, text: bytes | None, said: str) -> None:
    path = tmp_path / "fleet.toml"
    if text is not None:
        path.write_bytes(text)

    assert [said] == sentences(path)


def test_an_empty_file_says_what_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text("")

    said = sentences(path)

    assert ["broker.url", "database.url", "tenants"] == [line.split(": ")[1] for line in said]


@pytest.mark.parametrize("tenants", ["tenants = 5", "tenants = {}", "[tenants]\nacme = 5"])
def test_tenants_of_another_shape_are_a_sentence_and_no_crash(tmp_path: Path, tenants: str) -> None:
    path = write_settings(tmp_path, fleet=FLEET.partition("[tenants")[0])
    path.write_text(f"{tenants}\n{path.read_text()}" if "[" not in tenants else f"{path.read_text()}\n{tenants}")

    (said,) = sentences(path)

    assert said.startswith("fleet.toml: tenants")


def test_the_environment_comes_before_the_file_and_can_stand_in_for_a_section(tmp_path: Path) -> None:
    path = write_settings(tmp_path, fleet=FLEET.partition("[tenants")[1] + FLEET.partition("[tenants")[2])
    environ = {
        "FLEET_AMQP_URL": f"amqps://u:{MARKER}@rabbit/fleet",
        "FLEET_DATABASE_URL": f"postgresql+psycopg://u:{MARKER}@db/fleet",
        "FLEET_TENANTS_ACME_SMINTIO_CLIENT_SECRET": f"{MARKER}-from-environment",
    }

    settings = load(path, environ)

    assert environ["FLEET_AMQP_URL"] == settings.broker.url.get_secret_value()
    assert environ["FLEET_DATABASE_URL"] == settings.database.url.get_secret_value()
    assert f"{MARKER}-from-environment" == settings.tenants["acme"].smintio.client_secret.get_secret_value()


def test_a_variable_set_to_nothing_is_not_a_secret(tmp_path: Path) -> None:
    said = sentences(write_settings(tmp_path), {"FLEET_AMQP_URL": " "})

    assert ["fleet.toml: broker.url: FLEET_AMQP_URL is set to nothing, allowed: the secret, or not to set it"] == said


def test_a_variable_that_could_mean_two_tenants_is_refused(tmp_path: Path) -> None:
    tenants = FLEET.partition("[tenants")[1] + FLEET.partition("[tenants")[2]
    two = FLEET.replace("tenants.acme", "tenants.a-b") + tenants.replace("tenants.acme", "tenants.a_b")

    said = sentences(write_settings(tmp_path, fleet=two), {"FLEET_TENANTS_A_B_SMINTIO_CLIENT_SECRET": MARKER})

    meant = "FLEET_TENANTS_A_B_SMINTIO_CLIENT_SECRET could be meant for 2 tenants, allowed: files for them"
    assert [f"fleet.toml: tenants.{name}.smintio.client_secret: {meant}" for name in ("a-b", "a_b")] == said


@pytest.mark.parametrize("text", [b"", b"\n", b"  \n", b"two\nlines\n", b"\xff", b"nul\0", b"x" * 70_000])
def test_a_secret_file_that_holds_no_secret_is_refused(tmp_path: Path, text: bytes) -> None:
    path = write_settings(tmp_path)
    (tmp_path / "secrets" / "broker_url").write_bytes(text)

    (said,) = sentences(path)

    assert said.startswith("fleet.toml: broker.url: url_file: secrets/broker_url ")
    assert said.endswith(", allowed: a file that holds the secret in one line")


def test_a_secret_that_everyone_may_read_is_warned_of(tmp_path: Path) -> None:
    path = write_settings(tmp_path)
    (tmp_path / "secrets" / "broker_url").chmod(0o644)

    with capture_logs() as logged:
        load(path)

    assert [("every user of this machine may read a secret", str(tmp_path / "secrets" / "broker_url"))] == [
        (line["event"], line["file"]) for line in logged
    ]


@pytest.mark.parametrize(
    ("address", "warned"),
    [("http://tg.internal", 1), ("http://127.0.0.1:9", 0), ("http://localhost:9", 0), ("https://tg.internal", 0)],
)
def test_an_address_at_which_secrets_travel_in_the_open_is_warned_of(tmp_path: Path, address: str, warned: int) -> None:
    path = write_settings(tmp_path, fleet=FLEET.replace("https://tg.example.com", address))

    with capture_logs() as logged:
        load(path)

    assert warned == len(logged)


def every_field(model: type[Settings] = FleetSettings, place: Place = ()) -> list[Place]:
    places: list[Place] = []
    for name, field in model.model_fields.items():
        inner = section_model(field.annotation) or many_sections_model(field.annotation)
        below = (*place, name, "x") if many_sections_model(field.annotation) else (*place, name)
        places += [(*place, name), *(every_field(inner, below) if inner else [])]
    return places


@pytest.mark.parametrize("place", every_field(), ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize(
    "wrong", [5, 1.5, "\x00 not this", [5], {"what": 5}, True], ids=lambda wrong: type(wrong).__name__
)
def test_no_wrong_value_anywhere_lacks_its_own_words(place: Place, wrong: object, tmp_path: Path) -> None:
    """Every kind of error that pydantic can find in our models has a text in the table."""
    path = tmp_path / "fleet.toml"
    table = f"[{'.'.join(map(str, place[:-1]))}]\n" if place[:-1] else ""
    path.write_text(f"{table}{place[-1]} = {toml(wrong)}\n")

    said = sentences(path)

    assert not [line for line in said if "another value" in line or re.search(r"found .*\\x00", line)]


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{ what = 5 }"
        case str():
            return '"\\u0000 not this"'
        case _:
            return str(value)
