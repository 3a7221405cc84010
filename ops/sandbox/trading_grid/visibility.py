"""What each partner can see, and an endless log of how that changed: an observer misses nothing between two looks."""

import bisect
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["appeared", "vanished", "versioned", "edited"]


@dataclass(frozen=True)
class Seen:
    """A document as a partner sees it."""

    document_id: str
    space_id: str
    folder: str
    external_key: str | None
    name: str
    version_no: int
    mime_type: str
    size_bytes: int
    blob_id: str
    sha256: str
    properties: Mapping[str, object]


@dataclass(frozen=True)
class Change:
    """Something that became different for one partner; of a vanished document, how it looked last."""

    seq: int
    at: datetime
    kind: Kind
    seen: Seen


class Views:
    """The view of each contact. `seq` counts over all of them, so changes of several contacts can be put in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seq = 0
        self._now: defaultdict[str, dict[str, Seen]] = defaultdict(dict)
        self._log: defaultdict[str, list[Change]] = defaultdict(list)

    def note(self, contact_id: str, document_id: str, seen: Seen | None, *, at: datetime) -> None:
        """Record that the contact sees the document like this from now on; None: not at all."""
        with self._lock:
            view = self._now[contact_id]
            before = view.get(document_id)
            if before == seen:
                return
            if seen is None:
                del view[document_id]
            else:
                view[document_id] = seen
            self._seq += 1
            shown = seen or before
            if shown is not None:
                self._log[contact_id].append(Change(self._seq, at, _kind(before, seen), shown))

    def of(self, contact_id: str) -> list[Seen]:
        """Return what the contact sees now."""
        with self._lock:
            return list(self._now[contact_id].values())

    def get(self, contact_id: str, document_id: str) -> Seen | None:
        """Return the document as the contact sees it; None when it does not."""
        with self._lock:
            return self._now[contact_id].get(document_id)

    def watchers(self, document_id: str) -> set[str]:
        """Return the contacts who see the document."""
        with self._lock:
            return {contact_id for contact_id, view in self._now.items() if document_id in view}

    def changes(self, contact_id: str, *, after: int) -> list[Change]:
        """Return what became different for the contact after the change number `after`, in order."""
        with self._lock:
            log = self._log[contact_id]
            return log[bisect.bisect_right(log, after, key=lambda change: change.seq) :]


def _kind(before: Seen | None, after: Seen | None) -> Kind:
    if before is None:
        return "appeared"
    if after is None:
        return "vanished"
    return "edited" if before.version_no == after.version_no else "versioned"
