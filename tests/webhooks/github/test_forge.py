"""GitHub holds the contract of every forge."""

from __future__ import annotations

import pytest

from tests.webhooks.forge_contract import ForgeContract
from tests.webhooks.github.world import World
from webhooks.event import Person
from webhooks.forge import Right
from webhooks.github.forge import GitHubForge


class GitHubStage:
    """A small GitHub, and what people do on it."""

    branch = "main"
    has_git = False

    def __init__(self, world: World, forge: GitHubForge) -> None:
        self.world, self.forge = world, forge
        for number, right in enumerate((Right.read, Right.triage, Right.maintain, Right.admin), 100):
            world.people[f"p{right.name}"] = (number, right.name)

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        return self.world.contribute(topic, title)

    def revise(self, number: int) -> str:
        return self.world.revise(number)

    def close(self, number: int) -> None:
        self.world.pulls[number]["state"] = "closed"

    def let_edit(self, number: int, edits: bool) -> None:
        self.world.pulls[number]["maintainer_can_modify"] = edits

    def delete_branch(self, number: int) -> None:
        self.close(number)

    def delete_fork(self, number: int) -> None:
        self.close(number)

    def commit_on(self, parent: str) -> str:
        return self.world.commit(parent)

    def tip(self, branch: str) -> str:
        return self.world.refs[f"heads/{branch}"][1]

    def tagged(self, name: str) -> str | None:
        found = self.world.refs.get(f"tags/{name}")
        return str(self.world.tags[found[1]]["object"]["sha"]) if found else None

    def person(self, right: Right) -> Person:
        name = f"p{right.name}"
        return Person("github", str(self.world.people[name][0]), name)


class TestGitHubForge(ForgeContract):
    """GitHub as a forge."""

    @pytest.fixture
    def stage(self, world: World, forge: GitHubForge) -> GitHubStage:
        """The stage to play on."""
        return GitHubStage(world, forge)
