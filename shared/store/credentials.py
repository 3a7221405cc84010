"""
A vendor's rotating tokens, one row for the whole fleet: the `TokenStore` of `shared.vendors.smintio.identity`.

Whoever replaces tokens must have seen the ones replaced, and only one process refreshes at a time: a refresh token that
is used twice loses the consent for everybody (case K15).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep
from typing import Final

from pydantic import SecretStr
from sqlalchemy import Connection, Update, select, update

from shared.errors import Contended
from shared.store import leases
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.sets import Insert, insert_into
from shared.store.tables.working import CREDENTIAL
from shared.vendors.smintio.identity import Tokens

LEASE_KIND: Final = "credential"
LASTING: Final = timedelta(seconds=75)  # a refresh is up to two calls with their time-outs of 30 s
WAITS_SECONDS: Final = 40.0  # one call and its time-out of another hand; beyond that the event is better tried later
FIRST_LOOK_SECONDS: Final = 0.05
LONGEST_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Credentials:
    """The tokens of one tenant at one vendor."""

    database: Database
    tenant: str
    vendor: str
    owner: str
    """Of the lease to refresh: this process."""
    waits_seconds: float = WAITS_SECONDS

    def read(self) -> Tokens | None:
        """Return what was saved last; None when nothing was."""
        with self.database.read() as c:
            row = c.execute(
                select(
                    CREDENTIAL.c.refresh_token,
                    CREDENTIAL.c.access_token,
                    CREDENTIAL.c.expires_at,
                    CREDENTIAL.c.version,
                ).where(CREDENTIAL.c.tenant == self.tenant, CREDENTIAL.c.vendor == self.vendor)
            ).one_or_none()
        if row is None:
            return None
        return Tokens(
            refresh_token=SecretStr(row.refresh_token),
            access_token=None if row.access_token is None else SecretStr(row.access_token),
            expires_at=row.expires_at,
            version=row.version,
        )

    def save(self, tokens: Tokens, seen_version: int) -> None:
        """Replace the tokens read at `seen_version`, 0 when none were. Raises Contended when another hand has."""
        values = {
            "refresh_token": tokens.refresh_token.get_secret_value(),
            "access_token": tokens.access_token.get_secret_value() if tokens.access_token else None,
            "expires_at": tokens.expires_at,
            "version": seen_version + 1,
        }

        def body(c: Connection) -> bool:
            save: Insert | Update
            if seen_version == 0:
                first = insert_into(c.dialect.name, CREDENTIAL).values(tenant=self.tenant, vendor=self.vendor, **values)
                save = first.on_conflict_do_nothing()
            else:
                save = (
                    update(CREDENTIAL)
                    .where(
                        CREDENTIAL.c.tenant == self.tenant,
                        CREDENTIAL.c.vendor == self.vendor,
                        CREDENTIAL.c.version == seen_version,
                    )
                    .values(**values)
                )
            return c.execute(save.returning(CREDENTIAL.c.version)).one_or_none() is not None

        if not self.database.write(body):
            raise Contended(f"another hand has replaced the tokens of {self.tenant} at {self.vendor}")

    @contextmanager
    def refreshing(self) -> Iterator[None]:
        """
        Hold the fleet's only right to refresh these tokens; who waited for it reads them again before using it.

        Raises Contended when another hand held it all the time that we were willing to wait.
        """
        lease = self._lease()
        try:
            yield
        finally:
            leases.release(self.database, [lease])

    def _lease(self) -> Lease:
        deadline, pause = monotonic() + self.waits_seconds, FIRST_LOOK_SECONDS
        while True:
            taken = leases.take(
                self.database, self.tenant, LEASE_KIND, [self.vendor], owner=self.owner, lasting=LASTING
            )
            if taken:
                return taken[self.vendor]
            if monotonic() + pause > deadline:
                raise Contended(f"another hand is refreshing the tokens of {self.tenant} at {self.vendor}")
            sleep(pause)
            pause = min(pause * 2, LONGEST_LOOK_SECONDS)
