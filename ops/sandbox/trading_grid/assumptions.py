"""Every behaviour of the simulated Trading Grid that is assumed rather than documented."""

from typing import Final

from ops.sandbox.world import Assumption

VENDOR: Final = "trading_grid"

ASSUMPTIONS: Final = tuple(
    Assumption(vendor=VENDOR, section=section, behaviour=behaviour)
    for section, behaviour in (
        ("0.2 F2, 8.2", "Active Community answers in OpenText's JSON conventions at all."),
        ("11 Q3", "It accepts tokens of the cloud gateway."),
        ("10.2 H1", "A token lives 1000 seconds."),
        ("1.2", "A bad client gets the gateway's fault body with status 401."),
        ("10.2 H2", "A token that has ended gets 401 with the error invalid_token."),
        ("3.4", "Spaces and members are lists under /ac/spaces; a member carries company_id and one of three roles."),
        ("2.2", "An apostrophe in a filter's literal is doubled; a filter may ask for properties."),
        ("2.2", "At most 100 items come on one page, however many are asked for."),
        ("5", "A blob that no document names is seen by nobody and kept."),
        ("2.2", "409 when the folder has that name already; documented for workspaces."),
        ("3.10", "nextVersion keeps id and properties and counts version_no up by one."),
        ("2.2", "PATCH merges properties; the answer is the whole object."),
        ("2.2", "PUT acl changes who sees a document at once; the answer is the whole object."),
        ("11 Q23", "The access lists acl-staging (service accounts) and acl-members (members of the space)."),
        ("2.2", "DELETE at the object's own address removes it with all versions and answers 204."),
        ("11 Q17", "If-Match is ignored unless switched on; then a stale one gets 412."),
        ("6, 10.2 H11", "A partner sees the visible documents of spaces it is a member of; anything else is 404."),
    )
)
