"""Catching up: what is open, as the list shows it; and where its commits are fetched from."""

from __future__ import annotations

from webhooks.clock import seconds
from webhooks.event import Person, Pushed
from webhooks.forge import Denied, Pull
from webhooks.gitlab.answers import Approvals, Project, Request
from webhooks.gitlab.client import Client, Missing
from webhooks.gitlab.part import Part
from webhooks.place import Place

HEADS = "+refs/merge-requests/*/head:refs/pull/*/head"


class Lists(Part):
    """Listing and Remote of ``webhooks.forge``; Identified, Endings, Approvals."""

    def place(self) -> Place:
        """The project's number, and its path of now.

        Where nothing has our number any more its path is asked for: Git knows paths alone, and would follow a stranger.
        """
        try:
            found = self.client.get("", Project)
        except Missing:
            if not self.where.id:
                raise
            found = Client(self.settings, self.where.name).get("", Project)
        return Place(str(found.id), found.path_with_namespace)

    def merged(self, number: int) -> str | None:
        """The commit by which it was merged: fast-forwarded and squashed, no delivery tells it."""
        one = self.client.find(f"/merge_requests/{number}", Request)
        if one is None or one.state != "merged":
            return None
        return one.merge_commit_sha or one.squash_commit_sha or one.sha

    def open_pulls(self) -> list[Pull]:
        """Every open merge request that has a commit, by number."""
        how = {"state": "opened", "scope": "all", "order_by": "created_at", "sort": "asc"}
        listed = self.client.each("/merge_requests", Request, **how)
        pulls = {one.iid: pull(one) for one in listed if one.sha}  # a page that shifted may show one twice
        return [pulls[number] for number in sorted(pulls)]

    def pull(self, number: int) -> Pull | None:
        """One open merge request; None where it is closed or unknown."""
        one = self.client.find(f"/merge_requests/{number}", Request)
        return pull(one) if one is not None and one.state == "opened" and one.sha else None

    def pushed(self, pull: Pull) -> Pushed:
        """The event that a delivery for this head would have told."""
        place = (self.name, self.where.name, pull.number, pull.head, pull.base, pull.topic)
        return Pushed(*place, pull.author, pull.title, pull.text, pull.draft)

    def approves(self, number: int, person: Person) -> bool | None:
        """Whether their approval stands; None where this tier does not tell."""
        try:
            found = self.client.find(f"/merge_requests/{number}/approvals", Approvals)
        except Denied:
            return None
        return None if found is None else any(str(one.user.id) == person.id for one in found.approved_by)

    def git_url(self) -> str:
        """By the operator's template; an address in a payload is never followed."""
        return self.settings.git_url(self.where.name)

    def git_login(self) -> tuple[str, str] | None:
        """Any user name will do beside a token; a folder needs none."""
        return None if self.git_url().startswith("file://") else ("oauth2", self.settings.token)

    def heads(self) -> str:
        """GitLab keeps the heads of merge requests, those of forks too, below refs/merge-requests."""
        return HEADS


def pull(one: Request) -> Pull:
    """A merge request as every forge lists them. We may push to a branch of the project itself."""
    return Pull(
        one.iid,
        one.sha or "",
        one.target_branch,
        one.source_branch,
        one.title,
        Person("gitlab", str(one.author.id), one.author.username),
        seconds(one.created_at),
        one.description or "",
        one.draft,
        frozenset(one.labels),
        bool(one.allow_collaboration) or not one.forked,
    )
