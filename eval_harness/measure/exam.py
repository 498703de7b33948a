"""An evaluation as a job does it: the scores of its items, journalled, and how they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval_harness import job as jobs
from eval_harness.items import Item
from eval_harness.measure.journal import Journal
from eval_harness.measure.score import scores, spec_hash
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import Recipe

if TYPE_CHECKING:
    from eval_harness.measure.judge import Judge


def measured(
    directory: Path,
    weights: str,
    split: Split,
    trunk: Trunk | None,
    items: Sequence[Item],
    recipe: Recipe,
    judge: jobs.Judge | None = None,
) -> dict[str, Any]:
    """`scores` and `spec_hash` of a result. `weights` names what is measured: a journal knows it by that."""
    spec = spec_hash(recipe, items, judge.model if judge else None)
    asked = _asked(judge) if judge and any(item.needs_judge for item in items) else None
    found = scores(split, trunk, items, recipe.measure, Journal(directory, weights, spec), asked)
    if asked and (lost := sum(score is None for score in found.values())):
        jobs.Progress(directory).say(
            f"the judge gave no clear word on {lost} items; the last reason: {asked.why}"
        )
    return {"scores": found, "spec_hash": spec}


def _asked(judge: jobs.Judge) -> Judge:
    """The judge, imported where one is needed only: what talks to a network takes its time to load."""
    from eval_harness.measure.judge import Judge

    return Judge(judge)
