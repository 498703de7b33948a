"""The ledger: a row a decision, wear by cluster, and a gate that says when its items are worn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch
from service.lines import batch, ledger
from service.lines.bench import read_lines
from service.record.chain import append
from tests.lines.batch_world import World

LEAF = "knowledge/one"
SEARCH = {"leaf": LEAF, "verdict": "unresolved", "blamed": [], "extra": 5, "steps": []}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A batch of one in training."""
    made = World(tmp_path, "[batch]\nat_least = 1\n[measure]\nworn_after = 3\n")
    made.merged(1, LEAF)
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    return made


def file(world: World) -> Path:
    return world.house.home / "runs" / "t" / "b1" / "items.jsonl"


def decide(world: World, times: int) -> None:
    """So many gates on the items of the first batch."""
    gate: dict[str, Any] = {"members": [1], "decision": "failed", "reasons": []}
    with world.house.database.write() as session:
        for _ in range(times):
            ledger.tell_gates(session, Batch(**{**world.batch().model_dump(), "gates": []}), (gate,))


def used(world: World, items: list[dict[str, Any]] | None = None) -> dict[str, int]:
    with world.house.database.read() as session:
        asked = read_lines(file(world)) if items is None else items
        return {one.leaf: one.used for one in ledger.wear(session, world.house.home, "t", asked)}


def test_a_gate_puts_down_its_items_and_the_runs_that_it_was_decided_from(world: World) -> None:
    for run in world.runs("queued"):
        scores = {item["id"]: [1, 0.9] for item in read_lines(file(world))}
        world.end(run, adapter="adapter", weights=None, scores=scores)
    world.advance()
    with world.house.database.read() as session:
        [use] = ledger.uses(session, "t")
    ran = [run.id for run in world.runs("done") if run.purpose in ("candidate", "release")]
    assert (use.purpose, use.batch, use.items, sorted(use.runs)) == (
        "gate",
        1,
        world.batch().spec["items"],
        ran,
    )
    assert use.decision == world.batch().gates[0]["decision"]
    world.advance()
    assert used(world)[LEAF] == 1, "asked for again, it is still one decision"


def test_every_decision_wears_and_a_third_of_new_clusters_makes_a_leaf_new(world: World) -> None:
    decide(world, 3)
    asked = [item for item in read_lines(file(world)) if item["leaf"] == LEAF and item["split"] == "confirm"]
    assert used(world, asked) == {LEAF: 3}
    new = [{**asked[0], "id": f"n{n}", "cluster": f"n{n}"} for n in range(3)]
    assert len(asked) == 6
    assert used(world, [*asked, *new[:2]]) == {LEAF: 3}
    assert used(world, [*asked, *new]) == {LEAF: 0}
    assert used(world, [{**item, "split": "search"} for item in asked]) == {}


def test_a_decision_whose_items_were_altered_or_are_gone_counts_for_all(world: World) -> None:
    decide(world, 2)
    stranger = [{"id": "x", "leaf": "knowledge/else", "cluster": "c", "split": "confirm"}]
    assert used(world, stranger) == {"knowledge/else": 0}
    file(world).write_text(file(world).read_text() + "\n")
    assert used(world, stranger) == {"knowledge/else": 2}
    file(world).unlink()
    assert used(world, stranger) == {"knowledge/else": 2}


def test_a_decision_of_an_older_home_takes_its_items_from_its_batch(world: World) -> None:
    with world.house.database.write() as session:
        body = {"batch": 1, "members": [1], "decision": "passed", "reasons": []}
        append(session, "t", "batch.gated", body)
    assert used(world)[LEAF] == 1


def test_a_gate_on_worn_items_says_so_and_decides_all_the_same(world: World) -> None:
    decide(world, 3)
    for run in world.runs("queued"):
        world.end(run, "cancelled")
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = "abandoned"
        session.add(row)
    world.merged(2, "knowledge/two")
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert "knowledge/two" not in made.spec["worn"]
    assert made.spec["worn"]["guard/animals"] == 3
    world.generated(2)
    items = read_lines(world.house.home / "runs" / "t" / "b2" / "items.jsonl")
    for run in world.runs("queued"):
        right = {i["id"]: run.purpose == "candidate" or i["leaf"] != "knowledge/two" for i in items}
        scores = {k: [1, 0.9] if known else [0, 0.1] for k, known in right.items()}
        world.end(run, adapter="adapter", weights=None, scores=scores)
    world.advance(2)
    [gate] = world.batch(2).gates
    assert gate["decision"] == "passed"
    [note] = [note for note in gate["result"]["notes"] if "worn" in note]
    assert "guard/animals (3)" in note
    assert "knowledge/two" not in note


def test_a_search_is_put_down_when_it_ends_and_again_when_a_word_gives_it_another_end(world: World) -> None:
    def keep(search: dict[str, Any]) -> None:
        with world.house.database.write() as session:
            row = session.get_one(Batch, ("t", 1))
            ledger.tell_searches(session, row, search)
            row.search = search
            session.add(row)

    keep({"leaf": LEAF, "steps": [], "verdict": "go on"})
    assert [kind for kind, _ in world.events()].count("batch.searched") == 0
    keep(SEARCH)
    keep(SEARCH)
    keep({**SEARCH, "verdict": "blame", "blamed": [1]})
    told = [body for kind, body in world.events() if kind == "batch.searched"]
    assert [body["verdict"] for body in told] == ["unresolved", "blame"]
    assert {body["items"] for body in told} == {world.batch().spec["items"]}
    assert used(world)[LEAF] == 0, "a search reads other items"
    with world.house.database.read() as session:
        assert [use.purpose for use in ledger.uses(session, "t")] == ["search", "search"]
    assert json.loads(json.dumps(told)) == told
