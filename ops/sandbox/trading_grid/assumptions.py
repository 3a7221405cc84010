"""Which behaviours of the simulated host are documented and which are ours, for whoever compares it with a real one."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Assumption:
    """One behaviour, how well it is founded, and where that stands in the dossier."""

    behaviour: str
    label: Literal["documented", "inferred", "assumed"]
    source: str


ASSUMPTIONS: Final = (
    Assumption("Active Community answers in OpenText's JSON conventions at all", "assumed", "0.2 F2, 8.2"),
    Assumption("Active Community accepts tokens of the cloud gateway", "assumed", "11 Q3"),
    Assumption("client credentials by form, JSON body or Basic; expires_in in seconds", "documented", "1.2"),
    Assumption("a token lives 1000 seconds", "assumed", "10.2 H1"),
    Assumption("a bad client gets the gateway's fault body with status 401", "inferred", "1.2"),
    Assumption("an ended bearer token gets 401 with error invalid_token", "assumed", "10.2 H2"),
    Assumption("spaces and members are lists under /ac/spaces", "assumed", "3.4: no API evidenced"),
    Assumption("a member carries company_id and one of three roles", "assumed", "3.4: roles documented"),
    Assumption("lists by page and items-per-page; no _embedded when empty; total on request", "documented", "2.2"),
    Assumption("filter with eq, like, LOWER and and; sortby with asc and desc", "documented", "2.2"),
    Assumption("an apostrophe in a filter is doubled", "assumed", "not seen"),
    Assumption("a filter may ask for properties", "assumed", "not seen"),
    Assumption("two-step upload: bytes first, then metadata that names the blob", "documented", "5"),
    Assumption("a blob that no document names stays unseen", "inferred", "5"),
    Assumption("409 when the folder has that name", "documented", "2.2, for workspaces"),
    Assumption(
        "nextVersion keeps id and properties and raises version_no by one", "assumed", "3.10: version_no documented"
    ),
    Assumption("PATCH merges properties", "documented", "2.2"),
    Assumption("PUT acl changes who sees a document, at once", "assumed", "2.2: the call is documented"),
    Assumption("access lists acl-staging and acl-members", "assumed", "11 Q23"),
    Assumption(
        "DELETE at the object's own address removes it with all versions", "assumed", "2.2: the relation is documented"
    ),
    Assumption("the integer etag counts up with every write", "documented", "2.2"),
    Assumption("If-Match is ignored, unless switched on; then 412 when stale", "assumed", "11 Q17"),
    Assumption(
        "a partner sees the visible documents of spaces it is a member of; all else is 404", "assumed", "6, 10.2 H11"
    ),
)
