"""What a partner should find in a community: written by a planner, made so by an executor. Pure."""

import hashlib
from typing import Final

from pydantic import BaseModel, ConfigDict

EXTERNAL_KEY: Final = "external_key"
CONTENT_VERSION: Final = "content_version"
CONTENT_SHA256: Final = "content_sha256"


class WantedDocument(BaseModel):
    """A document in a community's space: where it stands, what it is made of, and what is written on it."""

    model_config = ConfigDict(frozen=True)

    space: str
    space_folder: str
    """Id of the space's own folder; empty while the directory has not seen the space."""
    folder: str
    cart: str
    """The purchase that holds the licence: the vendor's binaries call needs both (dossier 4.1)."""
    licence: str
    title: str
    properties: dict[str, str]
    """Usage terms, validity and origin, as a partner reads them."""
    source_version: int
    """Counts the changes of the licence's record that we saw, a replaced file among them."""

    def digest(self) -> str:
        """Return what tells one wanted state from another; everything that a partner could see is in it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
