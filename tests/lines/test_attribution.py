"""What each contribution moved: the released mix without it, asked for once, and told only where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service import tasks
from service.db.tables import Batch, Release, Run
from service.lines import attribution, batch
from tests.lines.batch_world import World

GATE = {"look": 1, "decision": "passed", "reasons": [], "result": {"leaves": []}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A release of two contributions, each with a leaf of its own that all runs answer right."""
    made = World(tmp_path, "[batch]\nat_least = 2\n[noise]\npairs = 0\n")
    made.merged(1, "knowledge/one")
    made.merged(2, "knowledge/two")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    for run in made.runs("queued"):
        made.end(run, adapter="adapter", weights=None, scores=scores(made, ()))
    with made.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state, row.gates = "released", [{**GATE, "members": [1, 2]}]
        session.add(row)
        session.add(
            Release(
                repository="t", version="v1", sequence=1, batch=1, state="announced", directory=str(tmp_path),
                manifest={"members": []}, created=1.0,
            )
        )  # fmt: skip
    return made


def scores(world: World, wrong: tuple[str, ...]) -> dict[str, list[float]]:
    """Everything right, but for the leaves that are named."""
    file = world.house.home / "runs" / "t" / "b1" / "items.jsonl"
    items = [json.loads(line) for line in file.read_text().splitlines()]
    return {item["id"]: [0, 0.1] if item["leaf"] in wrong else [1, 0.9] for item in items}


def told(world: World) -> list[dict[str, Any]]:
    with world.house.database.read() as session:
        return attribution.told(session, world.house.home, session.get_one(Release, ("t", "v1")))


def finish(world: World, run: Run, wrong: tuple[str, ...]) -> None:
    world.end(run, adapter="adapter", weights=None, scores=scores(world, wrong))


def test_before_it_is_asked_for_nothing_is_told(world: World) -> None:
    assert told(world) == []


def test_each_member_is_left_out_in_every_seed_that_was_trained_and_only_once(world: World) -> None:
    seeds = {run.seed for run in world.runs("done") if run.kind == "train"}
    attribution.ask(world.house, world.repository, "v1")
    attribution.ask(world.house, world.repository, "v1")
    asked = world.runs("queued")
    assert sorted((tuple(run.mix), run.seed) for run in asked) == sorted(
        ((n,), seed) for n in (1, 2) for seed in seeds
    )
    assert {run.purpose for run in asked} == {"without"}
    assert [part["done"] for part in told(world)] == [False, False]


def test_what_falls_without_a_contribution_is_what_it_moved_and_what_does_not_is_not_shown(
    world: World,
) -> None:
    attribution.ask(world.house, world.repository, "v1")
    for run in world.runs("queued"):
        finish(world, run, ("knowledge/one",) if run.mix == [2] else ())
    first, second = told(world)
    assert (first["number"], first["done"], [leaf["leaf"] for leaf in first["moved"]]) == (
        1,
        True,
        ["knowledge/one"],
    )
    assert first["moved"][0]["change"] == 1.0
    assert first["moved"][0]["low"] > 0.5
    assert (second["number"], second["done"], second["moved"]) == (2, True, [])


def test_a_release_of_one_contribution_and_one_that_is_not_there_are_refused(world: World) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.held = [2]
        session.add(row)
    with pytest.raises(ValueError, match="one contribution"):
        attribution.ask(world.house, world.repository, "v1")
    with pytest.raises(ValueError, match="no release v9"):
        attribution.ask(world.house, world.repository, "v9")


@pytest.mark.parametrize(("at_most", "runs"), [(0, 0), (1, 0), (2, 4)])
def test_the_timetable_takes_a_release_apart_where_the_policy_says_so(
    world: World, at_most: int, runs: int
) -> None:
    world.write(".upweight/policy.toml", f"[noise]\npairs = 0\n[attribution]\nat_most = {at_most}\n")
    world.commit("Set it")
    for _ in range(2):
        tasks.tick(world.house)
    assert len(world.runs("queued")) == runs
