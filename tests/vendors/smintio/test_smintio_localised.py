import pytest

from shared.vendors.smintio.localised import localised, localised_names


def texts(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"culture": culture, "value": value} for culture, value in pairs]


@pytest.mark.parametrize(
    ("entries", "preferred", "chosen"),
    [
        (texts(("en", "light"), ("de", "Licht")), ("de",), "Licht"),
        (texts(("en", "light"), ("de", "Licht")), ("fr", "de"), "Licht"),
        (texts(("de", "Licht"), ("en", "light")), ("fr",), "light"),
        (texts(("de", "Licht"), ("it", "luce")), ("fr",), "Licht"),
        (texts(("de", "Licht"), ("de", "Helligkeit")), ("de",), "Helligkeit"),
        (texts(("DE", "Licht")), ("de",), "Licht"),
        ([], ("de",), None),
        (None, ("de",), None),
        ([None, {"culture": "de"}, {"culture": None, "value": "odd"}], ("de",), "odd"),
        ("light", (), None),
    ],
)
def test_a_text_in_the_first_preferred_language_then_english_then_any(
    entries: object, preferred: tuple[str, ...], chosen: str | None
) -> None:
    assert chosen == localised(entries, *preferred)


def test_keywords_are_grouped_by_language_and_each_once() -> None:
    said = [("en", "grey"), ("de", "grau"), ("en", "coast"), ("en", "grey")]
    entries = [{"culture": culture, "metadata_element": {"name": name}} for culture, name in said]

    assert ("grey", "coast") == localised_names(entries, "fr")
    assert ("grau",) == localised_names([*entries, {"culture": "de", "metadata_element": {"key": "x"}}, 5], "de")
