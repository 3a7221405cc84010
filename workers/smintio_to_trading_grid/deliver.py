"""
Make one wanted document stand in its community, and nothing else.

Listens  fleet.delivery.due
Reads    the ledger's row, the licence and the members again just before and just after anything becomes visible
Writes   one document in Trading Grid, upload first and visible last; the ledger, intents and the journal
Never    creates before it has looked; never leaves visible what moved meanwhile
"""

from typing import Final

from sqlalchemy import Connection

from shared.errors import Ambiguous, Conflict
from shared.messaging.dues import due_event
from shared.messaging.topology import work_queue
from shared.store import held, ledger
from shared.store.ledger import Delivery, Due, State
from shared.vendors.smintio.models import Binary
from shared.vendors.trading_grid.port import Document, Draft
from workers.endings import Outcome
from workers.executing import Errand, Executor
from workers.smintio_to_trading_grid.contents import (
    Content,
    content_digest,
    known_content,
    name_of,
    properties_of,
    shows,
    upload,
    version_of,
)
from workers.smintio_to_trading_grid.copies import Shelf
from workers.smintio_to_trading_grid.standing import Moved
from workers.smintio_to_trading_grid.wanted_document import WantedDocument
from workers.tools import Tools

HELD_KIND: Final = "deliver"  # the queue's name: what the harness holds for an outage is lifted with our own


def deliver(errand: Errand, tools: Tools) -> Outcome:
    """Make the document of this errand so, or say why not."""
    row = _row(errand, tools)
    if row is None or row.wanted_state is State.ABSENT:
        return Outcome.SUPERSEDED
    if row.made_generation >= row.wanted_generation:
        return Outcome.UNCHANGED
    shelf = Shelf(errand, tools, row, WantedDocument.model_validate_json(row.wanted_body))
    if not shelf.standing.may_begin():
        return Outcome.WAITING  # the planner hears of the same change; if not, the sweeper asks again
    with shelf.settling():
        try:
            return _made(shelf)
        except Moved:
            if shelf.standing.is_still_wanted():
                # Rights or members moved and the planner has not heard yet: asking at once is no use.
                return Outcome.WAITING
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
    return _recorded(shelf, document, content, version_of(binary))


def _only_copy(shelf: Shelf) -> Document | None:
    """Return the copy that stands there already; none may be created while an earlier write can still land."""
    folder, recorded = shelf.ensured_folder(), shelf.recorded()
    if recorded is not None and recorded.folder_id == folder:
        return recorded
    if recorded is not None:  # the settings moved: it may stand in a space whose members nobody watches any more
        shelf.remove(recorded)
    may_land = shelf.has_unsettled_intent()  # asked before we look: what lands after the look was open before it
    copies = sorted(shelf.copies_in(folder), key=lambda copy: (not copy.visible, copy.id))
    for surplus in copies[1:]:
        shelf.remove(surplus)
    if not copies and may_land:
        raise Ambiguous("an earlier create of this document may still land")
    return copies[0] if copies else None


def _created(shelf: Shelf, binary: Binary) -> tuple[Document, Content]:
    uploaded = upload(shelf, binary)
    draft = Draft(
        external_key=shelf.row.external_key,
        name=name_of(shelf, binary),
        mime_type=uploaded.carried.mime_type,
        properties=properties_of(shelf, binary, uploaded.carried.sha256),
    )
    with shelf.intent("create", content_digest(binary, 1)):
        document = shelf.trading_grid.create_document(shelf.ensured_folder(), draft, uploaded.blob)
    return document, Content.of(uploaded.carried)


def _brought_up_to_date(shelf: Shelf, document: Document, binary: Binary) -> tuple[Document, Content]:
    content = known_content(shelf, document, binary)
    if not shows(shelf, document, binary):
        uploaded = upload(shelf, binary)
        content = Content.of(uploaded.carried)
        if not shelf.standing.may_be_seen():  # a new version of a visible document is visible at once
            raise Moved
        with shelf.intent("add_version", content_digest(binary, document.version_no + 1)):
            document = shelf.trading_grid.add_version(document, name_of(shelf, binary), uploaded.blob)
    wanted = properties_of(shelf, binary, content.sha256 or "")
    if any(document.properties.get(name) != value for name, value in wanted.items()):
        with shelf.intent("update_properties"):
            document = shelf.trading_grid.update_properties(document, wanted)
    return document, content


def _shown(shelf: Shelf, document: Document) -> Document:
    if not shelf.standing.may_be_seen():
        raise Moved
    with shelf.intent("show"):
        return shelf.trading_grid.show(document)


def _recheck(shelf: Shelf, document: Document) -> None:
    """Look once more at all that was checked before the document became visible; what moved is hidden at once."""
    if not shelf.standing.may_be_seen():
        with shelf.intent("hide"):
            shelf.trading_grid.hide(document)
        shelf.note("hidden", document)
        raise Moved


def _verify(document: Document, content: Content) -> None:
    """Compare with what was read back after the last write: only what stands there as we meant it is delivered."""
    if not document.visible:
        raise Conflict("the document is not visible after it was shown")
    if None not in (content.size_bytes, document.size_bytes) and document.size_bytes != content.size_bytes:
        raise Conflict(f"the document has {document.size_bytes} bytes instead of {content.size_bytes}")


def _recorded(shelf: Shelf, document: Document, content: Content, content_version: str) -> Outcome:
    row = shelf.row

    def write(c: Connection) -> int:
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

    wanted_now = shelf.record(write, shelf.entry("delivered", document))
    if wanted_now > row.wanted_generation:
        _announce_again(shelf)
    return Outcome.DONE


def _held(shelf: Shelf, reason: str) -> Outcome:
    tenant, row = shelf.errand.tenant.name, shelf.row

    def write(c: Connection) -> None:
        held.put(c, tenant, row.key, HELD_KIND, reason, "{}")
        ledger.rest(c, tenant, row.key, row.wanted_generation)

    shelf.record(write)
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


DELIVER: Final = Executor(
    queue=work_queue("deliver"), thing="delivery", vendors=frozenset({"smintio", "trading_grid"}), execute=deliver
)
