"""What a program can mend is pushed to a fork on the fake GitHub, with real Git: once, and over nobody's newer push."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from service.db import contributions, words
from service.db.engine import Database
from service.db.tables import Contribution
from service.fake.github.play import FakeGitHub
from service.fake.github.state import Pull, Repo
from service.lines import mend, mirrors, trust
from tests.lines.fake_world import Abroad, GitHubWorld, fake_github
from triage_rules.fix import Edit, Fix
from webhooks.forge import Denied
from webhooks.github.forge import GitHubForge

LEAF = "knowledge/tides/qna.yaml"
TRAILING = {
    "rule": "lint", "weight": "fix", "path": LEAF, "line": 1, "column": 11, "message": "A blank.", "remedy": "Away.",
    "patch": Fix("no blank at the end", (Edit(1, ("version: 3  ",), ("version: 3",)),)).to_json(),
}  # fmt: skip
FAULTY: dict[str, Any] = {
    "verdict": "changes-requested", "labels": [], "next": "", "findings": [TRAILING], "not_checked": [], "files": [],
    "policy_hash": "p", "rules_version": "r",
}  # fmt: skip


class Dying(Database):
    """A database under whose next writer the process dies."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self.dies = True

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.dies:
            self.dies = False
            raise SystemError("killed")
        with super().write() as session:
            yield session


class Play(GitHubWorld):
    """Contribution 1 is ada's, from her fork, judged with one fault that a program can mend; tom triages."""

    def __init__(self, folder: Path, fake: FakeGitHub) -> None:
        super().__init__(folder, fake)
        self.propose()

    def propose(self, **how: Any) -> None:
        """The contribution, judged."""
        number = self.people.open("ada", "Tides", {LEAF: "version: 3  \n"}, branch="tides", **how)
        assert number == 1
        mirrors.refresh(self.house, self.repository, [1])
        ada = self.person("ada")
        with self.house.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=1, topic="ada:tides", title="Tides", author_forge="github",
                    author_id=ada.id, author_name="ada", state="changes-requested", head=self.head, verdict=FAULTY,
                    leaves=["knowledge/tides"], opened=5.0, updated=5.0,
                )
            )  # fmt: skip

    @property
    def pull(self) -> Pull:
        found = self.fake.repo.issues[1].pull
        assert found is not None
        return found

    @property
    def head(self) -> str:
        return self.pull.head

    @property
    def fork(self) -> Repo:
        assert self.pull.home is not None
        return self.pull.home

    def fix(self, who: str = "ada", comment: str = "c1") -> str:
        """Somebody says so; what is answered."""
        return self.hear(1, self.person(who), "@upweight fix", comment)

    def mended(self) -> list[dict[str, Any]]:
        return [body for kind, body in self.events() if kind == "contribution.mended"]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    with fake_github(tmp_path / "github", monkeypatch) as fake:
        yield Play(tmp_path / "ours", fake)


@pytest.mark.parametrize("who", ["ada", "tom"])
def test_the_fork_has_it_by_our_bot_s_commit_and_the_new_revision_is_judged_like_any_push(
    play: Play, who: str
) -> None:
    old = play.head
    with play.house.database.write() as session:
        words.say(session, play.member(1), trust.TRUST, "github/9", 1.0, head=old)
        assert trust.granted(session, play.member(1))
    assert play.fix(who).startswith("1 thing is mended")
    assert play.head != old
    assert play.fork.git.tip("tides") == play.head
    commit = play.fork.git.read(play.head)
    assert ([str(parent) for parent in commit.parent_ids], commit.tree[LEAF].data) == ([old], b"version: 3\n")
    name, email = commit.author.name, commit.author.email
    assert (name, email.endswith("+upweight[bot]@users.noreply.127.0.0.1")) == ("upweight[bot]", True)
    assert f"Signed-off-by: {name} <{email}>" in commit.message
    by = f"github/{play.person(who).id}"
    assert play.mended() == [{"by": by, "head": old, "commit": play.head, "mended": 1}]
    play.told(1)
    row = play.member(1)
    assert (row.head, row.state) == (play.head, "needs-review")
    with play.house.database.read() as session:
        assert not trust.granted(session, row), "trust is of a revision"
    assert "Nothing of it" in play.fix("ada", "c2")


@pytest.mark.parametrize("who", ["ada", "tom"])
def test_where_the_author_lets_nobody_in_it_is_said_why_and_nothing_moves(play: Play, who: str) -> None:
    old = play.head
    play.people.let_edit(1, False)
    assert 'tick "Allow edits by maintainers"' in play.fix(who)
    assert (play.head, play.fork.git.tip("tides"), play.mended()) == (old, old, [])


def test_a_stranger_has_nothing_mended(play: Play) -> None:
    old = play.head
    assert "needs the right to triage" in play.fix("bo")
    assert play.head == old


def test_a_branch_of_the_repository_itself_is_mended_whatever_is_ticked(play: Play) -> None:
    fork, play.pull.home, play.pull.fork, play.pull.mends = play.fork, None, "", False
    play.fake.repo.git.put("refs/heads/tides", play.head)
    old = play.head
    assert play.fix("tom").startswith("1 thing is mended")
    assert play.fake.repo.git.tip("tides") == play.head != old
    assert fork.git.tip("tides") == old


def test_what_the_author_pushed_meanwhile_stays(play: Play) -> None:
    newer = play.people.push(1, {LEAF: "version: 3\nmore: true\n"})
    assert "pushed to meanwhile" in play.fix()
    assert (play.head, play.mended()) == (newer, [])


@pytest.mark.parametrize("deed", ["delete_branch", "delete_fork", "close"])
def test_a_branch_or_a_fork_that_is_gone_is_told_and_not_made_again(play: Play, deed: str) -> None:
    getattr(play.people, deed)(1)
    assert "not open on the forge any more" in play.fix()
    assert play.mended() == []
    if deed == "delete_branch":
        assert play.fork.git.tip("tides") is None


def test_the_base_branch_is_nobody_s_to_mend(play: Play) -> None:
    play.pull.home, play.pull.fork, play.pull.branch = None, "", "main"
    base = play.fake.repo.git.tip("main")
    assert "comes from the base branch itself" in play.fix("tom")
    assert play.fake.repo.git.tip("main") == base


def test_a_branch_that_is_protected_is_left_with_the_forge_s_own_words(play: Play) -> None:
    play.people.protect("main")
    play.fork.protected["tides"] = play.fake.repo.protected["main"]
    old = play.head
    assert "Changes must be made through a pull request" in play.fix()
    assert (play.head, play.mended()) == (old, [])


def test_who_is_killed_between_push_and_record_writes_it_down_the_next_time(play: Play) -> None:
    old, living = play.head, play.house.database
    play.house.database = Dying(living)
    with pytest.raises(SystemError):
        mend.push(play.house, play.repository, 1, play.person("ada"))
    new = play.head
    assert (new != old, play.mended()) == (True, [])
    play.house.database = living
    assert play.fix().startswith("1 thing is mended")
    assert (play.head, [each["commit"] for each in play.mended()]) == (new, [new])


def test_the_same_where_the_new_head_was_heard_of_before_the_command_is_heard_again(play: Play) -> None:
    living = play.house.database
    with living.write() as session:
        contributions.revise(session, "t", 1, play.head, 7.0, FAULTY)
    play.house.database = Dying(living)
    with pytest.raises(SystemError):
        mend.push(play.house, play.repository, 1, play.person("ada"))
    play.house.database = living
    play.told(1)
    assert play.member(1).head == play.head
    assert play.fix().startswith("1 thing is mended")
    assert [each["commit"] for each in play.mended()] == [play.head]
    assert "Nothing of it" in play.fix(comment="c2")


def test_two_at_once_and_a_comment_that_is_told_twice_push_once(play: Play) -> None:
    old = play.head
    said: list[str] = []
    start = threading.Barrier(3)

    def go(comment: str) -> None:
        start.wait()
        said.append(play.fix("ada", comment))

    threads = [threading.Thread(target=go, args=(comment,)) for comment in ("c1", "c1", "c2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 3
    assert all("1 thing is mended" in each or "pushed to meanwhile" in each for each in said), said
    assert [str(parent) for parent in play.fork.git.read(play.head).parent_ids] == [old]
    assert [each["commit"] for each in play.mended()] == [play.head]


def test_a_forge_that_does_not_answer_is_asked_again_and_answered_then(play: Play) -> None:
    old = play.head
    play.fake.faults.trouble("503", method="GET", path="/pulls/1")
    with pytest.raises(OSError, match="503"):
        play.fix()
    assert (play.head, play.mended()) == (old, [])
    play.house.forge(play.repository).client.quiet.clear()  # time passes
    assert play.fix().startswith("1 thing is mended")
    assert play.head != old


def test_a_token_goes_to_no_other_host(play: Play) -> None:
    class Elsewhere(GitHubForge):
        def source(self, number: int) -> Any:
            found = super().source(number)
            return type(found)("https://elsewhere.example/ada/taxonomy.git", found.branch)

    house = play.house
    assert isinstance(house, Abroad)
    house.there = Elsewhere(house.there.client, house.there.repository)
    old = play.head
    assert "gets no token of ours" in play.fix()
    assert play.head == old


def test_a_name_that_no_branch_can_have_is_refused_before_anything_is_run(play: Play) -> None:
    mirror = mirrors.mirror(play.house, play.repository)
    assert mirror is not None
    for name in ("a b", "a:b", "../x", "a..b", "", "x.lock"):
        with pytest.raises(Denied, match="is no name of a branch"):
            mirror.move(name, play.head, play.head)
