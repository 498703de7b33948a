"""Where a commit of ours may go: by names that fill the operator's template, and only where somebody lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import HOME, REPO, World
from webhooks.forge import Denied, Source
from webhooks.github.forge import GitHubForge, opened
from webhooks.known import Where

TEMPLATE = "https://git.example.org/{owner}/{name}.git"


@pytest.fixture
def forge(world: World, settings: Mapping[str, str], tmp_path: Path) -> GitHubForge:
    """Our forge, with a template of its own."""
    return opened(Where(REPO, tmp_path / "mirror.git", {**settings, "git": TEMPLATE}))


def test_a_fork_lies_where_the_template_says_whatever_github_calls_its_address(
    forge: GitHubForge, world: World
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.pulls[number]["head"]["repo"] = {
        **world.pulls[number]["head"]["repo"], "clone_url": "https://elsewhere.example/x.git",
    }  # fmt: skip
    assert forge.source(number) == Source("https://git.example.org/ada/leaves.git", "lamps")


def test_a_branch_of_the_repository_itself_is_ours_whatever_is_ticked(
    forge: GitHubForge, world: World
) -> None:
    number, _ = world.contribute("lamps", "Lamps", maintainer_can_modify=False)
    world.pulls[number]["head"]["repo"] = HOME
    pull = forge.pull(number)
    assert pull is not None
    assert pull.mends
    assert forge.source(number) == Source(f"https://git.example.org/{REPO}.git", "lamps")


def test_a_fork_whose_author_does_not_let_us_in_is_left_with_what_they_can_tick(
    forge: GitHubForge, world: World
) -> None:
    number, _ = world.contribute("lamps", "Lamps", maintainer_can_modify=False)
    with pytest.raises(Denied, match='tick "Allow edits by maintainers"'):
        forge.source(number)


def test_a_fork_that_is_gone_and_one_that_is_closed_are_told(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.pulls[number]["head"]["repo"] = None
    world.beyond = [".head.repo: None"]
    with pytest.raises(Denied, match="fork that it comes from is gone"):
        forge.source(number)
    world.pulls[number]["state"] = "closed"
    with pytest.raises(Denied, match="is closed"):
        forge.source(number)


@pytest.mark.parametrize("name", ["ada/..", "../../etc/x", "ada/x/y", "-x/y", "ada", ""])
def test_a_name_that_is_none_fills_no_template(forge: GitHubForge, world: World, name: str) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.pulls[number]["head"]["repo"] = {"id": 71, "full_name": name, "name": "x"}
    with pytest.raises(Denied, match="no name that we know how to reach"):
        forge.source(number)


def test_a_commit_of_ours_is_by_the_app_s_bot_as_github_knows_it(forge: GitHubForge) -> None:
    address = "900+upweight-app[bot]@users.noreply.127.0.0.1"
    assert forge.signature() == ("upweight-app[bot]", address)


def test_an_app_that_nobody_names_leaves_its_commits_to_the_service(
    forge: GitHubForge, server: Server
) -> None:
    server.fail("/app$", 404, {"message": "Not Found"})
    assert forge.signature() is None
