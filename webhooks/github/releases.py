"""Tags and releases on GitHub: a draft until every file is up, so that nobody sees half of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from webhooks.forge import Denied, Moved
from webhooks.github.branches import Object, Ref, ref_path
from webhooks.github.part import Part, part_of_path
from webhooks.github.wire import Refused

LARGEST = 2 * 1024**3 - 1  # bytes that GitHub takes in one file


class Tag(msgspec.Struct):
    """An annotated tag."""

    sha: str
    object: Object


class Asset(msgspec.Struct):
    """A file of a release; `state` is not ``uploaded`` where it broke off."""

    id: int
    name: str
    size: int
    state: str


class Release(msgspec.Struct):
    """A release."""

    id: int
    tag_name: str
    draft: bool
    html_url: str
    upload_url: str
    assets: list[Asset] = []


class Shelf(Part):
    """Releases."""

    def tag(self, name: str, target: str, message: str) -> str:
        """An annotated tag, by its own commit-like object and a ref to it; returns the tag's object."""
        there = self._tagged(name, target)
        if there is not None:
            return there
        body = {"tag": name, "message": message, "object": target, "type": "commit"}
        made = self.made("POST", "/git/tags", Tag, body)
        try:
            self.send("POST", "/git/refs", {"ref": f"refs/tags/{name}", "sha": made.sha})
        except Refused as refused:
            there = self._tagged(name, target) if refused.status == 422 else None
            if there is None:
                raise
            return there
        return made.sha

    def release(self, tag: str, title: str, notes: str, assets: Sequence[Path]) -> str:
        """A release with its files; returns its address. What is there already is not sent again."""
        for asset in assets:
            if asset.stat().st_size > LARGEST:
                raise Denied(f"{asset.name} is larger than the 2 GiB that GitHub takes in a release's file")
        release = self._release(tag) or self.made(
            "POST", "/releases", Release, {"tag_name": tag, "name": title, "body": notes, "draft": True}
        )
        for asset in assets:
            self._put(release, asset)
        if release.draft:
            told = {"name": title, "body": notes, "draft": False}
            release = self.made("PATCH", f"/releases/{release.id}", Release, told)
        return release.html_url

    def _tagged(self, name: str, target: str) -> str | None:
        """The tag where it stands on `target`, None where there is none. Raises Moved where it stands elsewhere."""
        ref = self.find(f"/git/ref/tags/{ref_path(name)}", Ref)
        if ref is None:
            return None
        if ref.object.type == "tag":
            tag = self.get(f"/git/tags/{ref.object.sha}", Tag)
            if tag.object.sha == target:
                return tag.sha
        raise Moved(f"the tag {name} is there, and not as an annotated tag of {target[:12]}")

    def _release(self, tag: str) -> Release | None:
        """The release of a tag; GitHub finds drafts only in the list."""
        for release in self.pages("/releases", Release):
            if release.tag_name == tag:
                return release
        return None

    def _put(self, release: Release, file: Path) -> None:
        """Send a file, unless it is there whole; what broke off, or is another in a draft, goes first."""
        size = file.stat().st_size
        for there in release.assets:
            if there.name != file.name:
                continue
            if there.state == "uploaded" and there.size == size:
                return
            if there.state == "uploaded" and not release.draft:
                raise Denied(f"the release {release.tag_name} is out, with another {file.name}")
            self.send("DELETE", f"/releases/assets/{there.id}")
        address = release.upload_url.partition("{")[0]
        with file.open("rb") as content:
            self.client.upload(self.repository, f"{address}?name={part_of_path(file.name)}", content, size)
