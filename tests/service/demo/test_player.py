"""How a play is held against its script, without playing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.demo.player import Player
from service.demo.story import load


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """A player whose home is empty, as when the story ended before the service began."""
    return Player(load(), tmp_path, "tiny", 7, lambda line: None)


def test_a_play_that_ended_before_the_database_was_made_has_an_empty_summary(player: Player) -> None:
    data = player.summary()
    assert (data["contributions"], data["batches"], data["releases"]) == ([], [], [])
    assert "bells should end released and is not there" in player.otherwise()


def test_a_verdict_that_the_story_does_not_expect_is_named(player: Player) -> None:
    ferries = player.story.by_topic("ferries")
    assert ferries is not None
    player.compare(ferries, 0, "changes-requested")
    player.compare(ferries, 1, "changes-requested")
    said = "push 2 of ferries should be judged passed and was changes-requested"
    assert [line for line in player.otherwise() if "judged" in line] == [said]


def test_where_the_story_names_no_verdict_any_will_do(player: Player) -> None:
    bells = player.story.by_topic("bells")
    assert bells is not None
    player.compare(bells, 0, "rejected")
    assert player.judged_otherwise == []
