"""GitLab holds the contract of every forge, and says what it lacks."""

from __future__ import annotations

import pygit2
import pytest

from tests.webhooks.forge_contract import ForgeContract
from tests.webhooks.gitlab.conftest import LEAF, Ground
from webhooks.event import Person
from webhooks.forge import (
    Checks,
    Closing,
    Conversation,
    Denied,
    Groups,
    Listing,
    Merging,
    Reactions,
    Releases,
    Remote,
    Right,
    Rights,
    Suggestions,
)

LEVELS = {Right.read: 10, Right.triage: 20, Right.write: 30, Right.maintain: 40, Right.admin: 50}


class GitLabStage:
    """A fake GitLab, and people who act on it."""

    branch = "main"

    def __init__(self, ground: Ground) -> None:
        self.ground, self.forge = ground, ground.forge
        self._requests = ground.fake.project.requests

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        one = self.ground.fake.open(self.ground.author, topic, title, {f"{topic}/qna.yaml": LEAF})
        return one.iid, one.head

    def revise(self, number: int) -> str:
        one = self._requests[number]
        return self.ground.fake.push(one, {f"{one.source}/qna.yaml": f"{LEAF}more\n"})

    def close(self, number: int) -> None:
        self.ground.fake.end(self._requests[number], self.ground.author)

    def commit_on(self, parent: str) -> str:
        self._count = getattr(self, "_count", 0) + 1
        return self.ground.fake.project.commit({}, parent, f"commit {self._count}\n")

    def tip(self, branch: str) -> str:
        return self.ground.fake.project.tip(branch)

    def tagged(self, name: str) -> str | None:
        ref = self.ground.fake.project.repo.references.get(f"refs/tags/{name}")
        return str(ref.peel(pygit2.Commit).id) if ref else None

    def person(self, right: Right) -> Person:
        one = self.ground.person(right.name, LEVELS[right])
        return Person("gitlab", str(one.id), one.username)


class TestGitLab(ForgeContract):
    """A project of GitLab as a forge. It merges by itself, and moves no branch."""

    @pytest.fixture
    def stage(self, ground: Ground) -> GitLabStage:
        """The stage to play on."""
        return GitLabStage(ground)

    def test_a_branch_is_advanced_from_where_it_was_seen(self, stage: GitLabStage) -> None:
        old = stage.tip("main")
        with pytest.raises(Denied, match="mirror"):
            stage.forge.advance("main", old, stage.commit_on(old))
        assert stage.tip("main") == old

    def _skipped(self, stage: GitLabStage) -> None:
        pytest.skip("GitLab's API moves no branch; it says so, as the test above shows")

    test_a_branch_is_never_rewound = _skipped
    test_a_branch_that_is_not_there_is_not_made = _skipped
    test_of_many_who_advance_from_the_same_place_one_does = _skipped


def test_it_has_every_protocol(ground: Ground) -> None:
    every = (
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
    assert [protocol for protocol in every if not isinstance(ground.forge, protocol)] == []
