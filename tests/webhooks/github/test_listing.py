"""What is open, as a lost delivery would have told it; and where Git finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import ADA, REPO, World
from webhooks.event import Person
from webhooks.forge import (
    Checks,
    Closing,
    Conversation,
    Groups,
    Listing,
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


def test_it_can_do_all_that_a_forge_can(forge: GitHubForge) -> None:
    protocols = (
        Conversation,
        Checks,
        Rights,
        Groups,
        Reactions,
        Suggestions,
        Merging,
        Closing,
        Releases,
        Listing,
        Remote,
    )
    assert [each for each in protocols if not isinstance(forge, each)] == []


def test_the_list_tells_what_the_delivery_would_have(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps", draft=True, labels=[{"name": "skill"}])
    (pull,) = forge.open_pulls()
    told = {
        "action": "opened",
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
