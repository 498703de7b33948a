"""Merging and moving branches, each bound to the commit that was seen; and closing."""

from __future__ import annotations

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import BASE, World
from webhooks.forge import Denied, Moved
from webhooks.github.forge import GitHubForge


def test_a_pull_request_is_merged_at_the_head_that_was_seen(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    merged = forge.merge(number, head, "Merge lamps\n\nThey passed.\n")
    assert world.pulls[number]["merge_commit_sha"] == merged == world.refs["heads/main"][1]
    assert server.asked[-1][0].json == {
        "sha": head,
        "merge_method": "merge",
        "commit_title": "Merge lamps",
        "commit_message": "They passed.",
    }


def test_another_head_is_not_merged(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    world.revise(number)
    with pytest.raises(Moved, match="Head branch was modified"):
        forge.merge(number, head, "x")
    assert not world.pulls[number]["merged"]


def test_a_merge_whose_answer_got_lost_is_found(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    assert forge.merge(number, head, "x") == forge.merge(number, head, "x")


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (405, "Merge commits are not allowed on this repository.", Denied),
        (405, "Base branch was modified. Review and try the merge again.", Moved),
        (403, "Resource not accessible by integration", Denied),
        (422, "Validation Failed", Denied),
    ],
)
def test_what_github_does_not_merge_says_why(
    forge: GitHubForge, world: World, server: Server, status: int, message: str, error: type[Exception]
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    server.fail("PUT .*/merge", status, {"message": message})
    with pytest.raises(error, match=message[:20]):
        forge.merge(number, head, "x")


def test_a_branch_that_is_protected_says_so_and_is_not_moved(
    forge: GitHubForge, world: World, server: Server
) -> None:
    old = world.refs["heads/main"][1]
    new = world.commit(old)
    server.fail("PATCH .*/git/refs", 422, {"message": "Changes must be made through a pull request"})
    with pytest.raises(Denied, match="through a pull request"):
        forge.advance("main", old, new)
    forge.advance("main", old, new)
    forge.advance("main", old, new)  # the answer got lost: it is there already
    assert world.refs["heads/main"] == ("commit", new)
    assert server.asked[-2][0].json == {"sha": new, "force": False}


def test_a_branch_with_slashes_is_one_branch(forge: GitHubForge, world: World, server: Server) -> None:
    old = world.refs["heads/batch/größe"] = world.refs["heads/main"]
    new = world.commit(old[1])
    forge.advance("batch/größe", old[1], new)
    assert server.changes() == [f"PATCH {BASE}/git/refs/heads/batch/gr%C3%B6%C3%9Fe"]


@pytest.mark.parametrize("branch", ["../../pulls/1", "a//b", "", "a/./b"])
def test_a_name_that_leads_elsewhere_is_asked_of_nobody(
    forge: GitHubForge, server: Server, branch: str
) -> None:
    with pytest.raises(Denied, match="no name of a ref"):
        forge.advance(branch, "1" * 40, "2" * 40)
    assert server.asked == []


def test_an_open_pull_request_is_closed_once(forge: GitHubForge, world: World, server: Server) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    forge.close(number, "rejected")
    forge.close(number, "rejected")
    assert server.changes() == [f"PATCH {BASE}/pulls/{number}"]
    with pytest.raises(Denied, match="no #99"):
        forge.close(99, "rejected")


def test_what_came_into_its_base_is_left_for_github_to_mark(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    other, _ = world.contribute("tides", "Tides")
    world.refs["heads/main"] = ("commit", world.commit(head))
    forge.close(number, "merged")
    assert server.changes() == []
    forge.close(other, "merged")  # it went in another way, as one commit of several
    assert server.changes() == [f"PATCH {BASE}/pulls/{other}"]
