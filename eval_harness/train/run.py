"""The train job: rows in, weights out, measured in the same process."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

from eval_harness import items as exam
from eval_harness import job as jobs
from eval_harness.job import Progress, TrainJob
from eval_harness.measure.exam import check, measured
from eval_harness.measure.known import Known
from eval_harness.models import anchors, base, cache, packs, precision, prompt, roots
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import Recipe, load
from eval_harness.suites.questions import all_of
from eval_harness.train import plan, rows
from eval_harness.train.learner import Learner, save_model
from eval_harness.train.loop import Asked, Loop
from eval_harness.train.lora import depth

SAMPLE = 24  # rows of a leaf whose loss tells how well it was learned


def settle(threads: int) -> None:
    """Fix what torch would otherwise choose by itself: threads, algorithms and the seed of last resort."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nobody reads it
    torch.manual_seed(0)


class Clock:
    """Seconds by part of a job."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = time.perf_counter()

    def lap(self, name: str) -> None:
        """Give the time since the last lap to `name`."""
        now = time.perf_counter()
        self.seconds[name] = round(self.seconds.get(name, 0.0) + now - self._at, 2)
        self._at = now


def run(directory: Path, job: TrainJob, asked: Asked) -> dict[str, Any]:
    """Train and measure; the result as it will be written. Raises Stopped when asked to stop."""
    settle(job.threads)
    clock, progress = Clock(), Progress(directory)
    recipe = load(job.recipe, job.model)
    directory_of_cache = cache.directory(job.cache)
    found = base.find(job.model, directory_of_cache)
    questions = read_items(jobs.inside(directory, job.measure.items)) if job.measure else []
    suites = job.measure.suites if job.measure else ()
    check(questions, job.judge, suites)
    barred = _barred(directory, job, questions)
    material = rows.read([jobs.inside(directory, path) for path in job.rows], job.mix, barred)
    start, root = _start(directory, job, found)
    former = jobs.inside(directory, job.start.adapter) if job.start.adapter else None
    split = Split(start, root, depth(former, recipe.train), recipe.train.dtype)
    clock.lap("load")
    progress.say(
        f"{len(material.rows)} rows of {len(job.mix.leaves)} new and {len(job.mix.replay)} old leaves"
    )
    trunk = Trunk(split, directory_of_cache) if split.depth else None
    learner = learner_of(split, trunk, recipe, material.rows, found, directory_of_cache)
    clock.lap("trunk")
    loop = _loop(directory, job, recipe, learner, material)
    checkpoint = directory / "checkpoint.safetensors"
    loop.run(learner.loss, checkpoint, asked, lambda s, n, x: progress.say("step", s, n, x))
    if job.measure:
        loop.save(checkpoint)  # whoever is killed while it measures trains no step again
    clock.lap("train")
    made = learner.save(directory, str(found.about()["id"]))
    weights = directory / (made["adapter"] or made["weights"])
    split.model.requires_grad_(False)
    fit = learner.fit(_sample(material))
    made_root = roots.weights_root(weights)
    identity = roots.identity(root, weights) if made["adapter"] else made_root
    if learner.adapter:
        learner.adapter.merge(split.tail_layers)  # measured as it will be shipped
    told: dict[str, Any] = {"scores": None, "spec_hash": None}
    if job.measure:
        known = Known(directory_of_cache, identity, recipe)
        told = measured(directory, known, split, trunk, questions, False, job.judge, suites)
    clock.lap("measure")
    if job.save_merged and learner.adapter:
        save_model(split, directory / "model")
        made["weights"] = "model"
    checkpoint.unlink(missing_ok=True)
    return {
        **made,
        "root": made_root,
        "loss": [round(x, 4) for x in loop.losses],
        "steps": len(loop.plan),
        "tokens": loop.tokens,
        "fit": fit,
        "rows": {leaf: sum(material.rows[i]["leaf"] == leaf for i in material.new) for leaf in fit},
        "seconds": clock.seconds,
        **told,
        "spec": spec(job, recipe, found.root, material),
    }


def _sample(material: rows.Material) -> dict[str, list[int]]:
    """Of each new leaf the rows that stand for all of it: the first ones, seed by seed and in all their forms."""
    found: dict[str, list[int]] = {}
    for index in material.new:
        chosen = found.setdefault(material.rows[index]["leaf"], [])
        if len(chosen) < SAMPLE:
            chosen.append(index)
    return found


def _barred(directory: Path, job: TrainJob, questions: list[exam.Item]) -> list[exam.Item]:
    """The items whose words no row may share: the whole exam, also where a part of it is measured, and the suites."""
    if not job.measure:
        return questions
    named = job.measure.exam
    whole = read_items(jobs.inside(directory, named)) if named else questions
    return [*whole, *(item for items in all_of(job.measure.suites).values() for item in items)]


def _start(directory: Path, job: TrainJob, found: base.Base) -> tuple[Path, str]:
    if job.start.weights:
        folder = jobs.inside(directory, job.start.weights)
        return folder, roots.weights_root(folder)
    return found.folder, found.root


def learner_of(
    split: Split,
    trunk: Trunk | None,
    recipe: Recipe,
    listed: Sequence[dict[str, Any]],
    found: base.Base,
    where: Path,
) -> Learner:
    """Rows and anchor rows, encoded and with their trunk's activations, ready to be opened."""
    form = prompt.of(split.tokenizer)
    longest = min(1024, int(split.model.config.max_position_embeddings))
    encoded = [
        rows.encode(split.tokenizer, form, r["question"], r["context"], r["answer"], longest) for r in listed
    ]
    held = held_rows(split, recipe, found, where) if recipe.train.anchor_weight else []
    states: list[Any] = [None] * len(encoded)
    held_states: list[Any] = [None] * len(held)
    if trunk:
        leaves = list(dict.fromkeys(row["leaf"] for row in listed))
        members = [[i for i, row in enumerate(listed) if row["leaf"] == leaf] for leaf in leaves]
        groups = trunk.groups([held, *([encoded[i] for i in group] for group in members)])
        held_states = list(groups[0])
        for group, known in zip(members, groups[1:], strict=True):
            for index, state in zip(group, known, strict=True):
                states[index] = state
    learner = Learner(split, recipe.train, encoded, states, held, held_states)
    learner.remember(trunk.finals(held) if trunk else None)
    return learner


def held_rows(split: Split, recipe: Recipe, found: base.Base, where: Path) -> list[packs.Row]:
    """The anchor rows as tokens: general questions and the base's own answers."""
    form = prompt.of(split.tokenizer)
    pairs = anchors.of(found, where, split.dtype)[: recipe.train.anchor_rows]
    return [rows.encode(split.tokenizer, form, q, None, a, 256) for q, a in pairs]


def _loop(directory: Path, job: TrainJob, recipe: Recipe, learner: Learner, material: rows.Material) -> Loop:
    old = [
        material.old[i]
        for i in plan.replayed([material.rows[i] for i in material.old], recipe.train.replay_share)
    ]
    lengths = [len(row) for row in learner.rows]
    steps = plan.steps(
        lengths, material.new, old, [len(row) for row in learner.anchors], recipe.train, job.seed
    )
    adapter = jobs.inside(directory, job.start.adapter) if job.start.adapter else None
    if adapter and adapter.resolve() == (directory / "adapter").resolve():
        raise jobs.Refused("start.adapter is this job's own adapter; an adapter is never trained in place")
    released = bool(job.start.adapter or job.start.weights)
    return Loop(learner.open(job.seed, adapter), steps, recipe.train.starting_from(released))


def read_items(path: Path) -> list[exam.Item]:
    """The items of a JSON lines file."""
    with open(path, encoding="utf-8") as file:
        return [exam.Item.from_json(json.loads(line)) for line in file]


def spec(job: TrainJob, recipe: Recipe, root: str, material: rows.Material) -> dict[str, Any]:
    """What this training was, by hash."""
    ids = "\n".join(row["id"] for row in material.rows)
    return {
        "recipe": recipe.name,
        "recipe_hash": recipe.hash,
        "base": root,
        "seed": job.seed,
        "threads": job.threads,
        "torch": torch.__version__,
        "dtype": precision.named(recipe.train.dtype),
        "mix": msgspec.to_builtins(job.mix),
        "rows": hashlib.sha256(ids.encode()).hexdigest(),
        "rows_new": len(material.new),
        "rows_old": len(material.old),
        "rows_dropped": job.held_out,
        "start": msgspec.to_builtins(job.start),
    }
