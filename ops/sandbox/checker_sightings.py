"""
What somebody saw in Trading Grid, and from when until when, by their own log of changes and their own downloads.

The log is without gaps, so a document that was visible for a moment between two looks is seen all the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import httpx
from pydantic import AwareDatetime, BaseModel, JsonValue, SecretStr

TITLE: Final = "title"  # the property in which a partner reads an asset's name


@dataclass(frozen=True)
class Sighting:
    """A document as somebody saw it, without a change, for some time."""

    observer: str
    document: str
    space: str
    folder: str
    title: str
    version: int
    content: str
    """SHA-256 of the bytes: of those downloaded, or where it was gone too soon, of those listed."""
    since: datetime
    until: datetime | None = None
    """None: it is visible still."""

    def overlaps(self, since: datetime, until: datetime) -> bool:
        """Tell whether it was visible at some time between the two."""
        return self.since < until and (self.until is None or self.until > since)


class _Wire(BaseModel):
    """What a persona's API answers; members that a checker does not need are ignored."""


class _Document(_Wire):
    id: str
    space_id: str
    folder: str
    version_no: int
    sha256: str
    properties: Mapping[str, JsonValue]


class _Change(_Wire):
    seq: int
    at: AwareDatetime
    change: Literal["appeared", "vanished", "versioned", "edited"]
    document: _Document


class _Changes(_Wire):
    changes: list[_Change]
    last: int
    now: AwareDatetime


class _Session(_Wire):
    access_token: SecretStr


class Observer:
    """One person's eyes. Raises httpx.HTTPError when the persona's API does not answer."""

    def __init__(self, http: httpx.Client, *, email: str, password: SecretStr) -> None:
        self.email = email
        self.past: list[Sighting] = []
        self.present: dict[str, Sighting] = {}
        self._http = http
        self._read_up_to = 0
        self._downloaded: set[tuple[str, int]] = set()
        login = {"email": email, "password": password.get_secret_value()}
        session = _Session.model_validate_json(http.post("/persona/login", json=login).raise_for_status().content)
        self._headers = {"Authorization": f"Bearer {session.access_token.get_secret_value()}"}

    @property
    def sightings(self) -> list[Sighting]:
        """Return all that this person ever saw."""
        return [*self.past, *self.present.values()]

    def look(self) -> datetime:
        """Take in what changed since the last look; return the instant of this one, by the vendor's clock."""
        now = self._read_log()
        for sighting in list(self.present.values()):
            if (sighting.document, sighting.version) not in self._downloaded:
                self._download(sighting)
        return now

    def _read_log(self) -> datetime:
        answer = self._get("/persona/partner/changes", after=self._read_up_to)
        seen = _Changes.model_validate_json(answer.raise_for_status().content)
        for change in seen.changes:
            self._take_in(change)
        self._read_up_to = seen.last
        return seen.now

    def _take_in(self, change: _Change) -> None:
        document = change.document
        before = self.present.pop(document.id, None)
        if before is not None:
            self.past.append(replace(before, until=change.at))
        if change.change == "vanished":
            return
        is_known = before is not None and before.version == document.version_no
        self.present[document.id] = Sighting(
            observer=self.email,
            document=document.id,
            space=document.space_id,
            folder=document.folder,
            title=str(document.properties.get(TITLE, "")),
            version=document.version_no,
            content=before.content if before is not None and is_known else document.sha256,
            since=change.at,
        )

    def _download(self, sighting: Sighting) -> None:
        """Compare the bytes with what is listed: what was downloaded counts."""
        answer = self._get(f"/persona/partner/documents/{sighting.document}/content")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return  # gone since we read the log, which says so next time
        content = hashlib.sha256(answer.raise_for_status().content).hexdigest()
        if content != sighting.content:
            self._read_log()  # the bytes may be those of a newer version, which then is in the log by now
            present = self.present.get(sighting.document)
            if present is None or present.version != sighting.version:
                return
            self.present[sighting.document] = replace(present, content=content)
        self._downloaded.add((sighting.document, sighting.version))

    def _get(self, path: str, **query: int) -> httpx.Response:
        return self._http.get(path, params=query, headers=self._headers)
