"""
Make one wanted document stand in its community, and nothing else.

Listens  fleet.delivery.due
Reads    the ledger's row, the licence and the members again just before and just after anything becomes visible
Writes   one document in Trading Grid, upload first and visible last; the ledger, intents and the journal
Never    creates before it has looked; never leaves visible what moved meanwhile
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Self

from sqlalchemy import Connection

from shared.communities import Community, Membership
from shared.errors import Ambiguous, Conflict, Transient
from shared.messaging.dues import due_event
from shared.messaging.topology import work_queue
from shared.store import held, ledger
from shared.store.journal import append
from shared.store.ledger import Delivery, Due, State
from shared.transfer import Carried, carry
from shared.vendors.smintio.models import Binary
from shared.vendors.trading_grid.port import Blob, Document, Draft
from workers.endings import Outcome
from workers.executing import STEP_WITHIN, UPLOAD_WITHIN, Errand, Executor
from workers.smintio_to_trading_grid.copies import Shelf
from workers.smintio_to_trading_grid.judging import COMMUNITIES, LICENCES, judge, licence_of
from workers.smintio_to_trading_grid.wanted_document import (
    CONTENT_SHA256,
    CONTENT_VERSION,
    EXTERNAL_KEY,
    WantedDocument,
)
from workers.tools import Tools

HELD_KIND: Final = "deliver"  # the queue's name: what the harness holds for an outage is lifted with our own
LOOK_AGAIN_SECONDS: Final = 5.0  # while a file streams: how soon we notice that nobody wants it any more


class Moved(Transient):
    """What is wanted changed while we were making it."""


@dataclass(frozen=True)
class Content:
    """What is known of the bytes that a document shows."""

    sha256: str | None
    size_bytes: int | None

    @classmethod
    def of(cls, carried: Carried) -> Self:
        """Say what we know of bytes that we carried ourselves."""
        return cls(carried.sha256, carried.size_bytes)


@dataclass(frozen=True)
class Upload:
    """Content in the vendor's blob store that no document shows yet."""

    blob: Blob
    carried: Carried


def deliver(errand: Errand, tools: Tools) -> Outcome:
    """Make the document of this errand so, or say why not."""
    row = _row(errand, tools)
    if row is None or row.wanted_state is State.ABSENT:
        return Outcome.SUPERSEDED
    if row.made_generation >= row.wanted_generation:
        return Outcome.UNCHANGED
    shelf = Shelf(errand, tools, row, WantedDocument.model_validate_json(row.wanted_body))
    if not _may_stand(shelf, _members_as_mirrored(shelf)):
        return Outcome.WAITING  # the planner hears of the same change; if not, the sweeper asks again
    try:
        return _made(shelf)
    except Moved:
        if _is_still_wanted(shelf):
            return (
                Outcome.WAITING
            )  # rights or members moved and the planner has not heard yet: asking at once is no use
        _announce_again(shelf)
        return Outcome.SUPERSEDED


def _made(shelf: Shelf) -> Outcome:
    binaries = shelf.errand.tenant.smintio.binaries(shelf.wanted.cart, shelf.wanted.licence)
    if len(binaries) != 1:
        return _held(shelf, f"the licence has {len(binaries)} files; only single files are published yet")
    binary = binaries[0]
    document = _only_copy(shelf)
    document, content = _created(shelf, binary) if document is None else _brought_up_to_date(shelf, document, binary)
    if not document.visible:
        document = _shown(shelf, document)
    _recheck(shelf, document)
    _verify(document, content)
    return _recorded(shelf, document, content, _version_of(binary))


def _only_copy(shelf: Shelf) -> Document | None:
    """Return the copy that stands there already; none may be created while an earlier write can still land."""
    recorded = shelf.recorded()
    if recorded is not None and recorded.folder_id == shelf.folder:
        return recorded
    if recorded is not None:  # the settings moved: it may stand in a space whose members nobody watches any more
        _removed(shelf, recorded)
    may_land = shelf.has_unsettled_intent()  # asked before we look: what lands after the look was open before it
    copies = sorted(shelf.copies(), key=lambda copy: (not copy.visible, copy.id))
    for surplus in copies[1:]:
        _removed(shelf, surplus)
    if not copies and may_land:
        raise Ambiguous("an earlier create of this document may still land")
    return copies[0] if copies else None


def _removed(shelf: Shelf, document: Document) -> None:
    with shelf.intent("delete"):
        shelf.trading_grid.delete_document(document.id)
    shelf.journal("withdrawn", document)


def _created(shelf: Shelf, binary: Binary) -> tuple[Document, Content]:
    upload = _uploaded(shelf, binary)
    draft = Draft(
        external_key=shelf.row.external_key,
        name=_name(shelf, binary),
        mime_type=upload.carried.mime_type,
        properties=_properties(shelf, binary, upload.carried.sha256),
    )
    with shelf.intent("create", _content_digest(binary, 1)):
        document = shelf.trading_grid.create_document(shelf.folder, draft, upload.blob)
    return document, Content.of(upload.carried)


def _brought_up_to_date(shelf: Shelf, document: Document, binary: Binary) -> tuple[Document, Content]:
    content = _known_content(shelf, document, binary)
    if not _has_content(shelf, document, binary):
        upload = _uploaded(shelf, binary)
        content = Content.of(upload.carried)
        if not _may_stand(shelf, _members_now(shelf)):  # a new version of a visible document is visible at once
            raise Moved
        with shelf.intent("add_version", _content_digest(binary, document.version_no + 1)):
            document = shelf.trading_grid.add_version(document, _name(shelf, binary), upload.blob)
    wanted = _properties(shelf, binary, content.sha256 or "")
    if any(document.properties.get(name) != value for name, value in wanted.items()):
        with shelf.intent("update_properties"):
            document = shelf.trading_grid.update_properties(document, wanted)
    return document, content


def _known_content(shelf: Shelf, document: Document, binary: Binary) -> Content:
    """Say what is known of bytes that stand there already: an earlier hand may have died before it recorded them."""
    if shelf.row.content_version == _version_of(binary):
        return Content(shelf.row.content_sha256, shelf.row.content_bytes)
    is_marked = document.properties.get(CONTENT_VERSION) == _version_of(binary)
    return Content(document.properties.get(CONTENT_SHA256) if is_marked else None, document.size_bytes)


def _has_content(shelf: Shelf, document: Document, binary: Binary) -> bool:
    """Tell whether the document shows this binary: it says so, or its present version is one that we wrote for it."""
    if document.properties.get(CONTENT_VERSION) == _version_of(binary):
        return True
    return document.version_no > 1 and shelf.has_written(_content_digest(binary, document.version_no))


def _uploaded(shelf: Shelf, binary: Binary) -> Upload:
    """Stream the file from vendor to vendor into a blob that nobody sees."""
    errand = shelf.errand
    errand.hold.step(UPLOAD_WITHIN)
    smintio = errand.tenant.smintio
    with smintio.open_binary(binary) as download:

        def store(chunks: Iterator[bytes], mime_type: str) -> Blob:
            return shelf.trading_grid.store_blob(
                _while_wanted(shelf, chunks),
                name=_name(shelf, binary),
                mime_type=mime_type,
                length_bytes=download.length_bytes,
            )

        blob, carried = carry(
            download.chunks,
            store,
            length_bytes=download.length_bytes,
            max_bytes=errand.tenant.settings.smintio.max_file_bytes,
        )
    errand.hold.step(STEP_WITHIN)
    if blob.size_bytes != carried.size_bytes:
        raise Conflict(f"the blob store holds {blob.size_bytes} of {carried.size_bytes} bytes")
    return Upload(blob, carried)


def _while_wanted(shelf: Shelf, chunks: Iterator[bytes]) -> Iterator[bytes]:
    looked_at = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - looked_at > LOOK_AGAIN_SECONDS:
            looked_at = time.monotonic()
            if not _is_still_wanted(shelf):
                raise Moved
        yield chunk


def _shown(shelf: Shelf, document: Document) -> Document:
    if not _may_stand(shelf, _members_now(shelf)):
        raise Moved
    with shelf.intent("show"):
        return shelf.trading_grid.show(document)


def _recheck(shelf: Shelf, document: Document) -> None:
    """Look once more at all that was checked before the document became visible; what moved is hidden at once."""
    if not _may_stand(shelf, _members_now(shelf)):
        with shelf.intent("hide"):
            shelf.trading_grid.hide(document)
        shelf.journal("hidden", document)
        raise Moved


def _may_stand(shelf: Shelf, members: tuple[Membership, ...] | None) -> bool:
    """Check generation, verdict and membership, each read now."""
    errand, row = shelf.errand, shelf.row
    publication = errand.tenant.settings.publications.get(row.publication)
    community = errand.tenant.settings.communities.get(row.community)
    if publication is None or community is None or not _is_still_wanted(shelf):
        return False
    with shelf.tools.database.read() as c:
        licence = LICENCES.read(c, errand.tenant.name, [row.asset]).get(row.asset)
    return (
        licence is not None
        and judge(
            licence_of(licence),
            publication,
            community,
            members,
            errand.tenant.settings,
            at=shelf.tools.clock.now(),
        ).permits
    )


def _members_as_mirrored(shelf: Shelf) -> tuple[Membership, ...] | None:
    """Read who the directory last saw in the space: enough to begin with, never to show anything."""
    with shelf.tools.database.read() as c:
        row = COMMUNITIES.read(c, shelf.errand.tenant.name, [shelf.wanted.space]).get(shelf.wanted.space)
    return Community.model_validate_json(row.body).members if row else None


def _members_now(shelf: Shelf) -> tuple[Membership, ...]:
    """Ask the vendor who is in the space."""
    return tuple(
        Membership(member=m.id, company=m.company_id, role=m.role)
        for m in shelf.trading_grid.list_members(shelf.wanted.space)
    )


def _is_still_wanted(shelf: Shelf) -> bool:
    row = _row(shelf.errand, shelf.tools)
    return row is not None and row.wanted_generation == shelf.row.wanted_generation


def _verify(document: Document, content: Content) -> None:
    """Compare with what was read back after the last write: only what stands there as we meant it is delivered."""
    if not document.visible:
        raise Conflict("the document is not visible after it was shown")
    if None not in (content.size_bytes, document.size_bytes) and document.size_bytes != content.size_bytes:
        raise Conflict(f"the document has {document.size_bytes} bytes instead of {content.size_bytes}")


def _recorded(shelf: Shelf, document: Document, content: Content, content_version: str) -> Outcome:
    row = shelf.row

    def write(c: Connection) -> int:
        append(c, [shelf.entry("delivered", document)])
        held.lift(c, shelf.errand.tenant.name, row.key, HELD_KIND)
        return ledger.record_made(
            c,
            shelf.errand.lease,
            generation=row.wanted_generation,
            state=State.PRESENT,
            digest=row.wanted_digest,
            document_id=document.id,
            content_sha256=content.sha256,
            content_bytes=content.size_bytes,
            content_version=content_version,
        )

    wanted_now = shelf.tools.database.write(write)
    if wanted_now > row.wanted_generation:
        _announce_again(shelf)
    return Outcome.DONE


def _held(shelf: Shelf, reason: str) -> Outcome:
    tenant, row = shelf.errand.tenant.name, shelf.row

    def write(c: Connection) -> None:
        held.put(c, tenant, row.key, HELD_KIND, reason, "{}")
        ledger.rest(c, tenant, row.key, row.wanted_generation)

    shelf.tools.database.write(write)
    return Outcome.HELD


def _announce_again(shelf: Shelf) -> None:
    """Announce what is wanted now: its own event may have come while we held the lease."""
    row = _row(shelf.errand, shelf.tools)
    if row is not None and row.made_generation < row.wanted_generation:
        due = Due(key=row.key, generation=row.wanted_generation, state=row.wanted_state, seen_at=row.seen_at)
        shelf.tools.publisher.announce([due_event(shelf.errand.tenant.name, due, source=DELIVER.queue.name)])


def _row(errand: Errand, tools: Tools) -> Delivery | None:
    with tools.database.read() as c:
        return ledger.read(c, errand.tenant.name, errand.key)


def _version_of(binary: Binary) -> str:
    return f"{binary.uuid}:{binary.version}"


def _content_digest(binary: Binary, version_no: int) -> str:
    return f"{_version_of(binary)}@v{version_no}"


def _name(shelf: Shelf, binary: Binary) -> str:
    """Name the file as the vendor recommends, with the licence in it: two assets of one folder never clash."""
    name = PurePath(binary.recommended_file_name or shelf.wanted.title)
    licence = shelf.wanted.licence
    return str(name) if licence in name.stem else f"{name.stem}_{licence}{name.suffix}"


def _properties(shelf: Shelf, binary: Binary, sha256: str) -> dict[str, str]:
    return {
        **shelf.wanted.properties,
        EXTERNAL_KEY: shelf.row.external_key,
        CONTENT_VERSION: _version_of(binary),
        CONTENT_SHA256: sha256,
    }


DELIVER: Final = Executor(queue=work_queue("deliver"), thing="delivery", execute=deliver)
