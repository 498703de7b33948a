"""The measure job: given weights, frozen items, scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval_harness import job as jobs
from eval_harness.job import MeasureJob
from eval_harness.measure.exam import check, measured
from eval_harness.measure.known import Known
from eval_harness.models import base, cache, roots
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import load
from eval_harness.train.lora import depth, merge_saved
from eval_harness.train.run import Clock, read_items, settle


def run(directory: Path, job: MeasureJob) -> dict[str, Any]:
    """Measure a base, an adapter on it, or a whole model; the result as it will be written."""
    settle(job.threads)
    items = read_items(jobs.inside(directory, job.items))
    check(items, job.judge, job.suites)
    clock, recipe, where = Clock(), load(job.recipe, job.model), cache.directory(job.cache)
    found = base.find(job.model, where)
    folder = jobs.inside(directory, job.weights.model) if job.weights.model else found.folder
    root = roots.weights_root(folder) if job.weights.model else found.root
    laid = jobs.inside(directory, job.weights.adapter) if job.weights.adapter else None
    split = Split(folder, root, depth(laid, recipe.train), recipe.train.dtype)
    trunk = Trunk(split, where) if split.depth else None
    if laid:
        merge_saved(laid, split.tail_layers, split.depth, recipe.train)  # as it will be shipped
    clock.lap("load")
    known = Known(where, roots.identity(root, laid), recipe)
    told = measured(directory, known, split, trunk, items, True, job.judge, job.suites)
    clock.lap("measure")
    return {**told, "seconds": clock.seconds}
