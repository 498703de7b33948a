"""Where a commit of ours may be pushed for a merge request, and by whom it is.

A branch of the project itself is ours by our role. A fork's is where its author lets members who can merge push, for as
long as the merge request is open, but to a protected branch never (user/project/merge_requests/allow_collaboration).
"""

from __future__ import annotations

from webhooks.forge import Denied, Source
from webhooks.gitlab.answers import Ourselves, Project
from webhooks.gitlab.client import Missing
from webhooks.gitlab.part import Part

CLOSED_TO_US = (
    "its author lets nobody else push to this branch; they can edit the merge request and tick "
    '"Allow commits from members who can merge to the target branch"'
)


class Mends(Part):
    """MendedByPush of ``webhooks.forge``."""

    def source(self, number: int) -> Source:
        """The source branch, if we may push there; the fork's path is asked for by its number."""
        one = self.request(number)
        if one.state != "opened":
            raise Denied(f"!{number} is {one.state}")
        if not one.forked:
            return Source(self.settings.git_url(self.where.name), one.source_branch)
        if one.source_project_id is None:
            raise Denied("the fork that it comes from is gone")
        if not one.allow_collaboration:
            raise Denied(CLOSED_TO_US)
        try:
            fork = self.client.top(f"/projects/{one.source_project_id}", Project)
            return Source(self.settings.git_url(fork.path_with_namespace), one.source_branch)
        except Missing:
            raise Denied("the fork that it comes from is gone, or our token may not see it") from None
        except ValueError:
            raise Denied("the fork that it comes from has no name that we know how to reach") from None

    def signature(self) -> tuple[str, str] | None:
        """The user that our token is: who minds that each commit is by a member knows this address."""
        me = self.client.top("/user", Ourselves)
        email = me.commit_email or me.email
        return (me.name or me.username, email) if email else None
