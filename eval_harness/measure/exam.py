"""An evaluation as a job does it: the scores of its items, journalled, and how they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval_harness import job as jobs
from eval_harness import matching
from eval_harness.items import Item
from eval_harness.job import Refused
from eval_harness.measure.journal import Journal
from eval_harness.measure.known import Known
from eval_harness.measure.score import groups, scores, spec_hash
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import Recipe
from eval_harness.suites.questions import all_of

if TYPE_CHECKING:
    from eval_harness.measure.judge import Judge


def check(items: Sequence[Item], judge: jobs.Judge | None, suites: Sequence[str]) -> None:
    """Raise Refused where something could not be measured: before a training, not after it."""
    all_of(suites)
    if not judge and (lost := next((item for item in items if item.needs_judge), None)):
        raise Refused(
            f"the item {lost.id} of {lost.leaf} has a reference of more than {matching.SHORT} words, and no judge is "
            "configured; name one in `judge`, or shorten the reference"
        )


def measured(
    directory: Path,
    known: Known,
    split: Split,
    trunk: Trunk | None,
    items: Sequence[Item],
    again: bool,
    judge: jobs.Judge | None = None,
    suites: Sequence[str] = (),
) -> dict[str, Any]:
    """`scores` and `spec_hash` of a result, and `suites` where they are asked for.

    `known` names the weights that are measured and the recipe by which; what it has of them is taken over where they
    are measured `again`.
    """
    weights, recipe = known.weights, known.recipe
    spec = spec_hash(recipe, items, judge.model if judge else None)
    asked = _asked(judge) if judge and any(item.needs_judge for item in items) else None
    alone = [group for group in groups(items) if not any(item.needs_judge for item in group)]
    old = {key: score for group in alone for key, score in (known.of(group) if again else {}).items()}
    left = [item for item in items if item.id not in old]
    new = scores(split, trunk, left, recipe.measure, Journal(directory, weights, spec), asked)
    found = {item.id: (old | new)[item.id] for item in items}
    for group in alone:
        if group[0].id not in old:  # a group is known whole or not at all
            known.keep(group, found)
    if asked and (lost := sum(score is None for score in found.values())):
        said = f"the judge gave no clear word on {lost} items; the last reason: {asked.why}"
        jobs.Progress(directory).say(said)
    told: dict[str, Any] = {"scores": found, "spec_hash": spec}
    if suites:
        told["suites"] = _suites(directory, weights, split, trunk, recipe, suites)
    return told


def _suites(
    directory: Path, weights: str, split: Split, trunk: Trunk | None, recipe: Recipe, names: Sequence[str]
) -> dict[str, Any]:
    """By suite its scores, and how they were measured: two models are compared only where that is the same."""
    told = {}
    for name, items in all_of(names).items():
        spec = spec_hash(recipe, items)
        found = scores(split, trunk, items, recipe.measure, Journal(directory, weights, spec))
        told[name] = {"scores": found, "spec_hash": spec}
    return told


def _asked(judge: jobs.Judge) -> Judge:
    """The judge, imported where one is needed only: what talks to a network takes its time to load."""
    from eval_harness.measure.judge import Judge

    return Judge(judge)
