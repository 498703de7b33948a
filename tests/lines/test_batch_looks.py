"""Two declared looks: what the first can't tell is asked of one training more, and that run ships its part too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.cli.batch import _gate
from service.db.tables import Run
from service.lines import batch, jobs
from service.lines.bench import read_lines
from service.lines.release import final_runs
from tests.lines.batch_world import World

POLICY = "[batch]\nat_least = 1\n[gate]\nlooks = 2\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One contribution in a batch that is in training."""
    made = World(tmp_path, POLICY)
    made.merged(1, "knowledge/new")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    return made


def measured(world: World, learned: bool) -> dict[str, Any]:
    """Scores of a run: the guard stands still, the new leaf is known where it was learned."""
    items = read_lines(jobs.folder(world.house, "t", 1) / "items.jsonl")
    right = [learned or item["leaf"] != "knowledge/new" for item in items]
    return {item["id"]: [int(y), 0.8 if y else 0.2] for item, y in zip(items, right, strict=True)}


def end(world: World, run: Run, learned: bool) -> None:
    world.end(run, scores=measured(world, learned), rows={})


def first_look(world: World) -> None:
    """The two trainings that are there disagree: the gate can't tell."""
    for number, run in enumerate(world.runs("queued")):
        end(world, run, learned=run.purpose == "candidate" and number == 1)
    world.advance()


def test_looks_and_the_further_seed_are_declared_before_anything_is_trained(world: World) -> None:
    spec = world.batch().spec
    assert spec["looks"] == 2
    assert [len(spec[name]) for name in ("seeds", "further")] == [2, 1]
    assert len({*spec["seeds"], *spec["further"], *spec["spare"]}) == 3 + len(spec["spare"])


def test_without_a_word_of_the_policy_one_look_is_declared(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n")
    world.merged(1, "knowledge/new")
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert (made.spec["looks"], made.spec["further"]) == (1, [])


def test_what_the_first_look_cannot_tell_queues_the_declared_seed_and_nothing_else(world: World) -> None:
    first_look(world)
    row = world.batch()
    assert (row.state, [(g["look"], g["decision"]) for g in row.gates]) == ("training", [(1, "inconclusive")])
    (asked,) = world.runs("queued")
    assert (asked.purpose, asked.mix, asked.seed) == ("candidate", [1], row.spec["further"][0])
    world.advance()  # as after a restart
    assert [run.id for run in world.runs("queued")] == [asked.id]
    assert len(world.batch().gates) == 1


def test_the_second_look_adds_its_gate_and_keeps_the_first(world: World) -> None:
    first_look(world)
    before = world.batch().gates
    (asked,) = world.runs("queued")
    end(world, asked, learned=True)
    world.advance()
    row = world.batch()
    assert row.gates[:1] == before
    assert [gate["look"] for gate in row.gates] == [1, 2]
    assert row.state == row.gates[1]["decision"]
    told = [body["look"] for kind, body in world.events() if kind == "batch.gated"]
    assert told == [1, 2]


def test_a_release_is_made_of_all_runs_that_its_gate_used_and_ships_the_first_declared(world: World) -> None:
    first_look(world)
    (asked,) = world.runs("queued")
    end(world, asked, learned=True)
    world.advance()
    spec = world.batch().spec
    final = final_runs(world.batch(), world.runs())
    assert [run.seed for run in final] == [*spec["seeds"], *spec["further"]]


def test_each_gate_is_told_with_its_members_and_the_look_where_two_are_declared() -> None:
    gate = {"look": 1, "decision": "passed", "reasons": [{"sentence": "Nothing fell."}], "members": [3, 4]}
    assert _gate(1, gate, 1) == ["gate 1 on #3 #4: passed", "- Nothing fell."]
    assert _gate(2, gate, 2) == ["gate 2 on #3 #4, look 1 of 2: passed", "- Nothing fell."]
