"""What is open on GitHub, for catching up after lost deliveries; and the Git side of the repository."""

from __future__ import annotations

from urllib.parse import urlsplit

from webhooks.clock import seconds
from webhooks.event import Pushed
from webhooks.forge import Pull
from webhooks.github.part import Part
from webhooks.github.payload import PullRequest, Repository, person
from webhooks.place import Place


class Listing(Part):
    """Listing, Remote, Identified and Endings."""

    def place(self) -> Place:
        """What goes by our name now; GitHub leads on from an old name for as long as nobody took it."""
        found = self.get("", Repository)
        return Place(str(found.id), found.full_name)

    def merged(self, number: int) -> str | None:
        """The commit by which it was merged; None where it was not."""
        found = self.find(f"/pulls/{number}", PullRequest)
        return self.of_ours(found).merge_commit_sha if found is not None and found.merged else None

    def open_pulls(self) -> list[Pull]:
        """Every open pull request, by number. Whether their authors let us push is told by `pull` alone."""
        listed = self.pages("/pulls", PullRequest, state="open", sort="created", direction="asc")
        pulls = {
            pull.number: _pull(self.of_ours(pull)) for pull in listed
        }  # one may be on two pages while others close
        return [pulls[number] for number in sorted(pulls)]

    def pull(self, number: int) -> Pull | None:
        """One open pull request; None where it is closed or unknown."""
        found = self.find(f"/pulls/{number}", PullRequest)
        return _pull(self.of_ours(found)) if found is not None and found.state == "open" else None

    def pushed(self, pull: Pull) -> Pushed:
        """The event that a delivery for this head would have told."""
        return Pushed(
            self.name,
            self.repository,
            pull.number,
            pull.head,
            pull.base,
            pull.topic,
            pull.author,
            pull.title,
            pull.text,
            pull.draft,
            pull.updated,
        )

    def git_url(self) -> str:
        """Where the repository is fetched from: the operator's template, filled in."""
        return self.client.settings.git_url(self.repository)

    def git_login(self) -> tuple[str, str] | None:
        """The App's token, good for some minutes; none for a path on this disk."""
        if urlsplit(self.client.settings.git).scheme == "file":
            return None
        return "x-access-token", self.client.token(self.repository)

    def heads(self) -> str:
        """The refspec that brings the heads of pull requests."""
        return "+refs/pull/*/head:refs/pull/*/head"


def _pull(pull: PullRequest) -> Pull:
    return Pull(
        pull.number,
        pull.head.sha,
        pull.base.ref,
        pull.topic,
        pull.title,
        person(pull.user),
        seconds(pull.created_at),
        pull.body or "",
        bool(pull.draft),
        frozenset(label.name for label in pull.labels),
        bool(pull.maintainer_can_modify) or pull.ours,
        seconds(pull.updated_at),
    )
