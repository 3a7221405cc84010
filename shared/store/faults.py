"""What a database driver raises, by what to do about it: the one border where its faults become ours."""

import re
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

# PostgreSQL's SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html
_PASSING: Final = frozenset({"40001", "40P01"})  # serialisation failure, deadlock: nothing was written, run again
_OUTAGE: Final = re.compile(
    "08...|"  # connection
    "25P0[34]|"  # a transaction that idled or ran for too long was ended
    "28...|"  # our password is not accepted: somebody must see to it, no event is at fault
    "53...|"  # out of disk, memory or connections
    "55P03|"  # lock time-out
    "57...|"  # shutting down, starting up, statement time-out
    "58..."  # input and output
)

# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_SQLITE_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_SQLITE_OUTAGE: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})


def is_passing(fault: DBAPIError) -> bool:
    """Tell whether the transaction met another one and wrote nothing: running it again at once is right."""
    code = _code(fault)
    return code in _PASSING if isinstance(code, str) else code in _SQLITE_PASSING


def is_outage(fault: DBAPIError) -> bool:
    """Tell whether the database, not the statement, is at fault; otherwise it is a bug of ours and stays one."""
    if is_passing(fault) or fault.connection_invalidated:
        return True
    code = _code(fault)
    if isinstance(code, str):
        return _OUTAGE.fullmatch(code) is not None
    if isinstance(fault.orig, sqlite3.Error):
        return code in _SQLITE_OUTAGE
    return type(fault.orig).__name__ in {"OperationalError", "InterfaceError"}  # the connection broke or never was


def described(fault: DBAPIError) -> str:
    """Name the fault without its text, which may quote what was to be stored."""
    code = _code(fault)
    return f"{type(fault.orig).__name__}{'' if code is None else f' {code}'}"


def _code(fault: DBAPIError) -> str | int | None:
    if isinstance(fault.orig, sqlite3.Error):
        code = getattr(fault.orig, "sqlite_errorcode", None)  # missing when the module itself raised it
        return None if code is None else code & 0xFF  # the extended codes only say more about the same thing
    return getattr(fault.orig, "sqlstate", None)
