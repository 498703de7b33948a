"""Merging pull requests and moving branches on GitHub, each bound to the commit that was seen; and closing."""

from __future__ import annotations

import msgspec

from webhooks.forge import Denied, Moved
from webhooks.github.part import Part, part_of_path
from webhooks.github.payload import PullRequest
from webhooks.github.wire import Refused


class Merged(msgspec.Struct):
    """A merge: its commit."""

    sha: str


class Object(msgspec.Struct):
    """What a ref stands on."""

    sha: str
    type: str = "commit"


class Ref(msgspec.Struct):
    """A ref."""

    object: Object


class Distance(msgspec.Struct):
    """How a head lies to a base: ``identical``, ``behind``, ``ahead``, ``diverged``."""

    status: str


class Branches(Part):
    """Merging and Closing."""

    def merge(self, number: int, head: str, message: str) -> str:
        """Merge a pull request at `head`; the commit. One that is merged at it already is fine: an answer got lost."""
        title, _, rest = message.strip().partition("\n")
        body = {"sha": head, "merge_method": "merge", "commit_title": title, "commit_message": rest.strip()}
        try:
            return self.made("PUT", f"/pulls/{number}/merge", Merged, body).sha
        except Refused as refused:
            if refused.status == 409:
                raise Moved(f"#{number} has another head than {head[:12]}: {refused.said}") from None
            if refused.status != 405:
                raise
            pull = self.pull_request(number)
            if pull.merged and pull.head.sha == head and pull.merge_commit_sha:
                return pull.merge_commit_sha
            if "was modified" in refused.said:  # the base moved under it; GitHub says so with the same number
                raise Moved(f"the base of #{number} moved: {refused.said}") from None
            raise

    def advance(self, branch: str, old: str, new: str) -> None:
        """Fast-forward a branch; GitHub itself refuses what is none."""
        at = self.find(f"/git/ref/heads/{ref_path(branch)}", Ref)
        if at is not None and at.object.sha == new != old:
            return
        if at is None or at.object.sha != old:
            raise Moved(f"{branch} is not at {old[:12]}")
        try:
            self.send("PATCH", f"/git/refs/heads/{ref_path(branch)}", {"sha": new, "force": False})
        except Refused as refused:
            said = refused.said.lower()
            moved = "fast forward" in said or "fast-forward" in said or "reference does not exist" in said
            if refused.status == 409 or (refused.status == 422 and moved):
                raise Moved(f"{branch} can't go from {old[:12]} to {new[:12]}: {refused.said}") from None
            raise

    def close(self, number: int, how: str) -> None:
        """Close a pull request that is open. One that came into its base another way GitHub marks as merged itself."""
        pull = self.find(f"/pulls/{number}", PullRequest)
        if pull is None:
            raise Denied(f"there is no #{number} in {self.repository}")
        if pull.state != "open" or (how == "merged" and self._contained(pull)):
            return
        self.send("PATCH", f"/pulls/{number}", {"state": "closed"})

    def _contained(self, pull: PullRequest) -> bool:
        span = f"{part_of_path(pull.base.ref)}...{pull.head.sha}"
        distance = self.find(f"/compare/{span}", Distance, per_page=1)
        return distance is not None and distance.status in ("identical", "behind")


def ref_path(name: str) -> str:
    """A branch or a tag in an address: its slashes stay, and nothing in it leads elsewhere."""
    pieces = name.split("/")
    if any(piece in ("", ".", "..") for piece in pieces):
        raise Denied(f"{name[:100]!r} is no name of a ref")
    return "/".join(part_of_path(piece) for piece in pieces)
