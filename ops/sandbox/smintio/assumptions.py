"""Every behaviour of the simulated Smint.io that is assumed rather than documented."""

from typing import Final

from ops.sandbox.world import Assumption

VENDOR: Final = "smintio"

ASSUMPTIONS: Final = tuple(
    Assumption(vendor=VENDOR, section=section, behaviour=behaviour)
    for section, behaviour in (
        ("9.1.1", "Identity server and API share one host; the API lies under /consumer/v1."),
        (
            "9.1.3, 11 U8",
            "Refresh tokens rotate without grace; using an old one ends the consent (400, invalid_grant).",
        ),
        ("9.1", "A consent at /connect/authorize is given at once, without a log-in page."),
        ("11 U8", "Access tokens live one hour."),
        ("9.1.4", "The licensing API wants the scope smintio.full; any other token is answered with 401."),
        ("11 U1", "Paths of the three reads; all are GET."),
        ("11 U2", "Query parameters continuationUuid and limit."),
        ("9.2.2, 11 U3", "Limit 10 unless asked for, at most 100: more is cut, not refused. No rate limit of its own."),
        ("9.2.3, 11 U4", "An unknown continuation is answered with 400. Continuations do not end by time."),
        ("11 U5", "A licence that changes while the feed is paged moves to its end and is seen there."),
        ("9.2.7", "has_potentially_restrictive_license_terms follows the rule that the SDK once had."),
        ("9.2.8", "Binaries of a licence under another cart: 404."),
        ("9.2.8", "A link signed more than an hour ago, or not by us: 403. A signed link needs no token."),
        ("9.2.8", "Files support Range with one range and If-Range with their ETag."),
        ("4.6", "A link to a version that was replaced meanwhile still gives that version."),
        ("4.5", "Every write to a licence counts its version up, dates it, and puts it into the feed again."),
        ("5.3", "The manager may replace terms; the vendor documents them as a snapshot that new terms are added to."),
        ("4.9", "Error bodies are those of the Portals API: error_code, error_message, error_details."),
        ("4.4", "The catalogues hold a part of the published keys, with invented names."),
    )
)
