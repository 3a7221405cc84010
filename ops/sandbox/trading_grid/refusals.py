"""Why the simulated host does not do what it is asked."""


class Refused(Exception):
    """The host does not do it; the text is what it answers."""

    status = 400


class NotHere(Refused):
    """There is no such thing, or not for whoever asks."""

    status = 404


class NameTaken(Refused):
    """The folder has an item of that name."""

    status = 409


class Stale(Refused):
    """The object changed since the caller read it."""

    status = 412
