"""A whole story on the fake GitHub: opened with faults, mended, approved, merged; deliveries are repeated or lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

import pytest

from service.fake.bare import Files
from service.fake.faults import Post
from service.fake.github.play import FakeGitHub
from service.fake.github.state import CheckRun, Issue
from webhooks.known import names

pytestmark = pytest.mark.skipif("github" not in names(), reason="webhooks has no client for GitHub")
DATA = Path(str(files("service.demo") / "data"))
WAIT = 90.0  # seconds; what takes longer has come to a stand


def read(folder: Path) -> Files:
    """The files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Play:
    """The fake, and a service that listens to it."""

    def __init__(self, fake: FakeGitHub, home: Path) -> None:
        self.fake = fake
        command = [
            sys.executable,
            "-m",
            "service",
            "up",
            "--home",
            str(home),
            "--port",
            "0",
            "--forge",
            "github",
        ]
        command += ["--repository", fake.repo.full_name, "--model", "tiny", "--by-hand"]
        own = {f"UPWEIGHT_GITHUB_{name.upper()}": value for name, value in fake.settings().items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UPWEIGHT_")}
        environment = {**clean, **own, "UPWEIGHT_DOCUMENT_HOSTS": "none"}
        self.said = home.with_suffix(".log").open("w+")
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=self.said, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        fake.deliveries.to = json.loads(line)["url"] + "/webhooks/github"

    def log(self) -> str:
        """What the service said last."""
        self.said.seek(0)
        return "\n".join(self.said.read().splitlines()[-30:])

    def stop(self) -> None:
        """End the service."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        self.said.close()

    def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        assert self.fake.server.wait_for(so, WAIT), self.log()

    def issue(self, number: int) -> Issue:
        """A pull request."""
        return self.fake.repo.issues[number]

    def check(self, number: int) -> CheckRun | None:
        """The check at a pull request's head, once it is decided."""
        pull = self.issue(number).pull
        found = [run for run in self.fake.repo.checks if pull and run.head == pull.head and run.conclusion]
        return found[-1] if found else None


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
            made = Play(fake, tmp_path / "home")
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
