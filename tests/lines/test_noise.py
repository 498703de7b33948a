"""Noise: what pairs of runs of one recipe say, what a later batch makes of it, and when a pair more is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service import tasks
from service.db.tables import Batch, Release, Run
from service.lines import batch, noise, placebo
from tests.lines.batch_world import World

GATE = {"look": 1, "decision": "passed", "reasons": [], "result": {"leaves": []}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A batch of one, its two trainings done and its release out: `v1` is the anchor."""
    made = World(tmp_path, "[batch]\nat_least = 1\n")
    made.merged(1, "knowledge/one")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    for nth, run in enumerate(made.runs("queued")):
        made.end(run, adapter="adapter", weights=None, scores=scores(made, nth))
    with made.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state, row.gates = "released", [{**GATE, "members": [1]}]
        session.add(row)
        runs = [{"seed": r.seed, "directory": r.directory, "shipped": r.seed == 7101} for r in trained(made)]
        folder = made.house.home / "releases" / "t" / "v1"
        (folder / "eval").mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "eval" / "items.jsonl").write_text("")
        (folder / "data" / "rows.jsonl").write_text("")
        told = {"runs": runs, "seed": 7101, "start": "base", "anchor": {"version": "v1", "runs": runs}}
        session.add(
            Release(
                repository="t", version="v1", sequence=1, batch=1, state="announced", directory=str(folder),
                manifest=told, created=1.0,
            )
        )  # fmt: skip
    return made


def trained(world: World) -> list[Run]:
    return [run for run in world.runs("done") if run.kind == "train"]


def scores(world: World, nth: int) -> dict[str, list[float]]:
    """Every item right in even runs; in odd ones each third is wrong."""
    items = json.loads("[" + ",".join((folder(world) / "items.jsonl").read_text().splitlines()) + "]")
    wrong = [nth % 2 == 1 and place % 3 == 0 for place in range(len(items))]
    return {item["id"]: [0, 0.2] if w else [1, 0.9] for item, w in zip(items, wrong, strict=True)}


def folder(world: World) -> Path:
    return world.house.home / "runs" / "t" / "b1"


def known(world: World) -> int:
    with world.house.database.read() as session:
        return noise.known(session, "t")


def pairs(world: World, *without: str) -> list[dict[str, object]]:
    with world.house.database.read() as session:
        return noise.pairs_of(session, world.house.home, "t", without)


def test_a_candidates_own_seeds_are_a_pair_for_every_leaf_and_for_y_and_p(world: World) -> None:
    rows = pairs(world)
    leaves = {row["leaf"] for row in rows}
    assert "knowledge/one" in leaves
    assert sum(str(leaf).startswith("guard/") for leaf in leaves) == 8
    assert {row["metric"] for row in rows} == {"y", "p"}
    assert {row["pairs"] for row in rows} == {1}
    assert known(world) == 1


def test_a_later_batch_takes_what_is_known_but_for_the_runs_that_it_measures_again(world: World) -> None:
    world.merged(2, "knowledge/two")
    assert batch.form(world.house, world.repository) is not None
    assert world.batch(2).spec["history"] == []  # the only pair is v1's own: it stands in the case already
    assert pairs(world, str(trained(world)[0].directory)) == []


def test_in_an_idle_hour_a_pair_of_the_anchors_recipe_is_trained_and_counts_from_then_on(
    world: World,
) -> None:
    tasks.tick(world.house)
    asked = world.runs("queued")
    assert [(run.purpose, run.mix) for run in asked] == [("placebo", [1])] * 2
    job, candidate = (
        json.loads((Path(run.directory) / "job.json").read_text()) for run in (asked[0], trained(world)[0])
    )
    assert job["seed"] not in (7101, 7102)
    assert {**job, "seed": 0} == {**candidate, "seed": 0}
    tasks.tick(world.house)
    assert len(world.runs("queued")) == 2, "asked for once"
    for nth, run in enumerate(asked):
        world.end(run, adapter="adapter", weights=None, scores=scores(world, nth))
    assert known(world) == 2
    tasks.tick(world.house)
    assert world.runs("queued") == []
    world.merged(2, "knowledge/two")
    assert batch.form(world.house, world.repository) is not None
    assert {row["pairs"] for row in world.batch(2).spec["history"]} == {1}


def test_nothing_is_trained_for_noise_while_a_batch_is_at_work_or_a_policy_asks_for_none(
    world: World,
) -> None:
    world.merged(2, "knowledge/two")
    assert batch.form(world.house, world.repository) is not None
    tasks.tick(world.house)
    assert [run.purpose for run in world.runs("queued")] == ["rows"]


def test_a_policy_may_ask_for_none(world: World) -> None:
    world.write(".upweight/policy.toml", "[noise]\npairs = 0\n")
    world.commit("No placebos")
    tasks.tick(world.house)
    assert world.runs("queued") == []


def test_before_the_first_release_there_is_nothing_to_train_again(tmp_path: Path) -> None:
    empty = World(tmp_path)
    with pytest.raises(ValueError, match="no release yet"):
        placebo.ask(empty.house, empty.repository)


def test_the_table_takes_the_newest_gate_of_each_leaf(world: World) -> None:
    leaf = {"leaf": "knowledge/one", "clusters": 8, "items": 8, "run_sd": 0.03, "design_effect": 1.0}
    leaf |= {"detectable": {"even": 0.2, "patchy": 0.4}}
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.gates = [
            {**GATE, "members": [1], "result": {"leaves": [{**leaf, "run_sd": x}]}} for x in (0.05, 0.02)
        ]
        session.add(row)
    with world.house.database.read() as session:
        [told] = noise.table(session, world.house.home, "t")
    assert (told["run_sd"], told["batch"], told["pairs"]) == (0.02, 1, 1)
