"""GitLab holds the contract of every forge, and says what it lacks."""

from __future__ import annotations

import pygit2
import pytest

from tests.webhooks.forge_contract import ForgeContract
from tests.webhooks.gitlab.conftest import LEAF, Ground
from webhooks.event import Person
from webhooks.forge import (
    Board,
    Checks,
    Closing,
    Conversation,
    Denied,
    Groups,
    Listing,
    Logins,
    MendedByPush,
    Merging,
    Reactions,
    Releases,
    Remote,
    Right,
    Rights,
    Suggestions,
)
from webhooks.gitlab.forge import GitLabForge, opened
from webhooks.known import Where
from webhooks.now import Approvals, Endings
from webhooks.place import Identified, Place

LEVELS = {Right.read: 10, Right.triage: 20, Right.write: 30, Right.maintain: 40, Right.admin: 50}


class GitLabStage:
    """A fake GitLab, and people who act on it."""

    branch = "main"

    def __init__(self, ground: Ground) -> None:
        self.ground, self.forge = ground, ground.forge
        self._requests = ground.fake.project.requests

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        files = {f"{topic}/qna.yaml": LEAF}
        one = self.ground.fake.open(self.ground.author, topic, title, files, forked=True)
        return one.iid, one.head

    def revise(self, number: int) -> str:
        one = self._requests[number]
        return self.ground.fake.push(one, {f"{one.source}/qna.yaml": f"{LEAF}more\n"})

    def close(self, number: int) -> None:
        self.ground.fake.end(self._requests[number], self.ground.author)

    def let_edit(self, number: int, edits: bool) -> None:
        self.ground.fake.let_edit(self._requests[number], self.ground.author, edits)

    def delete_branch(self, number: int) -> None:
        self.ground.fake.delete_branch(self._requests[number], self.ground.author)

    def delete_fork(self, number: int) -> None:
        self.ground.fake.delete_fork(self._requests[number], self.ground.author)

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
        Approvals,
        Board,
        Checks,
        Closing,
        Conversation,
        Endings,
        Groups,
        Identified,
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
    assert [protocol for protocol in every if not isinstance(ground.forge, protocol)] == []


# Which project it is


def known(ground: Ground) -> GitLabForge:
    """The forge of a project whose number we know, by the name that it had at first."""
    where = ground.forge.where
    return opened(Where(where.name, where.git, where.settings, str(ground.fake.project.id)))


def test_a_project_with_another_path_is_asked_for_by_its_number(ground: Ground) -> None:
    one, forge = ground.request(), known(ground)
    ground.fake.moved("elsewhere/lamps")
    assert forge.place() == Place("42", "elsewhere/lamps")
    forge.write(one.iid, "triage", "x")  # by the old path that is 405
    assert [pull.number for pull in forge.open_pulls()] == [one.iid]
    assert len(one.notes) == 1


def test_who_knows_no_number_is_led_on_from_the_old_path(ground: Ground) -> None:
    assert ground.forge.place() == Place("42", "school/taxonomy")
    ground.fake.moved("elsewhere/lamps")
    assert ground.forge.place() == Place("42", "elsewhere/lamps")


def test_of_another_project_with_the_old_path_nothing_is_read(ground: Ground) -> None:
    ground.request()
    forge = known(ground)
    ground.fake.project.id = 99  # the path is a stranger's now
    with pytest.raises(Denied):
        forge.open_pulls()
    assert forge.right(Person("gitlab", str(ground.fake.bot.id))) == Right.none


# How it ended


def test_the_commit_of_a_squash_by_hand_is_told(ground: Ground) -> None:
    one = ground.request()
    assert ground.forge.merged(one.iid) is None
    made = ground.fake.squash(one, ground.author)
    assert ground.forge.merged(one.iid) == made == ground.fake.project.tip("main")


def test_what_was_closed_or_is_unknown_was_not_merged(ground: Ground) -> None:
    one = ground.request()
    ground.fake.end(one, ground.author)
    assert (ground.forge.merged(one.iid), ground.forge.merged(404)) == (None, None)


# Who approves


def test_an_approval_stands_until_it_is_taken_back(ground: Ground) -> None:
    one, tom = ground.request(), ground.person("tom", 40)
    who = Person("gitlab", str(tom.id), "tom")
    assert ground.forge.approves(one.iid, who) is False
    ground.fake.approve(one, tom)
    assert ground.forge.approves(one.iid, who) is True
    ground.fake.approve(one, tom, taken_back=True)
    assert ground.forge.approves(one.iid, who) is False


@pytest.mark.parametrize("status", [403, 404])
def test_where_gitlab_does_not_tell_who_approves_nobody_knows(ground: Ground, status: int) -> None:
    one = ground.request()
    ground.fake.trouble(status, path="/approvals$")
    assert ground.forge.approves(one.iid, Person("gitlab", "7")) is None
