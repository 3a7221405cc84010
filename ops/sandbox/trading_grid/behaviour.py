"""In what the simulated host may be switched from its usual ways, where nobody knows which way the real one goes."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Behaviour:
    """The switches. As they are by default, they follow the dossier's assumptions."""

    honours_if_match: bool = False
    """Answer 412 to a stale If-Match; else ignore the header (dossier 10.2, H10)."""
    versions_inherit_properties: bool = True
    """A new version keeps the properties of the one before; else it starts without any."""
    lists_show_properties: bool = True
    """Items in lists carry their properties; else only the object itself does."""
    obeys_acl_on_create: bool = True
    """A new document gets the access list asked for; else that of its folder."""
    obeys_acl_on_change: bool = True
    """An access list can be changed; else the call is answered and nothing happens."""
    next_link: Literal["right", "missing", "nonsense"] = "right"
    """How a page points to the next one (dossier 10.4: missing, or with NaN in it)."""
    largest_page: int = 100
    """More items than this are not sent on one page, whatever is asked for."""
    token_lifetime_seconds: int = 1000
    """How long a token of an account is valid (dossier 10.2, H1)."""
    max_upload_bytes: int = 6 * 1024**3
    """A larger upload is refused while it arrives."""
