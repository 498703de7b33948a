"""A person's word on a culprit: heard while a search may still change its mind, also after it told nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.db.tables import Batch
from service.lines import batch
from service.lines.obey import Answer, obey
from tests.lines.batch_world import World
from webhooks.event import Person

UNSURE = {"leaf": "knowledge/one", "verdict": "unresolved", "blamed": [], "steps": []}


def standing(world: World, state: str, **told: object) -> None:
    """The batch stands in this state."""
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = state
        for key, value in told.items():
            setattr(row, key, value)
        session.add(row)


def blamed(world: World) -> Answer:
    return obey(world.house, "t", "blame", {"number": 1}, Person("plain", world.owner, world.owner))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, "[batch]\nat_least = 1\n")
    world.merged(1, "knowledge/one")
    assert batch.form(world.house, world.repository) is not None
    return world


def test_a_word_reopens_a_search_that_told_nothing(world: World) -> None:
    standing(world, "inconclusive", search=UNSURE)
    assert blamed(world).ok
    assert (world.batch().state, world.batch().said) == ("searching", {"1": "blame"})


def test_a_word_is_refused_where_no_search_can_hear_it(world: World) -> None:
    for told in (
        {"search": None},
        {"search": {**UNSURE, "verdict": "blame"}},
        {"search": UNSURE, "held": [1]},
    ):
        standing(world, "inconclusive", **{"held": [], **told})
        assert not blamed(world).ok, told
        assert world.batch().state == "inconclusive"
    standing(world, "passed", search=UNSURE, held=[])
    assert not blamed(world).ok
