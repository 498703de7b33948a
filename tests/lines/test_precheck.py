"""A precheck: two runs for a leaf, asked for once, and what they say of what a model knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Run
from service.lines import precheck
from service.lines.obey import obey
from tests.lines.batch_world import World
from webhooks.event import Person


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A contribution whose leaf has five seeds with five answers."""
    made = World(tmp_path)
    made.merged(1, "knowledge/one")
    return made


def told(world: World) -> list[dict[str, Any]]:
    with world.house.database.read() as session:
        return precheck.told(session, world.member(1))


def asked(world: World, **more: Any) -> bool:
    owner = Person("plain", world.owner, world.owner)
    return obey(world.house, "t", "precheck", {"number": 1, **more}, owner).ok


def job(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(run.directory) / "job.json").read_text())
    return found


def scores(run: Run, right: int) -> dict[str, list[float]]:
    items = [json.loads(line) for line in (Path(run.directory) / "items.jsonl").read_text().splitlines()]
    return {item["id"]: [1, 0.9] if place < right else [0, 0.1] for place, item in enumerate(items)}


def test_before_any_release_the_base_is_asked_and_twice_asks_once(world: World) -> None:
    assert asked(world)
    assert asked(world)
    measure, ask = world.runs("queued")
    assert (measure.kind, ask.kind, measure.batch, measure.mix) == ("measure", "ask", 0, [1])
    assert job(measure)["weights"] == {"adapter": None, "model": None}
    assert job(ask)["questions"] == [f"What is one number {n}?" for n in range(5)]
    assert told(world)[0]["models"][0]["state"] == "queued"
    items = [json.loads(line) for line in (Path(measure.directory) / "items.jsonl").read_text().splitlines()]
    assert [item["kind"] for item in items] == ["seed"] * 5


@pytest.mark.parametrize(
    ("right", "word"),
    [(5, "already known"), (4, "already known"), (3, "partly known"), (1, "not known"), (0, "not known")],
)
def test_what_is_known_is_told_by_the_share_of_right_answers(world: World, right: int, word: str) -> None:
    assert asked(world)
    measure, ask = world.runs("queued")
    world.end(measure, scores=scores(measure, right))
    world.end(ask, answers=[f"Answer {n}." for n in range(5)])
    [leaf] = told(world)
    [model] = leaf["models"]
    assert (model["release"], model["known"], model["share"]) == ("base", word, right / 5)
    assert model["answers"][1] == {
        "question": "What is one number 1?", "answer": "It is one 1.", "given": "Answer 1.",
    }  # fmt: skip


def test_a_release_is_asked_beside_the_base_and_a_name_that_is_none_is_refused(world: World) -> None:
    assert asked(world)
    world.released("v1", [])
    assert asked(world, release="v1")
    assert not asked(world, release="v9")
    assert [model["release"] for model in told(world)[0]["models"]] == ["base", "v1"]
    assert job(world.runs("queued")[2])["weights"]["model"].endswith("/releases/t/v1/model")


def test_a_contribution_without_a_leaf_to_ask_about_is_refused(world: World) -> None:
    world.merged(2, "knowledge/two", seeds=1)
    owner = Person("plain", world.owner, world.owner)
    answer = obey(world.house, "t", "precheck", {"number": 2}, owner)
    assert (answer.ok, answer.sentence) == (False, "#2 has no leaf whose questions could be asked.")


def test_an_older_revisions_answers_are_not_told_of_a_newer_one(world: World) -> None:
    assert asked(world)
    with world.house.database.write() as session:
        row = world.member(1)
        row.head = world.commit("Another")
        session.add(row)
    assert told(world) == []
