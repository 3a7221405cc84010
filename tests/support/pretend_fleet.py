"""A fleet of one pair of hands: it writes straight into the simulated Trading Grid, rightly or wrongly."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.checker_claims import Track
from ops.sandbox.scenario import Asset, Scenario
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.rows import StoredBlob


@dataclass(frozen=True)
class PretendFleet:
    """Puts documents into spaces, and takes them away."""

    host: CommunityHost
    scenario: Scenario
    spaces: dict[str, str]
    blob_folder: Path

    def asset(self, group: str, position: int = 0) -> Asset:
        return [*self.scenario.assets(group)][position]

    def publish(
        self,
        community: str,
        publication: str,
        asset: Asset,
        *,
        file: int = 1,
        title: str | None = None,
        content: bytes | None = None,
        folder: str | None = None,
    ) -> str:
        document = self.host.library.make_document(
            f"{asset.licence} {self.host.new_id()}",
            folder_id=self._folder(community, folder or self.scenario.publications[publication].folder),
            acl_id=self.host.members_acl,
            blob_id=self._blob(asset.content(file) if content is None else content).id,
            properties={"title": asset.title if title is None else title},
        )
        return document.id

    def publish_all(self, *tracks: Track) -> dict[Track, str]:
        """Make every document as its first phase says."""
        return {track: self.publish(track.community, track.publication, track.asset) for track in tracks}

    def replace(self, document: str, asset: Asset, *, file: int) -> None:
        name = self.host.library.document(document).name
        blob = self._blob(asset.content(file))
        self.host.library.add_version(document, name=name, blob_id=blob.id, if_match=None)

    def rename(self, document: str, title: str) -> None:
        self.host.library.patch(document, {"title": title}, if_match=None)

    def withdraw(self, *documents: str) -> None:
        for document in documents:
            self.host.library.delete(document, if_match=None)

    def hide(self, document: str) -> None:
        self.host.library.set_acl(document, self.host.staging_acl, if_match=None)

    def show(self, document: str) -> None:
        self.host.library.set_acl(document, self.host.members_acl, if_match=None)

    def corrupt(self, document: str, content: bytes) -> None:
        """Change the bytes behind a document's back: what is listed is not what is downloaded."""
        self.host.library.document(document).blob.path.write_bytes(content)

    def _folder(self, community: str, name: str) -> str:
        root = self.host.directory.space(self.spaces[community]).folder_id
        for item in self.host.library.items(root):
            if item.name == name:
                return item.id
        return self.host.library.make_folder(name, parent_id=root, space_id=self.spaces[community]).id

    def _blob(self, content: bytes) -> StoredBlob:
        path = self.blob_folder / self.host.new_id()
        path.write_bytes(content)
        blob = StoredBlob(path.name, path, len(content), "image/jpeg", hashlib.sha256(content).hexdigest())
        self.host.library.put_blob(blob)
        return blob
