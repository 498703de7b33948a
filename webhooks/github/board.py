"""One issue of ours on GitHub that is edited in place: the dashboard, for who never opens our page."""

from __future__ import annotations

import msgspec

from webhooks.forge import Denied
from webhooks.github.client import Via
from webhooks.github.part import Part
from webhooks.github.payload import Linked, User


class Issue(msgspec.Struct):
    """An issue; it is a pull request where `pull_request` is there."""

    number: int
    title: str
    user: User | None = None
    body: str | None = None
    pull_request: Linked | None = None
    performed_via_github_app: Via | None = None


class Boards(Part):
    """Board."""

    def board(self, title: str) -> tuple[str, str]:
        """The number of our open issue with this title, and its text; made where there is none."""
        for issue in self.pages("/issues", Issue, state="open", sort="created", direction="asc"):
            same = issue.title == title and issue.pull_request is None
            if same and self.client.mine(issue.user, issue.performed_via_github_app):
                return str(issue.number), (issue.body or "").replace("\r\n", "\n")
        made = self.made("POST", "/issues", Issue, {"title": title})
        return str(made.number), ""

    def redraw(self, identity: str, text: str) -> None:
        """Another text for it."""
        if not identity.isascii() or not identity.isdigit():
            raise Denied(f"{identity[:40]!r} is no issue")
        self.send("PATCH", f"/issues/{identity}", {"body": text})
