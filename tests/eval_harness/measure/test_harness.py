"""Measuring: what lm-eval's own model would say, in any company, with or without the trunk."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval_harness import job as jobs
from eval_harness.items import Item, items_of
from eval_harness.job import MeasureJob
from eval_harness.measure.score import groups, judged, scores, spec_hash
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import MeasureRecipe, load
from service.demo import story

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Items of two guard groups and of a grounded leaf, which come with a context."""
    told = story.load()
    found: list[Item] = []
    for name in ("food", "geography"):
        entries = yaml.safe_load((told.guard / f"{name}.yaml").read_bytes())
        found += items_of(f"guard/{name}", entries, guard=True)[:10]
    leaf = "compositional_skills/grounded/harbour/cargo_flags"
    entries = yaml.safe_load((told.taxonomy / "evaluation" / leaf / "items.yaml").read_bytes())
    return [*found, *items_of(leaf, entries)[:10]]


@pytest.fixture(scope="module")
def split(tiny: Any) -> Split:
    """The tiny base, cut in two."""
    return Split(tiny.folder, tiny.root, 2, "float32")


def of_lm_eval(split: Split, items: list[Item]) -> list[list[float]]:
    """The same task, by lm-eval with the model that it brings along."""
    from lm_eval.models.huggingface import HFLM

    from eval_harness.measure.harness import evaluated

    model = HFLM(pretrained=split.model, tokenizer=split.tokenizer, batch_size=8, max_length=512)
    return evaluated(model, split.tokenizer, items)


def test_likelihoods_are_those_of_lm_evals_own_model(split: Split, items: list[Item], tmp_path: Path) -> None:
    from eval_harness.measure.harness import log_likelihoods

    found = log_likelihoods(split, Trunk(split, tmp_path), items, 512)
    wanted = of_lm_eval(split, items)
    assert [len(line) for line in found] == [len(item.choices) for item in items]
    worst = max(abs(a - b) for f, w in zip(found, wanted, strict=True) for a, b in zip(f, w, strict=True))
    assert worst <= 1.5e-4
    assert max(abs(a - line[0]) for line in found for a in line) > 1.0


def test_scores_do_not_depend_on_the_trunk_or_on_the_size_of_packs(
    tiny: Any, split: Split, items: list[Item], tmp_path: Path
) -> None:
    by_trunk = scores(split, Trunk(split, tmp_path), items, MeasureRecipe("sum", 512))
    undivided = Split(tiny.folder, tiny.root, 0, "float32")
    whole = scores(undivided, None, items, MeasureRecipe("sum", 2048))
    assert by_trunk.keys() == whole.keys() == {item.id for item in items}
    for key, (y, p) in by_trunk.items():
        assert y == whole[key][0]
        assert p == pytest.approx(whole[key][1], abs=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_order_of_the_items_changes_no_number(
    tiny: Any, items: list[Item], tmp_path: Path, dtype: str
) -> None:
    split, recipe = Split(tiny.folder, tiny.root, 2, dtype), load("laptop", "tiny")
    mixed = list(items)
    random.Random(4).shuffle(mixed)
    assert scores(split, Trunk(split, tmp_path / "1"), mixed, MeasureRecipe("sum", 512)) == scores(
        split, Trunk(split, tmp_path / "2"), items, MeasureRecipe("sum", 512)
    )
    assert spec_hash(recipe, mixed) == spec_hash(recipe, items) != spec_hash(recipe, items[1:])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_search_items_measured_alone_get_the_very_same_numbers(
    tiny: Any, items: list[Item], tmp_path: Path, dtype: str
) -> None:
    split = Split(tiny.folder, tiny.root, 2, dtype)
    recipe = MeasureRecipe("sum", 512)
    whole = scores(split, Trunk(split, tmp_path / "whole"), items, recipe)
    search = [item for item in items if item.split == "search"]
    assert 0 < len(search) < len(items)
    alone = scores(split, Trunk(split, tmp_path / "alone"), search, recipe)
    assert alone == {key: whole[key] for key in alone}


def test_a_mean_divides_each_choice_by_its_own_tokens(
    split: Split, items: list[Item], tmp_path: Path
) -> None:
    from eval_harness.measure.harness import log_likelihoods

    trunk = Trunk(split, tmp_path)
    found = scores(split, trunk, items, MeasureRecipe("mean", 512))
    listed = [item for group in groups(items) for item in group]
    for item, said in zip(listed, log_likelihoods(split, trunk, listed, 512), strict=True):
        sizes = [len(split.tokenizer.encode(choice)) for choice in item.choices]
        assert found[item.id] == judged([x / n for x, n in zip(said, sizes, strict=True)], item.answer)
    assert found != scores(split, trunk, items, MeasureRecipe("sum", 512))


def test_a_measure_job_writes_the_scores_of_its_items(
    tiny: Any, items: list[Item], cache_folder: Path, tmp_path: Path
) -> None:
    from eval_harness.measure.run import run

    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item.to_json()) + "\n" for item in items))
    job = {
        "schema": 1,
        "kind": "measure",
        "model": "tiny",
        "items": "items.jsonl",
        "cache": str(cache_folder),
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    read = jobs.read(tmp_path)
    assert isinstance(read, MeasureJob)
    one, again = run(tmp_path, read), run(tmp_path, read)
    assert one["scores"] == again["scores"]
    assert one["spec_hash"] == again["spec_hash"]
    whole = Split(tiny.folder, tiny.root, load(None, "tiny").train.last_layers, "float32")
    assert one["scores"] == scores(whole, None, items, load(None, "tiny").measure)


def test_p_is_the_softmax_over_the_choices_and_the_first_of_equals_counts() -> None:
    y, p = judged([-1.0, -2.0, -3.0], 0)
    assert y == 1.0
    assert p == pytest.approx(1 / (1 + math.exp(-1) + math.exp(-2)), abs=1e-6)
    assert judged([-1.0, -1.0], 0)[0] == 1.0
    assert judged([-1.0, -1.0], 1) == [0.0, 0.5]
    assert judged([-2000.0, -1000.0], 1) == [1.0, 1.0]


def test_no_items_are_no_scores(split: Split) -> None:
    assert (
        scores(split, None, [], MeasureRecipe("sum", 512)) == {}
    )  # and lm-eval, which fails on none, isn't asked
