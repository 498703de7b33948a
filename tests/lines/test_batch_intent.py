"""A batch declares what it is for: by its maintainer's word, or by what its members change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Contribution, Run
from service.lines import batch
from service.lines.bench import read_lines
from service.lines.exam import leaf_items
from service.lines.obey import Answer, obey
from tests.lines.batch_world import LEAF, SEED, World, row
from webhooks.event import Person

LEAF_PATH = "knowledge/old"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A leaf is released with its items; contribution 2 gives one of its questions another answer."""
    made = World(tmp_path, "[batch]\nat_least = 1\n")
    made.merged(1, LEAF_PATH)
    made.released(
        "v1", [row(LEAF_PATH, f"What is old number {n}?", f"It is old {n}.", n, 1) for n in range(5)]
    )
    frozen = "".join(json.dumps(item.to_json()) + "\n" for item in leaf_items(made.git, "main", LEAF_PATH))
    (made.house.home / "releases/t/v1/eval/items.jsonl").write_text(frozen)
    seeds = "".join(SEED.format(name="old", n=n) for n in range(5)).replace("It is old 0.", "It was another.")
    made.write(f"{LEAF_PATH}/qna.yaml", LEAF.format(name="old") + seeds)
    head = made.commit("Correct an answer")
    with made.house.database.write() as session:
        first = session.get_one(Contribution, ("t", 1))
        first.state = "released"
        session.add(first)
    made.waits(2, LEAF_PATH, head, "ben")
    return made


def ask(world: World, *numbers: int, **more: object) -> Answer:
    asked = {"numbers": list(numbers), **more}
    return obey(world.house, "t", "batch", asked, Person("plain", world.owner, world.owner))


def test_a_batch_that_only_corrects_what_is_released_is_a_repair_by_itself(world: World) -> None:
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert (made.members, made.spec["profile"], made.spec["notes"]) == ([2], "repair", [])


def test_a_declared_intent_wins_and_the_note_says_what_the_changes_look_like(world: World) -> None:
    assert ask(world, 2, profile="gain").ok
    spec = world.batch().spec
    assert spec["profile"] == "gain"
    assert "Declared as gain, but it looks like repair" in spec["notes"][0]
    (told,) = [body for kind, body in world.events() if kind == "batch.formed"]
    assert told["notes"] == spec["notes"]


def test_a_leaf_that_is_new_makes_it_a_gain(world: World) -> None:
    world.merged(3, "knowledge/third")
    assert ask(world, 2, 3).ok
    assert world.batch().spec["profile"] == "gain"


def test_an_intent_that_there_is_none_of_is_refused(world: World) -> None:
    answer = ask(world, 2, profile="better")
    assert (answer.ok, answer.sentence) == (False, "A batch is declared as one of gain, repair, remove.")


@pytest.fixture
def withdrawn(world: World) -> World:
    """Contribution 3 takes the released leaf away; the one that would have mended it is gone."""
    world._index.remove(f"{LEAF_PATH}/qna.yaml")
    head = world.commit("Take it away")
    with world.house.database.write() as session:
        session.delete(session.get_one(Contribution, ("t", 2)))
    world.waits(3, LEAF_PATH, head, "ben")
    return world


def rows_of(run: Run) -> list[dict[str, Any]]:
    job = json.loads((Path(run.directory) / "job.json").read_text())
    return [line for file in job["rows"] for line in read_lines(Path(file))]


def test_a_withdrawal_starts_from_the_base_and_its_rows_leave_the_mix(withdrawn: World) -> None:
    made = batch.form(withdrawn.house, withdrawn.repository)
    assert made is not None
    assert (made.spec["profile"], made.spec["withdrawn"], made.start) == ("remove", {"3": [LEAF_PATH]}, None)
    withdrawn.generated()
    trained = [run for run in withdrawn.runs("queued") if run.kind == "train"]
    assert [run.purpose for run in trained] == ["candidate", "candidate"]
    assert [rows_of(run) for run in trained] == [[], []]


def test_a_withdrawal_that_was_declared_a_gain_keeps_the_rows(withdrawn: World) -> None:
    assert ask(withdrawn, 3, profile="gain").ok
    withdrawn.generated()
    trained = [run for run in withdrawn.runs("queued") if run.kind == "train"]
    assert {row["leaf"] for run in trained for row in rows_of(run)} == {LEAF_PATH}
    assert "whose rows any other batch keeps in the mix" in withdrawn.batch().spec["notes"][0]


def test_what_is_withdrawn_leaves_every_test_of_the_gate(withdrawn: World) -> None:
    assert batch.form(withdrawn.house, withdrawn.repository) is not None
    withdrawn.generated()
    folder = withdrawn.house.home / "runs" / "t" / "b1"
    items = read_lines(folder / "items.jsonl")
    for run in withdrawn.runs("queued"):
        lost = run.kind == "train"
        scores = {
            item["id"]: [0.0, 0.1] if lost and item["leaf"] == LEAF_PATH else [1.0, 0.9] for item in items
        }
        withdrawn.end(run, adapter="adapter", weights=None, scores=scores)
    withdrawn.advance()
    (gate,) = withdrawn.batch().gates
    (leaf,) = [leaf for leaf in gate["result"]["leaves"] if leaf["leaf"] == LEAF_PATH]
    assert (leaf["change"], leaf["vetoed"], leaf["flagged"]) == (-1.0, False, False)
    assert not [one for one in gate["reasons"] if one["leaf"] == LEAF_PATH]
