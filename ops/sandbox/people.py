"""The people who act in a scenario, each through their own API: the marketing manager and the administrator."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import httpx
from pydantic import SecretStr

from ops.sandbox import media
from ops.sandbox.addresses import SmintioAddress, TradingGridAddress
from ops.sandbox.scenario import Asset
from ops.sandbox.scenario_parts import Group, Licence, MalformedRecord, YesNoUnknown

_TRUTH: Final[dict[YesNoUnknown, bool | None]] = {"yes": True, "no": False, "unknown": None}
_LICENCES: Final = "/persona/manager/licences"


class MarketingManager:
    """Buys, changes and cancels licences in Smint.io. Raises httpx.HTTPError when she is not let."""

    def __init__(self, http: httpx.Client, address: SmintioAddress, now: Callable[[], datetime]) -> None:
        self._http = http
        self._url = address.persona_url + _LICENCES
        self._headers = {"Authorization": f"Bearer {address.manager_token.get_secret_value()}"}
        self._now = now

    def buy(self, asset: Asset, group: Group) -> None:
        """Buy one asset with its files."""
        self._purchase(
            {
                "name": asset.title,
                "uuid": asset.licence,
                "cart": asset.cart,
                "project": (group.project, f"Project {group.project}"),
                "collection": (group.collection, f"Board {group.collection}"),
                "content_type": "document" if asset.format == "pdf" else "image",
                "terms": [self._term(group.licence)],
                "can_be_synced": _TRUTH[group.licence.can_be_synced],
                "is_editorial_use": _TRUTH[group.licence.editorial],
                "files": [_file(asset, part) for part in range(1, group.files + 1)],
                "members": _members(group.licence),
            }
        )

    def buy_something_unreadable(self, malformed: MalformedRecord) -> None:
        """Buy what Smint.io will show as a record that nobody can read."""
        self._purchase({"name": malformed.about, "uuid": malformed.licence, "members": malformed.members})

    def cancel(self, asset: Asset) -> None:
        """Cancel a purchase."""
        self._http.post(f"{self._url}/{asset.licence}/cancel", headers=self._headers).raise_for_status()

    def relicense(self, asset: Asset, licence: Licence) -> None:
        """Give a purchase other terms."""
        self._change(asset, {"terms": [self._term(licence)]})

    def rename(self, asset: Asset, title: str) -> None:
        """Give an asset another name."""
        self._change(asset, {"name": title})

    def replace(self, asset: Asset, version: int) -> None:
        """Put the next version of the asset's file in its place."""
        body = {"content_base64": _base64(asset.content(version)), "media_type": media.KINDS[asset.format].media_type}
        self._http.post(f"{self._url}/{asset.licence}/file", json=body, headers=self._headers).raise_for_status()

    def _purchase(self, body: dict[str, object]) -> None:
        self._http.post(self._url, json=body, headers=self._headers).raise_for_status()

    def _change(self, asset: Asset, body: dict[str, object]) -> None:
        self._http.patch(f"{self._url}/{asset.licence}", json=body, headers=self._headers).raise_for_status()

    def _term(self, licence: Licence) -> dict[str, object]:
        return {
            "lists": {
                "allowed_usages": licence.allowed_usages,
                "allowed_geographies": licence.allowed_geographies,
                "restricted_geographies": licence.restricted_geographies,
            },
            "valid_from": self._instant(licence.valid_from),
            "valid_until": self._instant(licence.valid_until),
            "is_editorial_use": _TRUTH[licence.editorial],
        }

    def _instant(self, after: timedelta | None) -> str | None:
        return None if after is None else (self._now() + after).isoformat()


class Administrator:
    """Lets people into spaces of Trading Grid, and out. Raises httpx.HTTPError when not let."""

    def __init__(self, http: httpx.Client, address: TradingGridAddress, email: str) -> None:
        self._http = http
        self._address = address
        self._headers = {"Authorization": f"Bearer {_logged_in(http, address, email).get_secret_value()}"}

    def let_in(self, community: str, email: str) -> None:
        """Make a person a member of a community's space."""
        body = {"contact_id": self._address.contacts[email], "role": "Observer"}
        self._http.post(self._members(community), json=body, headers=self._headers).raise_for_status()

    def let_out(self, community: str, email: str) -> None:
        """Remove a person from a community's space."""
        member = f"{self._members(community)}/{self._address.contacts[email]}"
        self._http.delete(member, headers=self._headers).raise_for_status()

    def _members(self, community: str) -> str:
        return f"{self._address.base_url}/persona/administrator/spaces/{self._address.spaces[community]}/members"


def _logged_in(http: httpx.Client, address: TradingGridAddress, email: str) -> SecretStr:
    login = {"email": email, "password": address.passwords[email].get_secret_value()}
    answer = http.post(f"{address.base_url}/persona/login", json=login).raise_for_status()
    return SecretStr(answer.json()["access_token"])


def _file(asset: Asset, part: int) -> dict[str, object]:
    kind = media.KINDS[asset.format]
    return {
        "uuid": str(part),
        "name": f"{asset.seed.replace(' ', '_')}_{part}{kind.suffix}",
        "kind": kind.name,
        "content_base64": _base64(asset.content(1, part)),
        "media_type": kind.media_type,
    }


def _members(licence: Licence) -> dict[str, object]:
    """Return what is said by the record itself and not by its terms."""
    members: dict[str, object] = {"state": licence.state}
    if licence.terms == "none":
        members["license_terms"] = []
    return members


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
