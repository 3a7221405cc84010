"""
What a customer says about its Trading Grid: where each operation is, how its answers look, what may be relied on.

None of Active Community's modern interface is public, so nothing of it is a constant in code (dossier 8): the client
and the simulated vendor both follow this schema. It holds what they use and nothing else.
"""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.vendors.trading_grid.operations import Operations, PathTemplate, require_placeholders
from shared.vendors.trading_grid.sections import Section
from shared.vendors.trading_grid.selectors import Selector
from shared.vendors.trading_grid.templates import Quoting, placeholders

MediaRange = Annotated[str, StringConstraints(pattern=r"^(\*/\*|[a-z0-9.+-]+/(\*|[a-z0-9.+-]+))$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class TokenGrant(Section):
    """How our account proves itself: OAuth 2 client credentials at a token address of the tenant (dossier 1.2)."""

    path: PathTemplate = Field(description="May name {tenant}.")
    client_auth: Literal["form", "json", "basic"] = Field(description="Where client id and secret are sent.")
    scope: Text | None = None
    refresh_margin_seconds: int = Field(ge=0, description="A token is renewed this long before it ends.")

    @property
    def refresh_margin(self) -> timedelta:
        """Return how long before its end a token is renewed."""
        return timedelta(seconds=self.refresh_margin_seconds)

    @model_validator(mode="after")
    def _path_names_the_tenant_only(self) -> Self:
        if unknown := sorted(set(placeholders(self.path)) - {"tenant"}):
            raise ValueError(f"token.path uses {{{unknown[0]}}}; allowed: {{tenant}}")
        return self


class Features(Section):
    """What the host offers. A flow that needs more than this says so at its start."""

    directory: bool = Field(description="Spaces and their members can be listed.")
    documents: bool = Field(description="Documents can be published, changed and withdrawn.")


class Collections(Section):
    """How a list arrives. Only `page_items` is known: a page number and a number of items (dossier 2.2)."""

    paging: Literal["page_items"]
    items: Selector = Field(description="Where the items are. Nothing there beside a page number: no items.")
    page_parameter: Text
    size_parameter: Text
    first_page: int = Field(ge=0)
    page_size: int = Field(ge=1, le=1000)
    total_parameter: Text | None = Field(default=None, description="Set to true, it makes the answer tell the total.")
    page: Selector
    size: Selector
    total: Selector
    next_link: Selector


class SpaceFields(Section):
    """Where a space's values stand."""

    id: Selector
    name: Selector
    folder: Selector
    etag: Selector


class MemberFields(Section):
    """Where a member's values stand."""

    id: Selector
    company: Selector
    role: Selector


class FolderFields(Section):
    """Where a folder's values stand. `kind` tells folders from other items: only `kind_is` is one."""

    id: Selector
    name: Selector
    parent: Selector
    acl: Selector
    kind: Selector
    kind_is: Text


class DocumentFields(Section):
    """Where a document's values stand."""

    id: Selector
    name: Selector
    folder: Selector
    acl: Selector
    version_no: Selector
    size: Selector
    mime_type: Selector
    etag: Selector
    properties: Selector
    external_key: Text = Field(description="Name of the property that holds our own key.")
    delete_link: Selector = Field(description="Where a document says at what address it is deleted.")


class BlobFields(Section):
    """Where the values of a stored file stand."""

    id: Selector
    size: Selector
    mime_type: Selector


class FixedAcl(Section):
    """One access list for the members of whichever space."""

    kind: Literal["fixed"]
    id: Text


class FolderAcl(Section):
    """A document is shown to whoever sees its folder: it gets the folder's own access list."""

    kind: Literal["parent_folder"]


class AccessLists(Section):
    """Who sees a document: `staging` admits nobody but us. Whatever is not staging is taken as visible."""

    staging: Text
    visible: Annotated[FixedAcl | FolderAcl, Field(discriminator="kind")]


class Concurrency(Section):
    """Whether a change can be made conditional."""

    kind: Literal["none", "etag_body"]
    if_match: str | None = Field(default=None, pattern=r"\{etag\}", description="Header value; none: not sent.")


class Limits(Section):
    """What the host takes."""

    max_file_bytes: int = Field(gt=0)
    allowed_types: tuple[MediaRange, ...] = Field(min_length=1, strict=False)


class ErrorShape(Section):
    """One form of an error's body: it is this one when something stands at `is_at`."""

    is_at: Selector
    text: Selector
    code: Selector | None = None


Meaning = Literal["auth", "forbidden", "not_found", "conflict", "invalid", "throttled", "transient", "permanent"]


class StatusRule(Section):
    """What a status means here, where that differs from what HTTP says; with a code, only together with it."""

    status: int = Field(ge=400, le=599)
    code: str | None = None
    means: Meaning


class Profile(Section):
    """Everything the client and the simulated vendor need to know."""

    media_type: Text
    filter_quoting: Quoting = Field(description="How an apostrophe inside a filter's literal is written.")
    token: TokenGrant
    features: Features
    operations: Operations
    collections: Collections
    space: SpaceFields
    member: MemberFields
    folder: FolderFields
    document: DocumentFields
    blob: BlobFields
    acl: AccessLists
    concurrency: Concurrency
    limits: Limits
    errors: tuple[ErrorShape, ...] = Field(strict=False)
    statuses: tuple[StatusRule, ...] = Field(strict=False)

    @model_validator(mode="after")
    def _operations_are_whole(self) -> Self:
        for name in Operations.model_fields:
            operation = self.operations.get(name)
            if operation is None:
                if name in self._needed():
                    raise ValueError(f"operations.{name} is missing; a feature that is on needs it")
            else:
                require_placeholders(name, operation)
        return self

    def _needed(self) -> set[str]:
        needed = set(_DIRECTORY) if self.features.directory else set()
        if self.features.documents:
            needed |= _DOCUMENTS
            if isinstance(self.acl.visible, FolderAcl):
                needed.add("read_folder")
        return needed


_DIRECTORY: Final = frozenset({"list_spaces", "list_members"})
_DOCUMENTS: Final = frozenset(Operations.model_fields) - _DIRECTORY - {"read_folder"}
