"""What leaves the harness: a folder that loads without Upweight, and its answers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from eval_harness import job as jobs
from eval_harness.job import AskJob, MergeJob, Progress, Refused
from eval_harness.models import anchors, base, cache, roots
from eval_harness.models.split import Split
from eval_harness.recipe import load


def merge(directory: Path, job: MergeJob) -> dict[str, Any]:
    """Write `out/model` (and `out/adapter`, if any); every file's hash, and what it rests on."""
    from eval_harness.train.learner import save_model
    from eval_harness.train.lora import depth, merge_saved

    recipe, where, out = (
        load(job.recipe, job.model).train,
        cache.directory(job.cache),
        jobs.inside(directory, job.out),
    )
    found = base.find(job.model, where)
    folder = jobs.inside(directory, job.weights.model) if job.weights.model else found.folder
    out.mkdir(parents=True, exist_ok=True)
    source = jobs.inside(directory, job.weights.adapter) if job.weights.adapter else None
    split = Split(folder, "", depth(source, recipe), "auto")  # shipped in the numbers of its base
    if source:
        merge_saved(source, split.tail_layers, split.depth, recipe)
        shutil.copytree(source, out / "adapter", dirs_exist_ok=True)
    save_model(split, out / "model")
    trained = out / ("adapter" if job.weights.adapter else "model")
    return {
        "root": roots.weights_root(trained),
        "model_root": roots.weights_root(out / "model"),
        "files": roots.files(out),
        "base": found.about(),
    }


def ask(directory: Path, job: AskJob) -> dict[str, Any]:
    """Greedy answers of a model folder, in the order of the questions."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(job.threads)
    given = directory / job.model
    folder = given if given.is_dir() else base.find(job.model, cache.directory(job.cache)).folder
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise Refused(f"{folder} can't be loaded: {error}") from error
    return {
        "answers": anchors.answers(model.float().eval(), tokenizer, list(job.questions), job.max_new_tokens)
    }


def prepare(model: str, cache_name: str | None, progress: Progress | None = None) -> dict[str, Any]:
    """Make or fetch a base, its anchor answers and what it makes of them, so that no run waits for it."""
    from eval_harness.models.split import Trunk
    from eval_harness.train.run import held_rows, settle

    settle(1)
    where, recipe = cache.directory(cache_name), load(None, model)
    found = base.find(model, where)
    split = Split(found.folder, found.root, recipe.train.last_layers, recipe.train.dtype)
    held = held_rows(split, recipe, found, where)
    if split.depth:
        Trunk(split, where).finals(held)
    return {"model": model, "folder": str(found.folder), "base": found.about(), "anchors": len(held)}
