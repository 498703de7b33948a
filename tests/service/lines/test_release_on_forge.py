"""A release is shown on a forge that has releases before people are told of it; a refusal keeps nobody from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pygit2
import pytest

from service.db.tables import Release, Repository
from service.house import House
from service.lines.release_on_forge import shown
from service.settings import Settings
from webhooks.forge import Busy, Denied, Moved


@dataclass
class Shelf:
    """A forge with releases, which may fail first."""

    fails: list[Exception] = field(default_factory=list)
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    releases: dict[str, tuple[str, str, list[str]]] = field(default_factory=dict)

    def tag(self, name: str, target: str, message: str) -> str:
        if self.fails:
            raise self.fails.pop(0)
        self.tags[name] = (target, message)
        return name

    def release(self, tag: str, title: str, notes: str, assets: Sequence[Path]) -> str:
        self.releases[tag] = (title, notes, [file.name for file in assets])
        return f"https://forge.example.org/{tag}"


class Home(House):
    """A house whose only repository lives on that forge."""

    shelf: Any

    def forge(self, repository: Repository) -> Any:
        return self.shelf


@pytest.fixture
def home(tmp_path: Path) -> Home:
    git = pygit2.init_repository(str(tmp_path / "t.git"), bare=True)
    who = pygit2.Signature("Upweight", "upweight@localhost", 0, 0)
    tree = git.TreeBuilder().write()
    commit = git.create_commit("refs/heads/main", who, who, "Begin\n", tree, [])
    git.create_tag("model-v1", commit, pygit2.enums.ObjectType.COMMIT, who, "tiny v1\n\nmore\n")
    out = tmp_path / "v1"
    (out / "adapter").mkdir(parents=True)
    for name in ("release.json", "NOTES.md", "SHA256SUMS", "adapter/adapter_model.safetensors"):
        (out / name).write_text("What is new.\n")
    made = Home(settings=Settings(home=tmp_path), database=None)  # type: ignore[arg-type]
    made.shelf = Shelf()
    return made


def repository(home: Home) -> Repository:
    return Repository(id="t", name="o/t", forge="github", address=str(home.home / "t.git"), created=0.0)


def release(home: Home) -> Release:
    return Release(repository="t", version="v1", sequence=1, batch=1, state="published", tag="model-v1",
                   directory=str(home.home / "v1"), manifest={}, created=0.0)  # fmt: skip


def test_tag_notes_and_papers_are_put_there_with_the_adapter(home: Home) -> None:
    assert shown(home, repository(home), release(home)) == "https://forge.example.org/model-v1"
    main = str(home.git(repository(home)).references["refs/heads/main"].target)
    assert home.shelf.tags == {"model-v1": (main, "tiny v1\n\nmore\n")}
    title, notes, files = home.shelf.releases["model-v1"]
    assert (title, notes) == ("tiny v1", "What is new.\n")
    assert files == ["release.json", "NOTES.md", "SHA256SUMS", "adapter_model.safetensors"]


def test_a_forge_that_does_not_answer_is_asked_again_when_it_says_and_nobody_is_told_before(
    home: Home,
) -> None:
    home.shelf.fails = [Busy("wait", 1000.0)]
    assert shown(home, repository(home), release(home)) is None
    assert shown(home, repository(home), release(home)) is None, "it asked us to wait"
    assert home.shelf.tags == {}
    home.later.clear()
    assert shown(home, repository(home), release(home))


@pytest.mark.parametrize("why", [Denied("no right to write"), Moved("the tag stands elsewhere")])
def test_what_a_forge_refuses_keeps_nobody_from_the_release(home: Home, why: Exception) -> None:
    home.shelf.fails = [why]
    assert shown(home, repository(home), release(home)) == ""


def test_a_forge_without_releases_has_its_tag_already(home: Home) -> None:
    home.shelf = object()
    assert shown(home, repository(home), release(home)) == ""
