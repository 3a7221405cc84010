"""The three reads of Smint.io content licensing: catalogues, licences, files (dossier 4)."""

from contextlib import AbstractContextManager
from typing import Final
from urllib.parse import parse_qsl

from shared.clock import Clock, SystemClock
from shared.errors import Conflict, Rejected, Unreadable
from shared.settings import SmintioSettings
from shared.vendors.http import Observer, Vendor, read_json
from shared.vendors.paths import fill
from shared.vendors.smintio.downloads import Download, open_download
from shared.vendors.smintio.identity import Identity, TokenStore
from shared.vendors.smintio.models import Binary, Catalogues, Transaction, TransactionPage, WirePage

_CONTINUATION: Final = "continuationUuid"  # spelt as the SDK's argument (assumed for the wire, dossier 11 U2)
_LIMIT: Final = "limit"


class LostContinuation(Rejected):
    """The feed does not know our place any more: read it again from the start (assumed, dossier 11 U4)."""


class Smintio:
    """
    One tenant's licensing API. Safe for many threads.

    The paths come from settings: they are not public. Where the query is spelt otherwise than the SDKs' arguments, the
    template of the feed says so: `/feed?continuation_uuid={continuation}&limit={limit}`.

    Every call may raise Throttled, Unavailable, Forbidden (ConsentNeeded when a person must act), Contended while the
    tokens are being renewed elsewhere, Rejected or NotFound, and Unreadable.
    """

    def __init__(
        self,
        settings: SmintioSettings,
        tokens: TokenStore,
        tenant: str,
        *,
        observe: Observer | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._at_identity = Vendor(settings.identity_url, timeout=settings.request_timeout, observe=observe)
        self._api = Vendor(
            settings.api_url,
            timeout=settings.request_timeout,
            authoriser=Identity(settings, tokens, tenant, vendor=self._at_identity, clock=clock or SystemClock()),
            allowed_hosts=settings.download_hosts,
            observe=observe,
        )

    def catalogues(self) -> Catalogues:
        """Read all vocabularies, in all languages at once."""
        path = fill(self._settings.operations.generic_metadata)
        return Catalogues(read_json(self._api.request("smintio.catalogues", "GET", path), dict[str, object]))

    def transactions(self, continuation: str | None) -> TransactionPage:
        """
        Read the page of changed licences after `continuation`; None starts at the beginning.

        The same licence comes again whenever it changed, and after a fault the same page: be idempotent. A record that
        cannot be read is Malformed and the others of its page count all the same. Only a page with `is_end` is the end:
        one without anything that may be synced is not.

        Raises LostContinuation when the vendor refuses `continuation`.
        """
        try:
            path, params = self._feed(continuation)
            answer = self._api.request("smintio.transactions", "GET", path, params=params)
        except (Rejected, Conflict) as fault:
            if continuation is None:
                raise
            raise LostContinuation(f"the feed refuses our continuation: {fault}") from fault
        page = read_json(answer, WirePage)
        records = tuple(Transaction.read(raw) for raw in page.license_purchase_transactions or ())
        is_end = not records and not page.count
        if not records and page.count:
            raise answer.fault(Unreadable, f"a page that counts {page.count} licences and holds none")
        if not is_end and page.continuation_uuid in {None, continuation}:
            raise answer.fault(
                Unreadable, "a page that does not lead on: its continuation is missing or the one we sent"
            )
        return TransactionPage(page.continuation_uuid or continuation, records, is_end)

    def binaries(self, cart: str, licence: str) -> tuple[Binary, ...]:
        """Read the files of one licence, with links signed now; none when there are none yet."""
        path = fill(self._settings.operations.binaries, cart=cart, licence=licence)
        return tuple(read_json(self._api.request("smintio.binaries", "GET", path), list[Binary]))

    def open_binary(
        self, binary: Binary, *, start: int = 0, if_unchanged: str | None = None
    ) -> AbstractContextManager[Download]:
        """
        Open a file for streaming, or the rest of it from byte `start` if it is still the one `if_unchanged` names.

        Raises, also while its chunks are read: LinkExpired (ask for the binaries again), Unavailable when the file ends
        early, Rejected when it is larger than allowed or lies on a host that is not.
        """
        return open_download(
            self._api, binary, max_bytes=self._settings.max_file_bytes, start=start, if_unchanged=if_unchanged
        )

    def close(self) -> None:
        """Close all connections."""
        self._api.close()
        self._at_identity.close()

    def _feed(self, continuation: str | None) -> tuple[str, dict[str, str]]:
        path, _, query = self._settings.operations.license_purchase_transactions.partition("?")
        params = dict(parse_qsl(query, keep_blank_values=True))
        spelling = {value: name for name, value in params.items() if value in {"{continuation}", "{limit}"}}
        params = {name: value for name, value in params.items() if name not in spelling.values()}
        params[spelling.get("{limit}", _LIMIT)] = str(self._settings.page_size)
        if continuation is not None:
            params[spelling.get("{continuation}", _CONTINUATION)] = continuation
        return fill(path), params
