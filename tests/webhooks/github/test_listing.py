"""What is open, as a lost delivery would have told it; and where Git finds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import ADA, REPO, World
from webhooks.event import Person
from webhooks.forge import (
    Checks,
    Closing,
    Conversation,
    Groups,
    Listing,
    Logins,
    MendedByPush,
    Merging,
    Reactions,
    Releases,
    Remote,
    Rights,
    Suggestions,
)
from webhooks.github.forge import GitHubForge, opened
from webhooks.github.scheme import SCHEME
from webhooks.known import Where
from webhooks.now import Endings
from webhooks.place import Elsewhere, Identified, Place


def test_it_can_do_all_that_a_forge_can(forge: GitHubForge) -> None:
    protocols = (
        Conversation,
        Checks,
        Rights,
        Groups,
        Reactions,
        Suggestions,
        MendedByPush,
        Merging,
        Closing,
        Releases,
        Listing,
        Logins,
        Remote,
        Identified,
        Endings,
    )
    assert [each for each in protocols if not isinstance(forge, each)] == []


def test_the_list_tells_what_the_delivery_would_have(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps", draft=True, labels=[{"name": "skill"}])
    (pull,) = forge.open_pulls()
    told = {
        "action": "reopened",
        "repository": {"full_name": REPO},
        "sender": ADA,
        "pull_request": world.pulls[number],
    }
    assert forge.pushed(pull) == SCHEME.parse("pull_request", json.dumps(told).encode())
    assert (pull.labels, pull.draft, pull.created) == ({"skill"}, True, 1795860000.0)
    one = forge.pull(number)
    assert one is not None
    assert one.mends


def test_a_fork_that_vanished_and_a_user_who_left_are_listed_all_the_same(
    forge: GitHubForge, world: World
) -> None:
    number, head = world.contribute("lamps", "Lamps", user=None, body=None)
    world.pulls[number]["head"] = {"sha": head, "ref": "lamps", "label": None, "user": None, "repo": None}
    world.beyond = [".head.label: None"]
    (pull,) = forge.open_pulls()
    assert (pull.topic, pull.author, pull.text) == ("lamps", Person("github", "10137", "ghost"), "")


def test_a_pull_request_that_is_closed_or_unknown_is_none(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.pulls[number]["state"] = "closed"
    assert (forge.pull(number), forge.pull(99)) == (None, None)


def test_git_s_address_is_the_operator_s_whatever_github_says(
    world: World, server: Server, settings: Mapping[str, str], tmp_path: Path
) -> None:
    def at(**more: str) -> GitHubForge:
        return opened(Where(REPO, tmp_path, {**settings, **more}))

    assert at().git_url() == f"{server.url}/{REPO}.git"
    assert at(git="https://git.example.org/{owner}/{name}").git_url() == f"https://git.example.org/{REPO}"
    assert at().git_login() == ("x-access-token", "ghs_secret1")
    on_disk = at(git="file:///srv/{owner}-{name}.git")
    assert (on_disk.git_url(), on_disk.git_login()) == ("file:///srv/upweight-taxonomy.git", None)
    assert at().heads() == "+refs/pull/*/head:refs/pull/*/head"


def test_a_repository_is_known_by_its_number(forge: GitHubForge, world: World) -> None:
    world.beyond = ["'language' is a required property"]  # which the description's own example lacks
    assert forge.place() == Place("9", REPO)


ASKS: list[Callable[[GitHubForge, int], object]] = [
    lambda forge, number: forge.open_pulls(),
    lambda forge, number: forge.pull(number),
    lambda forge, number: forge.merged(number),
    lambda forge, number: forge.found(number, frozenset()),
]


@pytest.mark.parametrize("ask", ASKS)
def test_a_pull_request_of_another_repository_with_our_name_is_not_ours(
    world: World, settings: Mapping[str, str], tmp_path: Path, ask: Callable[[GitHubForge, int], object]
) -> None:
    number, _ = world.contribute("lamps", "Lamps", merged=True, merge_commit_sha="a" * 40)
    world.pulls[number]["base"]["repo"] = {"id": 9, "name": REPO.partition("/")[2], "full_name": REPO}
    ask(opened(Where(REPO, tmp_path, settings, "9")), number)
    with pytest.raises(Elsewhere, match="repository 9 now, and ours is 8"):
        ask(opened(Where(REPO, tmp_path, settings, "8")), number)


def test_the_commit_of_a_merge_is_told_and_of_nothing_else(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps", merge_commit_sha="a" * 40)  # GitHub's own trial of one
    assert (forge.merged(number), forge.merged(99)) == (None, None)
    world.pulls[number] |= {"merged": True, "state": "closed"}
    assert forge.merged(number) == "a" * 40
