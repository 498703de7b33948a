"""What was measured before is not measured again, and nothing else is taken for it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from eval_harness.items import Item
from eval_harness.measure.journal import FILE, Score
from eval_harness.recipe import load
from tests.eval_harness.conftest import items_of_leaf

RECIPE = load("tiny", "tiny")


@pytest.fixture
def group() -> list[Item]:
    """The items of one leaf and one split."""
    items = [Item.from_json(one) for one in items_of_leaf("bells")]
    return [item for item in items if item.split == "confirm"]


def scores_of(group: list[Item]) -> dict[str, Score]:
    """Some scores."""
    return {item.id: [1.0, n / 100] for n, item in enumerate(group)}


def test_a_group_is_known_by_weights_recipe_and_its_own_items_alone(
    tmp_path: Path, group: list[Item]
) -> None:
    from eval_harness.measure.known import Known

    known = Known(tmp_path, "w", RECIPE)
    known.keep(group, {**scores_of(group), "another": [0.0, 0.5]})
    assert Known(tmp_path, "w", RECIPE).of(group) == scores_of(group)
    assert Known(tmp_path, "w", RECIPE).of(group[::-1]) == scores_of(group)
    assert known.of(group[1:]) == {}
    assert Known(tmp_path, "other", RECIPE).of(group) == {}
    longer = msgspec.structs.replace(RECIPE, measure=msgspec.structs.replace(RECIPE.measure, length="mean"))
    assert Known(tmp_path, "w", longer).of(group) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"nobody": [1.0, 0.5]}'])
def test_bytes_that_are_no_scores_of_the_group_are_passed_over(
    tmp_path: Path, group: list[Item], text: str
) -> None:
    from eval_harness.measure.known import Known

    known = Known(tmp_path, "w", RECIPE)
    known.keep(group, scores_of(group))
    (file,) = (tmp_path / "scores").iterdir()
    file.write_text(text)
    assert known.of(group) == {}
    known.keep(group, scores_of(group))
    assert known.of(group) == scores_of(group)


def do(folder: Path) -> dict[str, object]:
    """Do a folder's job."""
    subprocess.run([sys.executable, "-m", "eval_harness", "run", str(folder)], check=True)
    found: dict[str, object] = json.loads((folder / "result.json").read_text())
    return found


@pytest.mark.slow
def test_weights_are_measured_again_on_new_items_alone_and_a_training_on_all(
    train_job: Callable[..., Path], tmp_path: Path, cache_folder: Path
) -> None:
    made = train_job("made", measure={"items": "items.jsonl"})
    trained = do(made)
    lines = (made / "items.jsonl").read_text().splitlines(keepends=True)
    more = [json.dumps(item) + "\n" for item in items_of_leaf(uuid.uuid4().hex)]
    kept = {}
    for name, text in (("same", lines), ("more", [*lines, *more])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "items.jsonl").write_text("".join(text))
        job = {
            "schema": 1, "kind": "measure", "model": "tiny", "recipe": "short", "cache": str(cache_folder),
            "items": "items.jsonl", "weights": {"model": str(made / "model")},
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job))
        kept[name] = do(folder)
    assert kept["same"]["scores"] == trained["scores"]
    assert kept["same"]["spec_hash"] == trained["spec_hash"]
    assert not (tmp_path / "same" / FILE).exists()
    anew = {json.loads(line)["item"] for line in (tmp_path / "more" / FILE).read_text().split("\n") if line}
    assert anew == {json.loads(line)["id"] for line in more}
    twice = train_job("twice", measure={"items": "items.jsonl"})
    assert do(twice)["scores"] == trained["scores"]
    assert (twice / FILE).exists()
