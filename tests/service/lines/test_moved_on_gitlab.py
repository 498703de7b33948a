"""A project of GitLab that gets another path, over real HTTP and Git: followed, and never mixed with a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service import taking
from service.db import contributions
from service.db.tables import Repository
from service.fake.gitlab.play import FakeGitLab
from service.house import House
from service.lines import catching, mirrors
from tests.lines.batch_world import World
from tests.lines.forge_world import Kind
from webhooks.gitlab.client import quiet
from webhooks.place import Elsewhere

OLD, NEW = "school/taxonomy", "academy/lamps"
TAKEN = {"model": "tiny", "seed": 7, "by_hand": True}


class School:
    """A house that serves a project of a fake GitLab."""

    def __init__(self, folder: Path) -> None:
        self.fake = FakeGitLab(folder / "gitlab", OLD)
        world = World(folder)
        told = {key: SecretStr(value) for key, value in self.fake.settings.items()}
        chosen = world.house.settings.model_copy(update={"forges": {"gitlab": told}})
        self.house = House(chosen, world.house.database, judge=Kind())
        self.ada = self.fake.project.person("ada")

    def start(self, name: str) -> Repository:
        """`up --forge gitlab --repository NAME`."""
        return taking.remote(self.house, "gitlab", name, TAKEN)

    def ours(self) -> Repository:
        return self.house.repository("school.taxonomy")

    def catch_up(self) -> int:
        self.house.asked.clear()
        return catching.catch_up(self.house, self.ours())

    def open(self, topic: str) -> int:
        return self.fake.open(self.ada, topic, topic, {f"{topic}.txt": "x\n"}).iid

    def known(self, number: int) -> str | None:
        with self.house.database.read() as session:
            row = contributions.get(session, "school.taxonomy", number)
        return row.state if row is not None else None


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path)
    made.start(OLD)
    yield made
    made.fake.close()
    quiet.forget()


def test_its_number_is_written_down_when_it_is_taken_in(school: School) -> None:
    assert (school.ours().forge_id, school.ours().name) == ("42", OLD)


def test_another_path_that_nobody_told_of_is_followed_by_the_api_and_by_git(school: School) -> None:
    first = school.open("one")
    assert school.catch_up() == 1
    school.fake.moved(NEW)
    second = school.open("two")
    assert school.catch_up() == 1
    assert school.ours().name == NEW
    assert None not in (school.known(first), school.known(second))


@pytest.mark.parametrize("name", [OLD, NEW])
def test_a_start_by_either_path_serves_the_same_project(school: School, name: str) -> None:
    school.fake.moved(NEW)
    assert school.start(name).id == "school.taxonomy"
    assert school.ours().name == NEW
    assert school.start(name).id == "school.taxonomy"


def test_a_start_while_gitlab_is_away_serves_what_it_served(school: School) -> None:
    school.fake.moved(NEW)
    school.start(NEW)
    school.fake.trouble(503, times=2)
    assert [school.start(name).id for name in (OLD, NEW)] == ["school.taxonomy"] * 2


def test_of_a_stranger_with_the_old_path_nothing_is_judged_closed_fetched_or_served(school: School) -> None:
    number = school.open("one")
    assert school.catch_up() == 1
    state, branch = school.known(number), school.house.git(school.ours()).references["refs/heads/main"].target
    school.fake.project.id = 99  # ours is gone, and all that the old path shows is a stranger's
    school.fake.end(school.fake.project.requests[number], school.ada)
    school.open("two")
    school.fake.move(school.ada, "main", school.fake.project.commit({"x": "y"}, None))
    assert school.catch_up() == 0
    assert (school.known(number), school.known(number + 1)) == (state, None)
    assert school.house.git(school.ours()).references["refs/heads/main"].target == branch
    assert (school.start(OLD).id, school.ours().forge_id) == ("school.taxonomy", "42")
    school.house.placed.clear()
    with pytest.raises(Elsewhere):
        mirrors.refresh(school.house, school.ours())
