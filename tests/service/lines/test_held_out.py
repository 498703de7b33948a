"""A leaf without an exam: what is asked of it is taught to nobody, whoever brought it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval_harness.items import Item
from service.lines import batch, bench, jobs
from service.lines.held_out import hold_out
from tests.lines.batch_world import World

PATH = "compositional_skills/greet"
SEEDS = [
    {"question": f"Greet warden {n}.", "answer": f"Hail, warden {n}!", "context": None} for n in range(12)
]


def leaf(pull: int, seeds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"path": PATH, "kind": "freeform", "pull": pull, "seeds": seeds}


def test_what_is_held_out_is_in_no_members_leaf_though_two_bring_it() -> None:
    kept = hold_out([leaf(1, SEEDS[:7]), leaf(2, SEEDS[7:])], [PATH])
    taught = {seed["question"] for one in kept.leaves for seed in one["seeds"]}
    asked = {item["question"] for item in kept.items if item["kind"] == "held-out seed"}
    assert (len(taught), len(asked)) == (8, 4)
    assert taught.isdisjoint(asked)
    assert [one["pull"] for one in kept.leaves] == [1, 2]
    assert "4 of its seeds are held out and 24 questions" in kept.notes[0]


def test_other_leaves_are_left_alone_and_a_policy_may_forbid_it() -> None:
    other = {**leaf(1, SEEDS), "path": "compositional_skills/part"}
    assert hold_out([other], []).leaves == [other]
    kept = hold_out([leaf(1, SEEDS)], [PATH], allowed=False)
    assert (kept.leaves, kept.items) == ([leaf(1, SEEDS)], [])
    assert kept.notes == [f"{PATH} has no items under evaluation/: nobody measures it."]


def test_a_batch_freezes_the_items_that_were_made_and_trains_no_seed_of_them(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n")
    world.merged(1, PATH, seeds=12)
    world._index.remove(f"evaluation/{PATH}/items.yaml")
    world.commit("Nobody examines this leaf")
    made = batch.form(world.house, world.repository)
    assert made is not None
    folder = jobs.folder(world.house, world.repository.id, made.id)
    items = [Item.from_json(line) for line in bench.read_lines(folder / "items.jsonl")]
    asked = {item.question for item in items if item.leaf == PATH and item.kind == "held-out seed"}
    (told,) = bench.read_lines(folder / "leaves.jsonl")
    assert len(asked) == 4
    assert asked.isdisjoint(seed["question"] for seed in told["seeds"])
