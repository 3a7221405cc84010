"""The closed sets that labels of metrics are taken from."""

from enum import IntEnum, StrEnum
from typing import Final

from shared.events import CATALOGUE, Flow
from shared.metric_kinds import Closed

MOST_TENANTS: Final = 50  # with some forty series each, one process stays far below what a scrape should carry


class WantedKind(StrEnum):
    """What is wanted on the other side."""

    PUBLICATION = "publication"
    """A document that should stand in a community."""
    WITHDRAWAL = "withdrawal"
    """A document that should not, any more or at all."""
    NOTICE = "notice"
    HAND_OVER = "hand_over"
    """A write in Smint.io."""


class WantedState(StrEnum):
    """How far what is wanted has come."""

    MADE = "made"
    DUE = "due"


class HeldReason(StrEnum):
    """Why something waits for a person."""

    VENDOR_UNREACHABLE = "vendor_unreachable"
    UNKNOWN_RIGHT = "unknown_right"
    UNKNOWN_OUTCOME = "unknown_outcome"
    STRANGER_IN_SPACE = "stranger_in_space"
    FILE_REFUSED = "file_refused"
    CLOCK_SKEW = "clock_skew"
    TOO_MUCH_ABSENT = "too_much_absent"


class DriftKind(StrEnum):
    """How what stands on the other side differs from what the ledger says."""

    MISSING = "missing"
    SURPLUS = "surplus"
    OUTDATED = "outdated"


class BreakerState(IntEnum):
    """Whether calls to a vendor go through; the gauge's value."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class LeaseState(StrEnum):
    """Whether a lease's owner still renews it."""

    HELD = "held"
    EXPIRED = "expired"


class ConnectionState(StrEnum):
    """Whether a pooled database connection is in use."""

    CHECKED_OUT = "checked_out"
    IDLE = "idle"


class Direction(StrEnum):
    """Which way file bytes go, seen from the fleet."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


EVENT_TYPES: Final = Closed(CATALOGUE)
FLOWS: Final = Closed(Flow)
OUTCOMES: Final = Closed(
    # as workers/endings.py has them, and the dead
    ("done", "unchanged", "refused", "held", "waiting", "superseded", "retried", "dead")
)
QUEUES: Final = Closed(
    (
        *("publish_assets", "replan_assets", "rights_guidance", "launch_kits", "master_packages", "campaign_kits"),
        *("partner_directory", "asset_requests", "content_issues", "localised_returns", "sign_offs"),
        *("deliver", "withdraw", "hand_over", "dead"),
    )
)
POLLERS: Final = Closed(
    (
        *("smintio_licences", "smintio_assets", "smintio_reviews", "smintio_push"),
        *("trading_grid_directory", "trading_grid_cases", "trading_grid_documents"),
        *("licence_clock", "settings_changes", "sweeper"),
    )
)
VENDORS: Final = Closed(("smintio", "trading_grid"))
OPERATIONS: Final = Closed(
    (
        *("token", "catalogues", "transactions", "binaries", "download"),
        *("list_spaces", "list_members", "find_folder", "read_folder", "create_folder"),
        *("find_documents", "read_document", "store_blob", "create_document", "add_version"),
        *("update_properties", "change_acl", "delete_document"),
    )
)
STATUSES: Final = Closed(
    # "none": there was no answer. A status that no server of sense sends is other.
    (
        *("none", "200", "201", "202", "204", "206", "301", "302", "303", "304", "307", "308"),
        *("400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "416", "422", "423", "429"),
        *("500", "501", "502", "503", "504"),
    )
)
