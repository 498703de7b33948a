"""The dashboard issue on a forge that has one: drawn once, ticks obeyed by right, everything else put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Contribution
from service.house import House
from service.lines import board
from service.reports.dashboard import TITLE, WORDS
from tests.lines.batch_world import World
from webhooks.event import Person, Redrawn
from webhooks.forge import Board, Right

BO, EVE = Person("plain", "bo", "bo"), Person("plain", "eve", "eve")


@dataclass
class Issue:
    """A forge with one issue, on which Bo maintains and Eve reads."""

    text: str = ""
    drawn: int = 0
    rights: dict[str, Right] = field(default_factory=lambda: {"bo": Right.maintain})

    def board(self, title: str) -> tuple[str, str]:
        assert title == TITLE
        return "1", self.text

    def redraw(self, identity: str, text: str) -> None:
        self.text, self.drawn = text, self.drawn + 1

    def right(self, person: Person) -> Right:
        return self.rights.get(person.id, Right.read)


class OnIssue(House):
    """A house whose forge is the issue."""

    issue: Issue

    def forge(self, repository: Any) -> Any:
        return self.issue


def housed(tmp_path: Path, policy: str) -> tuple[World, Issue]:
    world = World(tmp_path, policy)
    world.merged(1, "knowledge/one")
    world.merged(2, "knowledge/two")
    with world.house.database.write() as session:
        for number, state in ((1, "needs-review"), (2, "held-back")):
            row = session.get_one(Contribution, ("t", number))
            row.state, row.merged = state, row.merged if state == "held-back" else None
            session.add(row)
    house = OnIssue(world.house.settings, world.house.database)
    house.issue = Issue()
    world.house = house
    return world, house.issue


@pytest.fixture
def stage(tmp_path: Path) -> tuple[World, Issue]:
    return housed(tmp_path, "[forge]\ndashboard = true\n")


def ticked(issue: Issue, *actions: str) -> str:
    lines = issue.text.split("\n")
    return "\n".join(
        one.replace("[ ]", "[x]") if any(WORDS[action] in one for action in actions) else one for one in lines
    )


def test_it_is_drawn_once_and_only_when_something_moved(stage: tuple[World, Issue]) -> None:
    world, issue = stage
    assert isinstance(issue, Board)
    assert [board.by_timetable(world.house, world.repository) for _ in range(3)] == [True, False, False]
    issue.text = issue.text.replace("\n", "\r\n")  # as forges give it back
    assert not board.by_timetable(world.house, world.repository, every=0)
    issue.text = "spoilt"
    assert not board.by_timetable(world.house, world.repository), (
        "nobody told us, and it is not asked every time"
    )
    assert board.by_timetable(world.house, world.repository, every=0)


def test_a_community_that_did_not_ask_has_none(tmp_path: Path) -> None:
    world, issue = housed(tmp_path, "")
    assert not board.by_timetable(world.house, world.repository)
    assert board.edited(world.house, world.repository, "- [x] anything", BO) == []
    assert issue.drawn == 0


def test_who_has_the_right_acts_by_a_tick(stage: tuple[World, Issue]) -> None:
    world, issue = stage
    board.by_timetable(world.house, world.repository)
    answers = board.edited(world.house, world.repository, ticked(issue, "approve", "readmit"), BO)
    assert [answer.ok for answer in answers] == [True, True]
    assert (world.member(1).state, world.member(2).state) == ("approved", "merged")
    assert "[x]" not in issue.text
    assert WORDS["approve"] not in issue.text


def test_a_tick_counts_for_who_made_it_on_our_issue_alone(stage: tuple[World, Issue]) -> None:
    world, issue = stage
    board.by_timetable(world.house, world.repository)
    one, both = ticked(issue, "approve"), ticked(issue, "approve", "readmit")
    ours = world.house.forge(world.repository).board(TITLE)[0]

    def heard(number: str, before: str, text: str) -> str:
        return board.heard(world.house, world.repository, Redrawn("plain", "t", number, before, text, BO))

    assert heard("999", issue.text, one) == "not our issue"
    assert heard(ours, one, both) != "", "who ticked the second box did not tick the first"
    assert (world.member(1).state, world.member(2).state) == ("needs-review", "merged")


def test_a_tick_of_who_has_not_is_put_back(stage: tuple[World, Issue]) -> None:
    world, issue = stage
    board.by_timetable(world.house, world.repository)
    before = issue.text
    issue.text = ticked(issue, "approve", "readmit")
    answers = board.edited(world.house, world.repository, issue.text, EVE)
    assert [answer.ok for answer in answers] == [False, False]
    assert (world.member(1).state, issue.text) == ("needs-review", before)


@pytest.mark.parametrize("spoil", [lambda text: "gone", lambda text: text + "\n- [x] more", lambda text: ""])
def test_any_other_change_does_nothing_and_is_written_over(
    stage: tuple[World, Issue], spoil: Callable[[str], str]
) -> None:
    world, issue = stage
    board.by_timetable(world.house, world.repository)
    before = issue.text
    issue.text = spoil(issue.text)
    assert board.edited(world.house, world.repository, issue.text, BO) == []
    assert issue.text == before


def test_a_tick_for_a_revision_that_is_none_any_more_decides_nothing(stage: tuple[World, Issue]) -> None:
    world, issue = stage
    board.by_timetable(world.house, world.repository)
    found = ticked(issue, "approve")
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.head = "9" * 40
        session.add(row)
    assert board.edited(world.house, world.repository, found, BO) == []
    assert world.member(1).state == "needs-review"
