"""Merging and ending merge requests."""

from __future__ import annotations

from webhooks.forge import Busy, Denied, Moved
from webhooks.gitlab.answers import Anything, Commit, Request
from webhooks.gitlab.client import Refused
from webhooks.gitlab.part import Part

# what GitLab still works out after a push; a request for the merge is refused meanwhile as if it were for good
UNDECIDED = {
    "checking": 5.0,
    "unchecked": 5.0,
    "preparing": 5.0,
    "approvals_syncing": 5.0,
    "ci_still_running": 60.0,
}


class Merges(Part):
    """Merging and Closing of ``webhooks.forge``."""

    moves_by_push = True  # its API moves no branch

    def merge(self, number: int, head: str, message: str) -> str:
        """Merge at this head by GitLab itself, with the method that the project has; the commit that came of it.

        Raises Moved where its head is another, Denied with GitLab's reason, Busy while GitLab has not decided. What is
        merged at this head already, by an answer that got lost, is merged.
        """
        body = {"sha": head, "merge_commit_message": message, "squash": False}
        try:
            request = self.client.put(f"/merge_requests/{number}/merge", Request, **body)
        except Refused as no:
            if no.status == 409:
                raise Moved(f"merge request {number} is not at {head[:12]}: {no}") from None
            request = self.request(number)
            if request.state != "merged":
                if no.status in (405, 406, 422) and request.detailed_merge_status in UNDECIDED:
                    why = f"GitLab has not decided on merge request {number}: {request.detailed_merge_status}"
                    raise Busy(why, UNDECIDED[request.detailed_merge_status]) from None
                raise Denied(_reason(number, request, no)) from None
        if request.state != "merged":
            raise Denied(f"merge request {number} is {request.state} after its merge")
        if request.sha != head:
            raise Moved(f"merge request {number} was merged at {request.sha}, not at {head}")
        return request.merge_commit_sha or request.squash_commit_sha or head

    def advance(self, branch: str, old: str, new: str) -> None:
        """GitLab's API moves no branch. Raises Denied, always: a branch is moved by a push from our mirror."""
        raise Denied(
            f"GitLab's API can't move {branch}; push {new[:12]} from the mirror, leased at {old[:12]}"
        )

    def close(self, number: int, how: str) -> None:
        """End it. One that was merged by a push is left to GitLab, which marks it as merged by itself."""
        request = self.request(number)
        if request.state != "opened":
            return
        if how == "merged" and request.sha and self._holds(request.target_branch, request.sha):
            return
        self.client.put(f"/merge_requests/{number}", Anything, state_event="close")

    def _holds(self, branch: str, head: str) -> bool:
        """Whether a branch has this commit."""
        try:
            base = self.client.get("/repository/merge_base", Commit, **{"refs[]": [branch, head]})
        except Refused:
            return False
        return base.id == head


def _reason(number: int, request: Request, no: Refused) -> str:
    status = request.detailed_merge_status.replace("_", " ")
    return f"merge request {number} ({request.state}, {status or 'no reason told'}): {no}"
