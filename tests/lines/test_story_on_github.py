"""A whole story on the fake GitHub: opened with faults, mended, approved, merged; deliveries are repeated or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.fake.faults import Post
from service.fake.github.play import FakeGitHub
from tests.lines.github_play import DATA, Play, read
from webhooks.known import names

pytestmark = pytest.mark.skipif("github" not in names(), reason="webhooks has no client for GitHub")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeGitHub]:
    """The demo's taxonomy on a fake GitHub, and somebody who may merge."""
    with FakeGitHub(tmp_path / "github", files=read(DATA / "taxonomy"), seed=3) as made:
        made.people.role("mo", "maintain")
        yield made


@pytest.fixture
def begin(fake: FakeGitHub, tmp_path: Path) -> Iterator[Callable[[], Play]]:
    """Starts the service."""
    with ExitStack() as ending:

        def start() -> Play:
            made = Play(fake, tmp_path / "home", "--by-hand")
            ending.callback(made.stop)
            return made

        yield start


def test_a_contribution_is_opened_with_faults_mended_approved_and_merged(begin: Callable[[], Play]) -> None:
    play, offered = begin(), DATA / "contributions"
    people = play.fake.people
    play.fake.faults.post = Post(repeat=0.4, reorder=0.3)
    number = people.open("pim", "Name the flag for the cargo", read(offered / "cargo-flags-1"))
    assert play.fake.deliveries.settle()
    play.until(lambda: play.check(number) is not None)
    first = play.check(number)
    assert first is not None
    assert (first.conclusion, len(first.annotations) > 0) == ("failure", True)
    people.push(number, read(offered / "cargo-flags-2"))
    assert play.fake.deliveries.settle()
    play.until(lambda: play.check(number) is not None)
    people.review(number, "mo", "APPROVE")
    assert play.fake.deliveries.settle()
    play.until(lambda: play.issue(number).state == "closed")
    issue = play.issue(number)
    assert issue.pull is not None
    assert issue.pull.merged is not None
    said = [comment.body.splitlines()[0] for comment in issue.comments]
    assert len(said) == len(set(said)), said  # one comment a purpose
    assert play.fake.repo.git.holds(str(play.fake.repo.git.tip("main")), issue.pull.head)


def test_what_a_program_can_mend_is_pushed_to_the_fork_at_its_author_s_word(
    begin: Callable[[], Play],
) -> None:
    play = begin()
    people = play.fake.people
    offered = {
        path: data.replace(b"created_by: pim-tarrow\n", b"created_by: pim-tarrow   \n")
        for path, data in read(DATA / "contributions" / "cargo-flags-2").items()
        if isinstance(data, bytes)
    }
    number = people.open("pim", "Name the flag for the cargo", offered, branch="flags")
    pull = play.issue(number).pull
    assert pull is not None
    play.until(lambda: play.check(number) is not None)
    old, first = pull.head, play.check(number)
    assert first is not None
    assert first.conclusion == "failure"
    play.fake.faults.post = Post(repeat=0.4, reorder=0.3)
    people.comment(number, "pim", "@upweight fix")
    assert play.fake.deliveries.settle()
    play.until(lambda: pull.head != old)
    assert play.fake.deliveries.settle()
    play.until(lambda: (found := play.check(number)) is not None and found.conclusion == "success")
    assert pull.home is not None
    assert pull.home.git.tip("flags") == pull.head
    assert [str(parent) for parent in pull.home.git.read(pull.head).parent_ids] == [old]
    play.until(lambda: any("1 thing is mended" in said.body for said in play.issue(number).comments))
    ours = [comment for comment in play.issue(number).comments if comment.user.type == "Bot"]
    assert len(ours) == 1, "the answer is an edit"


def test_what_was_told_to_nobody_is_judged_when_the_service_starts(
    fake: FakeGitHub, begin: Callable[[], Play]
) -> None:
    number = fake.people.open("pim", "Name the flag", read(DATA / "contributions" / "cargo-flags-1"))
    fake.faults.post = Post(lose=1.0)
    play = begin()
    play.until(lambda: play.check(number) is not None)
    assert all(not sent.attempts for sent in fake.deliveries.all)
