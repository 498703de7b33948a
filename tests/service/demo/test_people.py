"""A stranger's story at the desks: what Git would obey is never copied, whether or not anybody checked."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import pytest

from service.demo import people
from service.demo.process import StoryEnds
from service.demo.story import OWN, Story, load


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """The project's story, to be broken."""
    return load(Path(shutil.copytree(OWN, tmp_path / "story")))


def plot(folder: Path, touched: Path) -> None:
    """Settings that would have Git run a command."""
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text(f'[core]\n\tfsmonitor = "touch {touched}; false"\n')


def test_settings_in_the_taxonomy_are_neither_copied_nor_obeyed(story: Story, tmp_path: Path) -> None:
    plot(story.taxonomy, tmp_path / "owned")
    with pytest.raises(StoryEnds, match="obeyed by Git"):
        people.plant(story, tmp_path / "t.git", tmp_path / "desk", "ada")
    assert not (tmp_path / "desk").exists()
    assert not (tmp_path / "owned").exists()


def test_settings_in_a_push_are_neither_copied_nor_obeyed(story: Story, tmp_path: Path) -> None:
    it = story.contribution[0]
    plot(story.root / it.commits[0], tmp_path / "owned")
    with pytest.raises(StoryEnds, match="obeyed by Git"):
        people.push(story, it, 0, tmp_path / "t.git", tmp_path / "desk", 1)
    assert not (tmp_path / "desk").exists()


def test_a_push_that_the_forge_refuses_ends_the_story(story: Story, tmp_path: Path) -> None:
    with pytest.raises(StoryEnds, match="git clone"):
        people.push(story, story.contribution[0], 0, tmp_path / "nowhere.git", tmp_path / "desk", 1)


@pytest.mark.parametrize(
    "given", [{"topic": "../../x"}, {"topic": "a/b"}, {"topic": ".."}, {"author": "Ada B"}]
)
def test_a_topic_that_is_a_path_and_an_author_that_is_no_handle_are_refused(
    story: Story, tmp_path: Path, given: dict[str, str]
) -> None:
    it = story.contribution[0].model_copy(update=given)
    with pytest.raises(StoryEnds, match="is no handle"):
        people.push(story, it, 0, tmp_path / "t.git", tmp_path / "desk", 1)
    assert not (tmp_path / "desk").exists()


def test_the_owner_of_a_play_is_none_of_its_authors(story: Story) -> None:
    mine = people.owner(story)
    assert mine == pwd.getpwuid(os.getuid()).pw_name
    for taken, expected in (([mine], "maintainer"), ([mine, "maintainer"], "maintainer1")):
        for it, name in zip(story.contribution, taken, strict=False):
            it.__dict__["author"] = name
        assert people.owner(story) == expected
