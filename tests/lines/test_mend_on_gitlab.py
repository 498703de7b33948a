"""The same on the fake GitLab: by its token's user, where the author lets members push; its hook tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Contribution
from service.fake.gitlab.play import FakeGitLab
from service.fake.gitlab.state import Request
from service.lines import heard, mirrors
from tests.lines.fake_world import FakeWorld
from tests.lines.test_mend_on_forge import FAULTY, LEAF
from webhooks.event import Person, Pushed
from webhooks.gitlab.scheme import SCHEME


class Play(FakeWorld):
    """Merge request 1 is ada's, from her fork or from a branch of the project, judged with a fault to mend."""

    def __init__(self, folder: Path, fake: FakeGitLab, forked: bool) -> None:
        super().__init__(folder, "gitlab", fake.project.path, fake.settings)
        self.fake = fake
        fake.hook("http://127.0.0.1:9", token="s")  # nobody is there: what is told waits
        ada = fake.project.person("ada", 0 if forked else 30)
        self.ada = Person("gitlab", str(ada.id), "ada")
        self.one: Request = fake.open(ada, "tides", "Tides", {LEAF: "version: 3  \n"}, forked=forked)
        mirrors.refresh(self.house, self.repository, [1])
        with self.house.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=1, topic="tides", title="Tides", author_forge="gitlab",
                    author_id=self.ada.id, state="changes-requested", head=self.one.head, verdict=FAULTY,
                    leaves=["knowledge/tides"], opened=5.0, updated=5.0,
                )
            )  # fmt: skip

    def fix(self) -> str:
        """Ada says so; what is answered."""
        return self.hear(1, self.ada, "@upweight fix", "c1")

    def events_told(self) -> list[Any]:
        """What the fake would deliver, as our door reads it."""
        told = [(it.event, it.body) for it in self.fake.deliveries.waiting]
        return [SCHEME.parse(event, body) for event, body in told]


@pytest.fixture(params=["fork", "branch"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    with FakeGitLab(tmp_path / "gitlab") as fake:
        yield Play(tmp_path / "ours", fake, request.param == "fork")


def test_it_is_pushed_by_our_user_told_by_the_hook_and_judged_like_any_push(play: Play) -> None:
    old = play.one.head
    assert play.fix().startswith("1 thing is mended")
    new = play.one.head
    commit: Any = play.fake.project.repo[new]
    assert ([str(parent) for parent in commit.parent_ids], commit.author.email) == (
        [old],
        f"{play.fake.bot.username}@noreply.gitlab.example",
    )
    assert f"Signed-off-by: {commit.author.name} <{commit.author.email}>" in commit.message
    pushed = [event for event in play.events_told() if isinstance(event, Pushed) and event.head == new]
    assert len(pushed) == 1
    heard.act(play.house, play.repository, pushed[0])
    assert (play.member(1).head, play.member(1).state) == (new, "needs-review")
    assert [body["commit"] for kind, body in play.events() if kind == "contribution.mended"] == [new]


def test_a_fork_that_is_closed_to_us_is_left_with_what_to_tick(play: Play) -> None:
    old, play.one.collaborates = play.one.head, False
    said = play.fix()
    if play.one.forked:
        assert 'tick "Allow commits from members who can merge to the target branch"' in said
        assert play.one.head == old
    else:
        assert play.one.head != old


def test_a_branch_that_its_fork_protects_is_left_with_gitlab_s_own_words(play: Play) -> None:
    if not play.one.forked:
        pytest.skip("a branch of the project itself is protected for our role by its own rules")
    old = play.one.head
    play.fake.project.forks[play.one.author.id].protected.add("tides")
    assert "not allowed to push code to protected branches" in play.fix()
    assert play.one.head == old
