"""
The one copy of a document in a community: found before anything is created, written under an intent.

A copy is created invisible and made visible by one later call; it is withdrawn by deleting it. So a call that lands
late, from a worker that froze or died, finds either nothing to show or creates what nobody can see.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final, TypeVar

from sqlalchemy import Connection

from shared.errors import Ambiguous, FleetError
from shared.store import intents
from shared.store.journal import Entry, append
from shared.store.ledger import Delivery
from shared.vendors.trading_grid.port import Document, Space, TradingGrid
from workers.executing import Errand
from workers.smintio_to_trading_grid.standing import Standing
from workers.smintio_to_trading_grid.wanted_document import WantedDocument
from workers.tools import Tools

APPLIED: Final = "applied"
LANDS_WITHIN: Final = timedelta(seconds=5)  # after its own time-out a request may still be worked on for a moment

T = TypeVar("T")


@dataclass
class _Memory:
    """What this hand did and has not written down yet; the next transaction takes it along."""

    outcomes: dict[int, str] = field(default_factory=dict)
    """How writes ended, by intent. Unwritten, an intent stays open: whoever comes next looks before writing."""
    lines: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Shelf:
    """Where the copy of one delivery stands, and how to find it there."""

    errand: Errand
    tools: Tools
    row: Delivery
    wanted: WantedDocument
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    @property
    def trading_grid(self) -> TradingGrid:
        """The tenant's Trading Grid."""
        return self.errand.tenant.trading_grid

    @cached_property
    def standing(self) -> Standing:
        """May it stand there, and may it be seen."""
        return Standing(self.errand, self.tools, self.row, self.wanted.space)

    def ensured_folder(self) -> str:
        """Return the id of the publication's folder in the community's space, made if it is missing."""
        return self.trading_grid.ensure_folder(self._space, self.wanted.folder)

    def copies(self) -> tuple[Document, ...]:
        """Return every copy that stands there, also where the folder or the whole space is gone: then none does."""
        folder = self.trading_grid.find_folder(self._space, self.wanted.folder)
        if folder is not None:
            return self.copies_in(folder)
        recorded = self.recorded()
        return (recorded,) if recorded else ()

    def copies_in(self, folder: str) -> tuple[Document, ...]:
        """Return every copy that stands there: by our own key in that folder, and by the id that we recorded."""
        found = {document.id: document for document in self.trading_grid.find_documents(folder, self._key)}
        recorded = self.recorded()
        return tuple((found | ({recorded.id: recorded} if recorded else {})).values())

    def recorded(self) -> Document | None:
        """Return the copy that we recorded when it was made, if it still stands there."""
        document_id = self.row.document_id
        return self.trading_grid.read_document(document_id) if document_id else None

    def remove(self, document: Document) -> None:
        """Delete one copy."""
        with self.intent("delete"):
            self.trading_grid.delete_document(document.id)
        self.note("withdrawn", document)

    def has_unsettled_intent(self) -> bool:
        """Tell whether an earlier write, ours or another hand's, may still land."""
        with self.tools.database.read() as c:
            now = self.tools.database.now(c)
            unsettled = intents.unsettled(c, self.errand.tenant.name, self._key, subject=self.row.key)
        return any(intent.settles_at > now and intent.id not in self._memory.outcomes for intent in unsettled)

    def has_written(self, digest: str) -> bool:
        """Tell whether an intent of ours, whatever became of its answer, wrote this digest."""
        with self.tools.database.read() as c:
            return intents.is_ours(c, self.errand.tenant.name, self._key, digest, subject=self.row.key)

    @contextmanager
    def intent(self, operation: str, digest: str | None = None) -> Iterator[None]:
        """
        Write down what is about to be written; how it went is written down with the next transaction of this hand.

        After an Ambiguous outcome the intent stays open: whoever comes next looks up before writing.
        """
        timeout = self.errand.tenant.settings.trading_grid.request_timeout
        opened = self._write(
            lambda c: intents.open_intent(
                c,
                self.errand.lease,
                external_key=self._key,
                operation=operation,
                digest=digest,
                settles_after=timeout + LANDS_WITHIN,
            )
        )
        try:
            yield
        except Ambiguous:
            raise
        except FleetError:
            self._memory.outcomes[opened.id] = intents.FAILED
            raise
        self._memory.outcomes[opened.id] = APPLIED

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

    def note(self, action: str, document: Document) -> None:
        """Have the journal told, with the next transaction of this hand, what was done here."""
        self._memory.lines.append(self.entry(action, document))

    def record(self, body: Callable[[Connection], T], *lines: Entry) -> T:
        """Run `body` in one transaction with journal `lines` and with all that this hand did since its last one."""

        def together(c: Connection) -> T:
            result = body(c)
            append(c, lines)
            return result

        return self._write(together)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """On the way out, however the work ends, write down what no transaction has taken along."""
        try:
            yield
        finally:
            if self._memory.outcomes or self._memory.lines:
                self._write(lambda _: None)

    def _write(self, body: Callable[[Connection], T]) -> T:
        outcomes, lines = dict(self._memory.outcomes), list(self._memory.lines)

        def together(c: Connection) -> T:
            for intent, outcome in outcomes.items():
                intents.close_intent(c, intent, outcome)
            append(c, lines)
            return body(c)

        result = self.tools.database.write(together)
        self._memory.outcomes.clear()
        self._memory.lines.clear()
        return result

    @property
    def _space(self) -> Space:
        return Space(id=self.wanted.space, name="", folder_id=self.wanted.space_folder)

    @property
    def _key(self) -> str:
        return self.row.external_key
