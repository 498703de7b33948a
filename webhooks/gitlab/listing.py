"""Catching up: what is open, as the list shows it; and where its commits are fetched from."""

from __future__ import annotations

from datetime import datetime

from webhooks.event import Person, Pushed
from webhooks.forge import Pull
from webhooks.gitlab.answers import Request
from webhooks.gitlab.part import Part

HEADS = "+refs/merge-requests/*/head:refs/pull/*/head"


class Lists(Part):
    """Listing and Remote of ``webhooks.forge``."""

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
        _seconds(one.created_at),
        one.description or "",
        one.draft,
        frozenset(one.labels),
        bool(one.allow_collaboration) or not one.forked,
    )


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0
