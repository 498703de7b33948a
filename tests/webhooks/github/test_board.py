"""The dashboard issue: one, ours, edited in place."""

from __future__ import annotations

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import ADA, BASE, World
from webhooks.forge import Board, Denied
from webhooks.github.forge import GitHubForge


def test_our_issue_is_made_once_and_another_s_of_that_title_is_not_ours(
    forge: GitHubForge, world: World, server: Server
) -> None:
    assert isinstance(forge, Board)
    forged = {
        "number": 900,
        "title": "Queue",
        "body": "forged",
        "user": ADA,
        "performed_via_github_app": None,
    }
    world.issues.append(forged)
    identity, text = forge.board("Queue")
    assert (identity != "900", text) == (True, "")
    forge.redraw(identity, "- [ ] #1\n")
    assert forge.board("Queue") == (identity, "- [ ] #1\n")
    assert server.changes() == [f"POST {BASE}/issues", f"PATCH {BASE}/issues/{identity}"]
    assert forged["body"] == "forged"


@pytest.mark.parametrize("identity", ["", "x", "1/../2"])
def test_what_is_no_issue_s_number_is_asked_of_nobody(
    forge: GitHubForge, server: Server, identity: str
) -> None:
    with pytest.raises(Denied, match="is no issue"):
        forge.redraw(identity, "x")
    assert server.asked == []
