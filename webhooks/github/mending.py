"""Where a commit of ours may be pushed for a pull request, and by whom it is.

A branch of the repository itself is the App's to push to. A fork's is where its author allows edits by maintainers,
which GitHub offers to people and not to organizations, and tells of one pull request at a time. Docs: "Allowing changes
to a pull request branch created from a fork".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from webhooks.forge import Denied, Source
from webhooks.github.part import Part, part_of_path
from webhooks.github.payload import User
from webhooks.github.scheme import NAME

CLOSED_TO_US = (
    "its author lets nobody else push to this branch; they can tick "
    '"Allow edits by maintainers" beside the pull request'
)


class Mends(Part):
    """MendedByPush."""

    def source(self, number: int) -> Source:
        """The head's branch, if we may push there. A name in an answer fills the template, and is no address."""
        pull = self.pull_request(number)
        if pull.state != "open":
            raise Denied(f"#{number} is closed")
        if pull.ours:
            return Source(self.client.settings.git_url(self.repository), pull.head.ref)
        if pull.head.repo is None:
            raise Denied("the fork that it comes from is gone")
        if not pull.maintainer_can_modify:
            raise Denied(CLOSED_TO_US)
        if not NAME.fullmatch(pull.head.repo.full_name):
            raise Denied("the fork that it comes from has no name that we know how to reach")
        return Source(self.client.settings.git_url(pull.head.repo.full_name), pull.head.ref)

    def signature(self) -> tuple[str, str] | None:
        """The App's bot, by the address that GitHub knows its commits by."""
        slug = self.client.slug()
        login = f"{slug}[bot]"
        user = self.client.find(self.repository, f"/users/{part_of_path(login)}", User) if slug else None
        if user is None or not user.bot:
            return None
        host = (urlsplit(self.client.settings.api).hostname or "").removeprefix("api.")
        return login, f"{user.id}+{login}@users.noreply.{host}"
