import re
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.vendors.trading_grid.profile_files import built_in_profiles, load_profile

BUILT_IN = Path(__file__).parents[3] / "shared/vendors/trading_grid/profiles/ac_hal_json.toml"

# What is changed in the built-in profile, and what the one sentence must say.
FAULTS = {
    "unknown key at the top": (
        "filter_quoting =",
        'colour = "red"\nfilter_quoting =',
        "key colour is not known; allowed beside it",
    ),
    "unknown key in a section": ("[limits]", "[limits]\nmax_bytes = 5", "key limits.max_bytes is not known; allowed"),
    "unknown key in an operation": (
        'path = "/ac/spaces"',
        'path = "/ac/spaces"\nverb = "GET"',
        "key operations.list_spaces.verb is not known; allowed beside it: at, body, method, path, query",
    ),
    "unknown operation": (
        "[operations.read_folder]",
        "[operations.read_folders]",
        "operations.read_folders is not known",
    ),
    "number as text": (
        "page_size = 100",
        'page_size = "100"',
        "key collections.page_size holds '100'; input should be",
    ),
    "true as text": ("directory = true", 'directory = "yes"', "key features.directory holds 'yes'"),
    "page of no size": ("page_size = 100", "page_size = 0", "greater than or equal to 1"),
    "way of asking for a token": ('client_auth = "form"', 'client_auth = "query"', "'form', 'json' or 'basic'"),
    "kind of access list": ('kind = "fixed"', 'kind = "space"', "'fixed', 'parent_folder'"),
    "path without a slash": ('path = "/ac/spaces"', 'path = "ac/spaces"', "key operations.list_spaces.path"),
    "meaning of a status": ('means = "auth"', 'means = "retry"', "key statuses.0.means holds 'retry'"),
    "key missing": ('items = "_embedded.collection"', "", "key collections.items is missing"),
    "placeholder missing": ("/ac/spaces/{space}/members", "/ac/members", "operations.list_members must use {space}"),
    "a document born visible": ('acl_id = "{acl}"', "", "operations.create_document must use {acl}"),
    "placeholder unknown": (
        "{document}/acl",
        "{document}/{acl}/{tenant}",
        "operations.change_acl uses {tenant}; allowed",
    ),
    "placeholder in the token's path": ("/tenants/{tenant}/", "/tenants/{region}/", "token.path uses {region}"),
    "header without etag": ("# if_match = '\"{etag}\"'", 'if_match = "*"', "key concurrency.if_match"),
    "not TOML": ("[limits]", "[limits", "profile"),
}


@pytest.mark.parametrize(("found", "replaced", "said"), FAULTS.values(), ids=FAULTS)
def test_wrong_profile_is_refused_in_one_sentence_that_names_file_key_and_what_is_allowed(
    tmp_path: Path, found: str, replaced: str, said: str
) -> None:
    text = BUILT_IN.read_text("utf-8")
    assert found in text
    file = tmp_path / "customer.toml"
    file.write_text(text.replace(found, replaced), "utf-8")

    with pytest.raises(Misconfigured, match=re.escape(said)) as refusal:
        load_profile(str(file))

    assert str(refusal.value).startswith(f"profile {file}: ")
    assert "\n" not in str(refusal.value)


def test_feature_that_is_on_needs_its_operations(tmp_path: Path) -> None:
    head, _, rest = BUILT_IN.read_text("utf-8").partition("[operations.update_properties]")
    file = tmp_path / "customer.toml"
    file.write_text(head + "[operations.change_acl]" + rest.partition("[operations.change_acl]")[2], "utf-8")

    with pytest.raises(Misconfigured, match=r"operations\.update_properties is missing"):
        load_profile(str(file))


def test_feature_that_is_off_needs_none(tmp_path: Path) -> None:
    text = BUILT_IN.read_text("utf-8").replace("documents = true", "documents = false")
    kept = re.sub(r"\[operations\.(?!list_).*?(?=^\[collections\])", "", text, flags=re.DOTALL | re.MULTILINE)
    file = tmp_path / "customer.toml"
    file.write_text(kept, "utf-8")

    profile = load_profile(str(file))

    assert {"list_spaces", "list_members"} == profile.operations.model_fields_set


def test_folder_access_lists_need_the_folder_to_be_read(tmp_path: Path) -> None:
    text = BUILT_IN.read_text("utf-8").replace('{ kind = "fixed", id = "acl-members" }', '{ kind = "parent_folder" }')
    text = re.sub(r"\[operations\.read_folder\].*?(?=\[)", "", text, flags=re.DOTALL)
    file = tmp_path / "customer.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(Misconfigured, match=r"operations\.read_folder is missing"):
        load_profile(str(file))


def test_profile_that_is_not_there_is_refused_with_the_names_of_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="'ac_hal' is not built in; allowed: ac_hal_json, or the path"):
        load_profile("ac_hal")
    with pytest.raises(Misconfigured, match=re.escape(str(tmp_path / "none.toml"))):
        load_profile(str(tmp_path / "none.toml"))


@pytest.mark.parametrize("name", built_in_profiles())
def test_each_line_of_a_built_in_profile_stands_under_a_grade(name: str) -> None:
    lines = (BUILT_IN.parent / f"{name}.toml").read_text("utf-8").splitlines()
    sections = [i for i, line in enumerate(lines) if line.startswith("[") and ".body" not in line]

    ungraded = [lines[i] for i in sections if not _is_graded(lines, i)]

    assert [] == ungraded


def _is_graded(lines: list[str], at: int) -> bool:
    end = next((i for i in range(at + 1, len(lines)) if not lines[i].strip()), len(lines))
    start = at
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    block = "\n".join(lines[start:end]).lower()
    return any(grade in block for grade in ("documented", "assumed", "ours", "evidenced", "unknown", "published"))
