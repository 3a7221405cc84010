"""
The one copy of a document in a community: found before anything is created, written under an intent.

A copy is created invisible and made visible by one later call; it is withdrawn by deleting it. So a call that lands
late, from a worker that froze or died, finds either nothing to show or creates what nobody can see.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from shared.errors import Ambiguous, FleetError
from shared.store import intents
from shared.store.journal import Entry, append
from shared.store.ledger import Delivery
from shared.vendors.trading_grid.port import Document, Space, TradingGrid
from workers.executing import Errand
from workers.smintio_to_trading_grid.wanted_document import WantedDocument
from workers.tools import Tools


@dataclass(frozen=True)
class Shelf:
    """Where the copy of one delivery stands, and how to find it there."""

    errand: Errand
    tools: Tools
    row: Delivery
    wanted: WantedDocument

    @property
    def trading_grid(self) -> TradingGrid:
        """The tenant's Trading Grid."""
        return self.errand.tenant.trading_grid

    @cached_property
    def folder(self) -> str:
        """Return the id of the publication's folder in the community's space, made if it is missing."""
        return self.trading_grid.ensure_folder(
            Space(id=self.wanted.space, name="", folder_id=self.wanted.space_folder), self.wanted.folder
        )

    def copies(self) -> tuple[Document, ...]:
        """Return every copy that stands there: by our own key, and by the id that we recorded."""
        found = {document.id: document for document in self.trading_grid.find_documents(self.folder, self._key)}
        recorded = self.recorded()
        return tuple((found | ({recorded.id: recorded} if recorded else {})).values())

    def recorded(self) -> Document | None:
        """Return the copy that we recorded when it was made, if it still stands there."""
        document_id = self.row.document_id
        return self.trading_grid.read_document(document_id) if document_id else None

    def has_unsettled_intent(self) -> bool:
        """Tell whether an earlier write, ours or another hand's, may still land."""
        with self.tools.database.read() as c:
            now = self.tools.database.now(c)
            unsettled = intents.unsettled(c, self.errand.tenant.name, self._key, subject=self.row.key)
            return any(intent.settles_at > now for intent in unsettled)

    @contextmanager
    def intent(self, operation: str, digest: str | None = None) -> Iterator[None]:
        """
        Write down what is about to be written, and how it went.

        After an Ambiguous outcome the intent stays open: whoever comes next looks up before writing.
        """
        tenant = self.errand.tenant
        opened = self.tools.database.write(
            lambda c: intents.open_intent(
                c,
                self.errand.lease,
                external_key=self._key,
                operation=operation,
                digest=digest,
                settles_after=tenant.settings.trading_grid.request_timeout + timedelta(seconds=5),
            )
        )
        try:
            yield
        except Ambiguous:
            raise
        except FleetError:
            self.tools.database.write(lambda c: intents.close_intent(c, opened.id, "failed"))
            raise
        self.tools.database.write(lambda c: intents.close_intent(c, opened.id, "applied"))

    def has_written(self, digest: str) -> bool:
        """Tell whether an intent of ours, whatever became of its answer, wrote this digest."""
        with self.tools.database.read() as c:
            return intents.is_ours(c, self.errand.tenant.name, self._key, digest, subject=self.row.key)

    def entry(self, action: str, document: Document | None) -> Entry:
        """Make the journal's line about what was done here."""
        return Entry(
            tenant=self.errand.tenant.name,
            at=self.tools.clock.now(),
            action=action,
            asset=self.row.asset,
            community=self.row.community,
            publication=self.row.publication,
            document_id=document.id if document else self.row.document_id,
            version=str(document.version_no) if document else None,
            decision=self.row.decision.value,
            reasons=self.row.reasons,
            event_id=self.errand.event.id,
            detail="{}",
        )

    def journal(self, action: str, document: Document | None) -> None:
        """Append to the journal what was done here."""
        self.tools.database.write(lambda c: append(c, [self.entry(action, document)]))

    @property
    def _key(self) -> str:
        return self.row.external_key
