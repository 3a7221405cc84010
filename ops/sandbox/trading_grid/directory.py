"""Companies, people, spaces and who is a member of which."""

import threading
from collections.abc import Callable
from dataclasses import replace

from ops.sandbox.trading_grid.refusals import NotHere, Refused
from ops.sandbox.trading_grid.rows import Company, Contact, Space

ROLES = ("Workspace Administrator", "Editor", "Observer")  # documented labels (dossier 3.4)


class Directory:
    """Who there is. Changes of a membership are told to `on_membership(space, contact)`, under the host's lock."""

    def __init__(self, lock: threading.RLock, on_membership: Callable[[str, str], None]) -> None:
        self._lock = lock
        self._on_membership = on_membership
        self._companies: dict[str, Company] = {}
        self._contacts: dict[str, Contact] = {}
        self._spaces: dict[str, Space] = {}

    def put_company(self, company: Company) -> None:
        """Add a company or replace it."""
        with self._lock:
            self._companies[company.id] = company

    def put_contact(self, contact: Contact) -> None:
        """Add a person or replace them. The company, if any, must be there."""
        with self._lock:
            if contact.company_id is not None and contact.company_id not in self._companies:
                raise NotHere(f"no company {contact.company_id}")
            self._contacts[contact.id] = contact

    def put_space(self, space: Space) -> None:
        """Add a space or replace it."""
        with self._lock:
            self._spaces[space.id] = space

    def contact(self, contact_id: str) -> Contact:
        """Return that person. Raises NotHere."""
        with self._lock:
            if (found := self._contacts.get(contact_id)) is None:
                raise NotHere("no such contact")
            return found

    def contact_by_email(self, email: str) -> Contact | None:
        """Return the person with that address, in whatever case (dossier 1.1)."""
        with self._lock:
            return next((c for c in self._contacts.values() if c.email.casefold() == email.casefold()), None)

    def spaces(self) -> list[Space]:
        """Return all spaces, oldest first."""
        with self._lock:
            return list(self._spaces.values())

    def space(self, space_id: str) -> Space:
        """Return that space. Raises NotHere."""
        with self._lock:
            if (found := self._spaces.get(space_id)) is None:
                raise NotHere("no such space")
            return found

    def members(self, space_id: str) -> list[tuple[Contact, str]]:
        """Return the people of a space with their roles. Raises NotHere."""
        with self._lock:
            return [(self._contacts[contact_id], role) for contact_id, role in self.space(space_id).roles.items()]

    def set_role(self, space_id: str, contact_id: str, role: str | None) -> None:
        """Make the contact a member of the space in that role, or with None no member. Raises NotHere, Refused."""
        if role is not None and role not in ROLES:
            raise Refused(f"role {role!r} is not one of {', '.join(ROLES)}")
        with self._lock:
            self.contact(contact_id)
            space = self.space(space_id)
            roles = {known: kept for known, kept in space.roles.items() if known != contact_id}
            if role is not None:
                roles[contact_id] = role
            self._spaces[space_id] = replace(space, roles=roles, etag=space.etag + 1)
            self._on_membership(space_id, contact_id)
