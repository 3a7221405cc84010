"""A tenant's account at the simulated Smint.io: its licences, their files, and the feed of what changed."""

import base64
import hashlib
import hmac
import secrets
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.sandbox.smintio.change_log import ChangeLog
from ops.sandbox.smintio.files import File, Links
from ops.sandbox.smintio.licences import Json, instant, is_potentially_restrictive, merge
from shared.clock import Clock
from shared.vendors import exact_json

_MAC_BYTES: Final = 8


class NoSuchLicence(LookupError):
    """The account has no such licence, or not in that cart."""


class UnknownContinuation(LookupError):
    """A continuation that was not handed out, or not since they were all forgotten."""


@dataclass(frozen=True)
class Page:
    """A page of the feed, its records as JSON text."""

    continuation: str
    records: tuple[bytes, ...]


@dataclass(frozen=True)
class _Licence:
    # Compressed, as there may be a hundred thousand: as objects they would fill the memory of a laptop.
    packed: bytes
    cart: str
    files: tuple[File, ...]
    earlier: tuple[File, ...] = ()

    def record(self) -> Json:
        content = exact_json.decode(zlib.decompress(self.packed))
        if not isinstance(content, dict):
            raise TypeError("a licence is an object")
        return content


class Account:
    """
    Safe for threads. Nothing is ever deleted: a cancelled licence stays and says so (dossier 4.5).

    Each write moves its licence to the end of the feed, counts its version up and dates it by the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links = Links()
        self._licences: dict[str, _Licence] = {}
        self._log = ChangeLog()
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._next_uuid = 79_101  # the vendor's ids are short numbers (dossier 12)

    def new_uuid(self) -> str:
        """Return an id that no licence has."""
        with self._lock:
            while str(self._next_uuid) in self._licences:
                self._next_uuid += 1
            self._next_uuid += 1
            return str(self._next_uuid - 1)

    def buy(self, record: Json, files: Sequence[File] = ()) -> Json:
        """Add a licence (see licences.licence) with its files and return it as the feed shows it."""
        uuid, cart = str(record["uuid"]), str(record.get("cart_purchase_transaction_uuid"))
        now = instant(self._clock.now())
        bought: Json = {**record, "version": 1, "created_at": now, "purchased_at": now, "completed_at": now}
        with self._lock:
            if uuid in self._licences:
                raise ValueError(f"licence {uuid} is there already")
            return self._put(uuid, bought, _Licence(b"", cart, tuple(files)))

    def change(self, uuid: str, changes: Mapping[str, object]) -> Json:
        """Overwrite members of a licence, objects member by member, and return it. Raises NoSuchLicence."""
        return self.rewrite(uuid, lambda record: merge(record, changes))

    def rewrite(self, uuid: str, change: Callable[[Json], Json]) -> Json:
        """Write what `change` makes of a licence, and return it. Raises NoSuchLicence."""
        with self._lock:
            licence = self._found(uuid)
            return self._put(uuid, change(self._counted(licence.record())), licence)

    def cancel(self, uuid: str) -> Json:
        """Cancel a licence: the only revocation that the vendor knows (dossier 4.5). Raises NoSuchLicence."""
        return self.change(uuid, {"state": "cancelled"})

    def replace_file(
        self, uuid: str, file: str, *, content: bytes | None = None, media_type: str | None = None
    ) -> Json:
        """Put another version in a file's place and return the licence. Raises NoSuchLicence."""
        with self._lock:
            licence = self._found(uuid)
            old = next((each for each in licence.files if each.uuid == file), None)
            if old is None:
                raise NoSuchLicence(f"licence {uuid} has no file {file}")
            new = old.replaced(content=content, media_type=media_type)
            files = tuple(new if each is old else each for each in licence.files)
            changed = _Licence(licence.packed, licence.cart, files, (*licence.earlier, old))
            return self._put(uuid, self._counted(licence.record()), changed)

    def read(self, uuid: str) -> Json:
        """Return a licence as the feed shows it. Raises NoSuchLicence."""
        with self._lock:
            return self._found(uuid).record()

    def page(self, continuation: str | None, limit: int) -> Page:
        """Return what changed after `continuation`, in order of last change. Raises UnknownContinuation."""
        with self._lock:
            position = 0 if continuation is None else self._position(continuation)
            found, after = self._log.page(position, limit)
            packed = [self._licences[uuid].packed for uuid in found]
            token = self._token(after)
        return Page(token, tuple(zlib.decompress(each) for each in packed))

    def forget_continuations(self) -> None:
        """Make every continuation handed out so far unknown, as a vendor may (dossier 11 U4)."""
        with self._lock:
            self._key = secrets.token_bytes(32)

    def files(self, cart: str, uuid: str) -> tuple[File, ...]:
        """Return the files of a licence. Raises NoSuchLicence, also for a licence of another cart."""
        with self._lock:
            licence = self._found(uuid)
            if licence.cart != cart:
                raise NoSuchLicence(f"cart {cart} has no licence {uuid}")
            return licence.files

    def link_query(self, uuid: str, file: File) -> dict[str, str]:
        """Return the query that makes the path of a file a signed link."""
        return self._links.query(uuid, file, now=self._clock.now())

    def linked_file(self, uuid: str, file: str, *, version: str, until: str, signature: str) -> File | None:
        """Return the file, at the version that the link was signed for; None when the link is forged or over."""
        now = self._clock.now()
        if not self._links.is_valid(uuid, file, version=version, until=until, signature=signature, now=now):
            return None
        with self._lock:
            licence = self._found(uuid)
        known = (*licence.files, *licence.earlier)
        return next((each for each in known if each.uuid == file and str(each.version or 1) == version), None)

    def __len__(self) -> int:
        return len(self._licences)

    def _counted(self, record: Json) -> Json:
        version = record.get("version")
        return {**record, "version": version + 1 if isinstance(version, int) else 1}

    def _put(self, uuid: str, record: Json, licence: _Licence) -> Json:
        now = self._clock.now()
        record["has_potentially_restrictive_license_terms"] = is_potentially_restrictive(record, now=now)
        record["last_updated_at"] = instant(now)
        packed = zlib.compress(exact_json.encode(record).encode(), 1)
        self._licences[uuid] = _Licence(packed, licence.cart, licence.files, licence.earlier)
        self._log.append(uuid)
        return record

    def _found(self, uuid: str) -> _Licence:
        if (licence := self._licences.get(uuid)) is None:
            raise NoSuchLicence(f"there is no licence {uuid}")
        return licence

    def _token(self, position: int) -> str:
        place = position.to_bytes(6, "big")
        return base64.urlsafe_b64encode(place + self._mac(place)).decode().rstrip("=")

    def _position(self, continuation: str) -> int:
        try:
            token = base64.urlsafe_b64decode(continuation + "=" * (-len(continuation) % 4))
        except ValueError:
            raise UnknownContinuation("the continuation is unknown") from None
        place, mac = token[:6], token[6:]
        position = int.from_bytes(place, "big")
        if not hmac.compare_digest(self._mac(place), mac) or position > self._log.end:
            raise UnknownContinuation("the continuation is unknown")
        return position

    def _mac(self, place: bytes) -> bytes:
        return hmac.new(self._key, place, hashlib.sha256).digest()[:_MAC_BYTES]
