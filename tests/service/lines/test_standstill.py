"""Whoever is held back is settled once a newer contribution of the same author has taken its place in a release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch, Contribution, Wanted
from service.lines import batch, say, standstill
from service.lines.obey import obey
from tests.lines.batch_world import World
from tests.service.lines.test_material import AT_ONCE, formed, merged, text
from webhooks.event import Person


@pytest.fixture
def world(tmp_path: Path) -> World:
    """bo's first contribution is held back; the corrected one of bo's is in a batch that has begun since."""
    made = World(tmp_path, AT_ONCE)
    merged(made, 2, text(5), author="bo", state="held-back")
    merged(made, 3, text(6), author="bo")
    assert batch.form(made.house, made.repository) is not None
    return made


def change(world: World, number: int, **given: Any) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", number))
        for key, value in given.items():
            setattr(row, key, value)
        session.add(row)


def release(world: World, number: int) -> None:
    """The contribution's batch is released, and it is told so."""
    change(world, number, state="released", release="v1")
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = "released"
        session.add(row)


def settle(world: World) -> None:
    """What a release does when it is announced."""
    with world.house.database.write() as session:
        standstill.supersede(session, "t")


def test_a_newer_one_takes_the_place_when_it_is_released_and_not_before(world: World) -> None:
    settle(world)
    assert world.member(2).state == "held-back"
    release(world, 3)
    for _ in range(2):
        settle(world)
    assert world.member(2).state == "superseded"
    told = [body for kind, body in world.events() if kind == "contribution.superseded"]
    assert told == [{"by": 3, "release": "v1"}]
    with world.house.database.read() as session:
        row = session.get_one(Wanted, ("t", 2))
    assert "Contribution 3 took its place" in row.report["comments"]["triage"]
    owner = Person("plain", world.owner, world.owner)
    assert not obey(world.house, "t", "readmit", {"number": 2}, owner).ok


def test_what_was_brought_once_is_not_brought_again_by_the_next_one(world: World) -> None:
    release(world, 3)
    settle(world)
    merged(world, 4, text(7), author="bo")
    (leaf,), _ = formed(world)
    assert [seed["answer"] for seed in leaf["seeds"]] == ["It is bells 6."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"author_id": "ada"}, {}),
        ({"author_forge": "github"}, {}),
        ({"leaves": ["knowledge/bells", "knowledge/other"]}, {}),
        ({"leaves": []}, {}),
        ({"updated": 9e12}, {}),  # held back after the newer one's batch had begun
        ({}, {"batch": None}),
        ({"state": "released"}, {}),
    ],
)
def test_no_other_takes_its_place(world: World, old: dict[str, Any], new: dict[str, Any]) -> None:
    release(world, 3)
    change(world, 2, **old)
    change(world, 3, **new)
    settle(world)
    assert world.member(2).state == old.get("state", "held-back")


def test_the_evidence_stays_said_beside_who_took_the_place(world: World) -> None:
    with world.house.database.write() as session:
        say.want(session, session.get_one(Contribution, ("t", 2)), "held", "### Taken out")
    release(world, 3)
    settle(world)
    with world.house.database.read() as session:
        assert set(session.get_one(Wanted, ("t", 2)).report["comments"]) == {"held", "triage"}
