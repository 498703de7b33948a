"""An evaluation as a job does it: the scores of its items, journalled, and how they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval_harness.items import Item
from eval_harness.measure.journal import Journal
from eval_harness.measure.score import scores, spec_hash
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import Recipe


def measured(
    directory: Path, weights: str, split: Split, trunk: Trunk | None, items: Sequence[Item], recipe: Recipe
) -> dict[str, Any]:
    """`scores` and `spec_hash` of a result. `weights` names what is measured: a journal knows it by that."""
    spec = spec_hash(recipe, items)
    journal = Journal(directory, weights, spec)
    return {"scores": scores(split, trunk, items, recipe.measure, journal), "spec_hash": spec}
