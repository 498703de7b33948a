"""`upweight items new`: an exam is drafted into the work tree, once, and never over somebody's work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from eval_harness.items import items_of
from service.demo.story import OWN
from service.lines.bench import write_lines
from service.record.chain import append
from tests.lines.batch_world import World
from tests.service.cli.test_commands import at, run, told

LEAF = "knowledge/skerrow/bells"


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A work tree with the bells of the project's own story."""
    shutil.copytree(OWN / "contributions" / "bells-1", tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_draft_lies_under_evaluation_and_can_be_measured_with(taxonomy: Path) -> None:
    code, answer = told("items", "new", LEAF, "--taxonomy", str(taxonomy))
    assert code == 0
    file = taxonomy / "evaluation" / LEAF / "items.yaml"
    assert answer["data"]["file"] == str(file)
    items = items_of(LEAF, yaml.safe_load(file.read_text()))
    assert len(items) == answer["data"]["questions"] == 3 * answer["data"]["clusters"]
    assert file.read_text().startswith(f"# A draft of the exam of {LEAF}")


def test_an_exam_that_is_there_is_left_alone(taxonomy: Path) -> None:
    file = taxonomy / "evaluation" / LEAF / "items.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("- mine\n")
    code, answer = told("items", "new", LEAF, "--taxonomy", str(taxonomy))
    assert (code, answer["error"]["code"], file.read_text()) == (1, "exists", "- mine\n")


@pytest.mark.parametrize("leaf", ["knowledge/nowhere", "../outside", "/etc"])
def test_a_leaf_that_is_not_there_is_said(taxonomy: Path, leaf: str) -> None:
    code, answer = told("items", "new", leaf, "--taxonomy", str(taxonomy))
    assert (code, answer["error"]["code"]) == (5, "not-found")


def test_a_leaf_that_can_not_be_read_is_said(taxonomy: Path) -> None:
    (taxonomy / LEAF / "qna.yaml").write_text("seed_examples: [")
    code, answer = told("items", "new", LEAF, "--taxonomy", str(taxonomy))
    assert (code, answer["error"]["code"]) == (3, "unreadable")


def test_the_ledger_says_how_often_the_items_of_a_leaf_were_decided_with_and_when_they_are_worn(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, "[measure]\nworn_after = 2\n")
    code, answer = told("items", "ledger", *at(world))
    assert (code, answer["data"]) == (0, {"leaves": [], "uses": []})
    world.released("v1", [])
    item = {"id": "i", "leaf": LEAF, "cluster": "c", "split": "confirm"}
    write_lines(world.house.home / "releases" / "t" / "v1" / "eval" / "items.jsonl", [item])
    for left in (2, 1, 0, 0):
        _, answer = told("items", "ledger", *at(world))
        [leaf] = answer["data"]["leaves"]
        assert (leaf["leaf"], leaf["used"], leaf["left"]) == (LEAF, len(answer["data"]["uses"]), left)
        with world.house.database.write() as session:
            append(session, "t", "batch.gated", {"batch": 1, "members": [1], "decision": "failed"})
    lines = run("items", "ledger", *at(world))[1]
    assert "worn" in lines
    assert "gate 4" in lines
