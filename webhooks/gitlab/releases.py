"""Releases as GitLab shows them: an annotated tag, a release of it, files in the project's package registry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from webhooks.forge import Denied, Moved
from webhooks.gitlab.answers import Anything, Release, Tag
from webhooks.gitlab.client import Refused
from webhooks.gitlab.part import Part

PACKAGE = "upweight"  # all files of all releases, by version
_FILE = re.compile(r"[A-Za-z0-9._+~-]{1,255}")


class Shelf(Part):
    """Releases of ``webhooks.forge``."""

    def tag(self, name: str, target: str, message: str) -> str:
        """An annotated tag's own id; again for the same target is fine. Raises Moved where it is elsewhere."""
        there = self._tag(name)
        if there is None:
            body = {"tag_name": name, "ref": target, "message": message}
            try:
                there = self.client.post("/repository/tags", Tag, **body)
            except Refused:  # somebody was faster, or an earlier answer got lost
                there = self._tag(name)
                if there is None:
                    raise
        if there.commit.id != target:
            raise Moved(f"tag {name} stands on {there.commit.id[:12]}, not on {target[:12]}")
        return there.target

    def release(self, tag: str, title: str, notes: str, assets: Sequence[Path]) -> str:
        """A release of a tag with its files; its address. A second call adds what lacks and mends what differs."""
        place = f"/releases/{quote(tag, safe='')}"
        there = self.client.find(place, Release)
        if there is None:
            there = self.client.post("/releases", Release, tag_name=tag, name=title, description=notes)
        elif (there.name, (there.description or "").rstrip()) != (title, notes.rstrip()):
            self.client.put(place, Release, name=title, description=notes)
        linked = {link.name for link in there.assets.links}
        for file in assets:
            if file.name not in linked:
                address = self._uploaded(tag, file)
                self.client.post(
                    f"{place}/assets/links", Anything, name=file.name, url=address, link_type="package"
                )
        return f"{self.settings.url}/{self.where.name}/-{place}"

    def _tag(self, name: str) -> Tag | None:
        return self.client.find(f"/repository/tags/{quote(name, safe='')}", Tag)

    def _uploaded(self, tag: str, file: Path) -> str:
        """Where a file lies now; one that lies there from an earlier try is not sent again."""
        if not _FILE.fullmatch(file.name):
            raise Denied(
                f"GitLab's registry takes no file named {file.name!r}; letters, digits and ._+~- only"
            )
        version = re.sub(r"[^A-Za-z0-9.+-]+", "-", tag).strip("-.")
        path = f"/packages/generic/{PACKAGE}/{version}/{file.name}"
        if not self.client.has(path):
            self.client.upload(path, file)
        project = quote(self.where.name, safe="")
        return f"{self.settings.api}/api/v4/projects/{project}{path}"
