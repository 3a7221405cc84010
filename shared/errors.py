"""
Everything that can go wrong, by what to do about it.

FleetError
|-- Transient          again later
|   |-- Throttled      when the vendor says
|   |-- Unavailable    time-out, connection, 5xx
|   |-- Conflict       409, 412: look up, decide again once, then Rejected
|   |-- Contended      another hand holds the subject: soon, and not counted as an attempt
|   `-- Forbidden      pauses its scope and alerts
|       `-- CredentialRefused  the whole vendor, not one community
|-- Stopped            paused, its target down, its community over its share: the row waits
|-- Ambiguous          a write may have happened: look up, look up again, then hold
|-- Permanent          never again by itself: dead letter
|   |-- Unreadable     the message or answer is not what it promises
|   `-- Rejected       the vendor said no, and will say no again
`-- Misconfigured      stops the process before its first message

Which ending each leads to is decided in `workers/endings.py`; how long a retry waits, in
`shared/messaging/topology.py`.
"""

from datetime import timedelta


class FleetError(Exception):
    """Something went wrong that the fleet knows how to handle."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or type(self).__name__).strip().splitlines()[0])


class Transient(FleetError):
    """It may work later, without anyone doing anything."""


class Throttled(Transient):
    """The vendor asks us to slow down."""

    def __init__(self, message: str | None = None, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """How long the vendor asks us to wait; None when it did not say."""


class Unavailable(Transient):
    """No usable answer: time-out, broken connection, or a fault on the other side."""


class Conflict(Transient):
    """The other side changed between our read and our write."""


class Contended(Transient):
    """Another hand is working on the same subject."""


class Forbidden(Transient):
    """Our credential may not do this."""


class CredentialRefused(Forbidden):
    """The vendor does not accept our credential, not even a renewed one."""

    def __init__(self, message: str | None = None, *, vendor: str | None = None) -> None:
        super().__init__(message)
        self.vendor = vendor
        """Whose vendor label; None where the one that raises it does not know."""


class Stopped(FleetError):
    """This may not be worked on now; what is wanted stays written down, and is announced again."""


class Ambiguous(FleetError):
    """A write was sent and its outcome is unknown."""


class Permanent(FleetError):
    """It will not work by trying again."""


class Unreadable(Permanent):
    """A message or an answer is not what it promises to be."""


class Rejected(Permanent):
    """The vendor understood and refused."""


class Misconfigured(FleetError):
    """A setting is missing or wrong; the message says which, what was found and what is allowed."""
