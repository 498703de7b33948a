"""One contribution's whole life on the fake GitHub that people can start, with real Git below it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from webhooks.event import Person
from webhooks.forge import Busy, Denied, Moved
from webhooks.github import client
from webhooks.github.forge import GitHubForge, opened
from webhooks.known import Where
from webhooks.report import Annotation, Check

play = pytest.importorskip("service.fake.github.play")
LEAF = "knowledge/lamps/qna.yaml"


class FakeStage:
    """The fake, and what people do on it."""

    def __init__(self, fake: play.FakeGitHub, forge: GitHubForge) -> None:
        self.fake, self.forge = fake, forge

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        number = self.fake.people.open("ben", title, {f"{topic}.yaml": "a: 1\n"}, branch=topic)
        return number, self.head(number)

    def revise(self, number: int) -> str:
        return str(self.fake.people.push(number, {"more.yaml": "b: 2\n"}))

    def head(self, number: int) -> str:
        return str(self.fake.repo.issues[number].pull.head)

    def tip(self, branch: str) -> str:
        return str(self.fake.repo.git.tip(branch))


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[play.FakeGitHub]:
    """A fake GitHub that listens."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    client.forget()
    with play.FakeGitHub(
        tmp_path / "github", files={"README.md": "A taxonomy\n", LEAF: "a: 1\nb: 2\n"}
    ) as served:
        yield served
    client.forget()


@pytest.fixture
def stage(fake: play.FakeGitHub, tmp_path: Path) -> FakeStage:
    """Our forge at it."""
    return FakeStage(fake, opened(Where(fake.repo.full_name, tmp_path / "m.git", fake.settings())))


def test_a_contribution_is_judged_mended_merged_and_released(stage: FakeStage, tmp_path: Path) -> None:
    forge = stage.forge
    number, head = stage.contribute("lamps", "Lamps")
    remark = Annotation("lamps.yaml", 1, "failure", "Say more.", "rule", ("a: 2",))
    forge.mark(number, Check("completed", "failure", "1 thing to fix", "x", (remark,) * 1, head))
    assert [forge.suggest(number, head, [remark]) for _ in range(2)] == [1, 0]
    comment = stage.fake.people.comment(number, "ben", "@upweight status")
    for _ in range(2):
        forge.react(number, str(comment), "heard")
    newer = stage.revise(number)
    forge.mark(number, Check("completed", "success", "Worth accepting", "x", (), newer))
    with pytest.raises(Moved):
        forge.merge(number, head, "Merge lamps")
    merged = forge.merge(number, newer, "Merge lamps\n\nThey passed.")
    assert stage.tip("main") == merged == forge.merge(number, newer, "Merge lamps")
    assert forge.pull(number) is None
    forge.tag("model/v1", merged, "Model 1\n")
    (tmp_path / "notes.md").write_text("notes")
    for _ in range(2):
        assert forge.release("model/v1", "Model 1", "Better.", [tmp_path / "notes.md"])


def test_the_fake_s_troubles_are_ours_to_bear(stage: FakeStage) -> None:
    number, _ = stage.contribute("lamps", "Lamps")
    for kind, error in (
        ("429", Busy),
        ("503", OSError),
        ("403", (Denied, OSError)),
        ("422", Denied),
        ("lost", OSError),
    ):
        stage.fake.faults.trouble(kind, method="POST", path="/comments")
        with pytest.raises(error):
            stage.forge.write(number, "triage", "one")
        stage.forge.client.quiet.clear()  # time passes
    stage.forge.write(number, "triage", "one")  # what was lost on its way back had been made
    assert len(stage.fake.repo.issues[number].comments) == 1


def test_a_team_is_asked_by_its_members_numbers(stage: FakeStage) -> None:
    stage.fake.people.team("pilots", ["ada"])
    ada, ben = (stage.fake.hub.account(name) for name in ("ada", "ben"))
    group = f"{stage.fake.repo.full_name.split('/')[0]}/pilots"
    assert stage.forge.member(Person("github", str(ada.id), "ada"), group)
    assert not stage.forge.member(Person("github", str(ben.id), "ada"), group)


def test_a_repository_that_is_renamed_is_still_found(stage: FakeStage) -> None:
    number, _ = stage.contribute("lamps", "Lamps")
    stage.fake.people.rename("leaves")
    assert [pull.number for pull in stage.forge.open_pulls()] == [number]
