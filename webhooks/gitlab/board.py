"""One issue of ours on GitLab that is edited in place: the dashboard, for who never opens our page (api/issues)."""

from __future__ import annotations

from webhooks.forge import Denied
from webhooks.gitlab.answers import Issue
from webhooks.gitlab.part import Part


class Boards(Part):
    """Board."""

    def board(self, title: str) -> tuple[str, str]:
        """The number of our open issue with this title, and its text; made where there is none."""
        me = self.me()
        asked = {"state": "opened", "author_id": me, "order_by": "created_at", "sort": "asc"}
        for issue in self.client.each("/issues", Issue, **asked):
            if issue.title == title and issue.author.id == me:
                return str(issue.iid), (issue.description or "").replace("\r\n", "\n")
        return str(self.client.post("/issues", Issue, title=title).iid), ""

    def redraw(self, identity: str, text: str) -> None:
        """Another text for it."""
        if not identity.isascii() or not identity.isdigit():
            raise Denied(f"{identity[:40]!r} is no issue")
        self.client.put(f"/issues/{identity}", Issue, description=text)
