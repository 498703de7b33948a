"""A repository of GitHub that gets another name, over real HTTP and Git: followed, and never mixed with a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service import taking
from service.db import contributions
from service.db.tables import Repository
from service.fake.github.play import FakeGitHub
from service.house import House
from service.lines import catching, mirrors
from tests.lines.batch_world import World
from tests.lines.forge_world import Kind
from webhooks.github.client import forget
from webhooks.place import Elsewhere

TAKEN = {"model": "tiny", "seed": 7, "by_hand": True}
ID = "harbour.taxonomy"


class Harbour:
    """A house that serves a repository of a fake GitHub."""

    def __init__(self, folder: Path, fake: FakeGitHub) -> None:
        self.fake = fake
        world = World(folder)
        told = {key: SecretStr(value) for key, value in fake.settings().items()}
        chosen = world.house.settings.model_copy(update={"forges": {"github": told}})
        self.house = House(chosen, world.house.database, judge=Kind())

    def start(self, name: str) -> Repository:
        """`up --forge github --repository NAME`."""
        return taking.remote(self.house, "github", name, TAKEN)

    def ours(self) -> Repository:
        return self.house.repository(ID)

    def catch_up(self) -> int:
        self.house.asked.clear()
        return catching.catch_up(self.house, self.ours())

    def open(self, topic: str) -> int:
        return self.fake.people.open("ada", topic, {f"{topic}.txt": "x\n"})

    def known(self, number: int) -> str | None:
        with self.house.database.read() as session:
            row = contributions.get(session, ID, number)
        return row.state if row is not None else None


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    with FakeGitHub(tmp_path / "github") as fake:
        made = Harbour(tmp_path, fake)
        made.start("harbour/taxonomy")
        yield made
    forget()


def test_another_name_and_owner_that_nobody_told_of_are_followed_and_a_start_by_any_serves_it(
    harbour: Harbour,
) -> None:
    first = harbour.open("one")
    assert harbour.ours().forge_id == str(harbour.fake.repo.id)
    assert harbour.catch_up() == 1
    harbour.fake.people.rename("leaves")
    harbour.fake.people.transfer("sea")
    second = harbour.open("two")
    assert harbour.catch_up() == 1
    assert harbour.ours().name == "sea/leaves"
    assert None not in (harbour.known(first), harbour.known(second))
    for name in ("harbour/taxonomy", "harbour/leaves", "sea/leaves"):
        assert harbour.start(name).id == ID


def test_of_a_stranger_with_the_old_name_nothing_is_judged_closed_fetched_or_served(harbour: Harbour) -> None:
    number = harbour.open("one")
    assert harbour.catch_up() == 1
    state, id = harbour.known(number), harbour.ours().forge_id
    forge = harbour.house.forge(harbour.ours())
    harbour.fake.people.rename("leaves")
    (harbour.fake.hub.folder / "git" / "harbour" / "taxonomy.git").unlink()  # it leads there no more
    stranger = harbour.fake.hub.make("harbour/taxonomy", None, "main")
    assert str(stranger.id) != id
    forget()
    assert harbour.catch_up() == 0
    assert harbour.known(number) == state
    assert (harbour.start("harbour/taxonomy").id, harbour.ours().forge_id) == (ID, id)
    harbour.house.placed.clear()
    with pytest.raises(Elsewhere):
        mirrors.refresh(harbour.house, harbour.ours(), forge=forge)
    assert harbour.start("harbour/leaves").name == "harbour/leaves"
    assert harbour.ours().name == "harbour/leaves"
    assert harbour.catch_up() == 0
    assert harbour.known(number) == state
