"""Who wrote a contribution, and how a forge is told to link those that go on in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db import words
from service.db.tables import Contribution, Repository
from service.lines import authors
from tests.lines.batch_world import World
from tests.webhooks.gfm import Page, references
from tests.webhooks.test_escape import HOSTILE
from webhooks.event import Person


def joins(world: World, *numbers: int, name: str = "bo", forge: str = "plain") -> Contribution:
    """Contribution 1 of ada's, in which others of this person go on."""
    row = Contribution(
        repository="t", number=1, topic="a", title="A", author_forge="plain", author_id="ada", state="opened",
        head="1" * 40, opened=1.0, updated=1.0,
    )  # fmt: skip
    with world.house.database.write() as session:
        home = session.get_one(Repository, "t")
        home.forge = forge
        session.add(home)
        session.add(row)
        session.flush()
        for number in numbers:
            body: dict[str, Any] = {
                "number": number,
                "head": "2" * 40,
                "author": {"forge": "plain", "id": "bo", "name": name},
            }
            words.say(session, row, authors.JOINS, "plain/tom", 1.0, body)
    return row


def test_each_is_an_author_once_and_its_own_is_none_beside(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = joins(world, 2, 3)
    with world.house.database.read() as session:
        assert authors.named(authors.beside(session, row)) == ["plain/bo"]
        assert authors.wrote(session, row, Person("plain", "bo"))
        assert authors.wrote(session, row, Person("plain", "ada"))
        assert not authors.wrote(session, row, Person("github", "bo")), "another forge, another person"


@pytest.mark.parametrize(
    ("forge", "called"),
    [("github", "#2"), ("gitlab", "!2"), ("plain", "contribution 2"), ("x", "contribution 2")],
)
def test_a_forge_is_told_to_link_as_its_people_write_it(tmp_path: Path, forge: str, called: str) -> None:
    world = World(tmp_path)
    row = joins(world, 2, forge=forge)
    with world.house.database.read() as session:
        assert authors.links(session, row) == [f"**With** {called} of bo; their authors are credited."]
    with world.house.database.write() as session:
        words.say(session, row, authors.GOES_ON, "plain/tom", 1.0, {"into": 2})
        assert authors.links(session, row) == [f"**Goes on** in {called}."]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strangers_name_does_nothing_there(tmp_path: Path, text: str) -> None:
    world = World(tmp_path)
    row = joins(world, *range(2, 20), name=text)
    with world.house.database.read() as session:
        (said,) = authors.links(session, row)
    assert references(Page(said)) == []
    assert "8 more" in said
