"""The calls of a profile, and what each of them must be able to say."""

from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, JsonValue, StringConstraints

from shared.vendors.trading_grid.sections import Section
from shared.vendors.trading_grid.templates import placeholders

PathTemplate = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]


class Operation(Section):
    """One call: method, path, query and JSON body, with `{name}` where a value goes."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: PathTemplate
    at: Literal["api", "storage"] = Field(default="api", description="Which of the two addresses the path is under.")
    query: dict[str, str] = Field(default_factory=dict, description="Filter expressions, and what else never changes.")
    body: JsonValue = None


class Operations(Section):
    """The calls, by our own names."""

    list_spaces: Operation | None = None
    list_members: Operation | None = None
    find_folder: Operation | None = None
    read_folder: Operation | None = None
    create_folder: Operation | None = None
    find_documents: Operation | None = None
    store_blob: Operation | None = None
    create_document: Operation | None = None
    read_document: Operation | None = None
    add_version: Operation | None = None
    update_properties: Operation | None = None
    change_acl: Operation | None = None
    delete_document: Operation | None = None

    def get(self, name: str) -> Operation | None:
        """Return the operation of that name; None when the profile has none."""
        return self.__dict__[name] if name in type(self).model_fields else None


class _Names(NamedTuple):
    """Which placeholders an operation must use to do what it is for, and which it may."""

    must: frozenset[str]
    may: frozenset[str]


def _names(must: str = "", may: str = "") -> _Names:
    return _Names(frozenset(must.split()), frozenset(may.split()))


_PLACEHOLDERS: Final[dict[str, _Names]] = {
    "list_spaces": _names(),
    "list_members": _names("space"),
    "find_folder": _names(may="parent name"),
    "read_folder": _names("folder"),
    "create_folder": _names("parent name"),
    "find_documents": _names(may="folder external_key"),
    "store_blob": _names(),
    # Without the access list a document might be born visible, without our key it would not be found again.
    "create_document": _names("folder name acl properties blob", may="external_key mime_type size"),
    "read_document": _names("document"),
    "add_version": _names("document name blob", may="properties mime_type size"),
    "update_properties": _names("document properties"),
    "change_acl": _names("document acl"),
    "delete_document": _names("document"),
}


def require_placeholders(name: str, operation: Operation) -> None:
    """Raise ValueError unless `operation` uses what it must and nothing that it does not have."""
    used = set(placeholders([operation.path, dict(operation.query), operation.body]))
    names = _PLACEHOLDERS[name]
    if missing := sorted(names.must - used):
        raise ValueError(f"operations.{name} must use {{{missing[0]}}}")
    if unknown := sorted(used - names.must - names.may):
        allowed = ", ".join(f"{{{one}}}" for one in sorted(names.must | names.may)) or "none"
        raise ValueError(f"operations.{name} uses {{{unknown[0]}}}; allowed: {allowed}")
