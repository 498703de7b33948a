"""How long it takes to teach one leaf, beside TRL's SFTTrainer teaching it equally well.

Both learn the same rows of one knowledge leaf of the story, in bfloat16, LoRA of rank 16, one thread each, until
the mean probability of the right choice on the leaf's items (search and confirm) is at GOAL; both are measured
every few steps by the same code. Loading, encoding and measuring are not counted. Ours follows its recipe, with the
anchors' hold; its time is that of the frozen trunk of the leaf's rows, into an empty cache, and of the steps. The
trunk of the anchor rows is made once for a base, by `prepare`, and told apart (`prepared_seconds`). TRL adapts all
layers with the settings below, neither decays weights nor checkpoints activations, and keeps its rate after the
warm-up; its rate is the one of RATES that came to the goal soonest by `--tune`: 5e-4 took 75 CPU seconds to .88,
1e-3 44, 2e-3 52, 4e-3 40. It gives up at six times our time, and `ratio` is then an upper bound. Ours runs before
and after TRL, so that a busy neighbour harms both.

Prints one JSON object: `ours_seconds`, `trl_seconds`, `ratio` (ours by TRL's), `cpu` (the same in CPU seconds, which
a busy machine blurs less), `tokens_per_second`, `goal`, `reached`. Ends with 5 where TRL is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from eval_harness.generate.rows import of as rows_of
from eval_harness.items import items_of
from eval_harness.job import Leaf, Seed
from eval_harness.models import cache
from eval_harness.recipe import load
from service.demo import story as stories
from service.settings import read as read_settings
from triage_rules.taxonomy import read_leaf

TOPIC = "bells"
RATES = (5e-4, 1e-3, 2e-3, 4e-3)
RATE = 4e-3
PACK, RANK, BETAS, WARM_UP, CLIP = 256, 16, (0.9, 0.98), 5, 1.0
GOAL = 0.8  # mean probability of the right choice; the base has .2
GIVE_UP = 6.0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--recipe", help="ours; the model's own where none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--goal", type=float, default=GOAL)
    parser.add_argument("--every", type=int, default=2, help="steps between two measurements")
    parser.add_argument("--tune", action="store_true", help="TRL with each of its declared rates")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--theirs", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if importlib.util.find_spec("trl") is None:
        print("not run: TRL is not installed here; it comes with the extra `dev`", file=sys.stderr)
        return 5
    for one, given in ((ours, options.ours), (theirs, options.theirs)):
        if given:
            print(json.dumps(one(json.loads(given.read_text()))))
            return 0
    with tempfile.TemporaryDirectory(prefix="upweight-training-") as folder:
        bench = Bench(Path(folder), options)
        print(json.dumps(bench.tune() if options.tune else bench.measure()))
    return 0


class Bench:
    """The rows and items of one leaf, and the two that learn it, each in a process of its own."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.model, self.recipe = folder, options.model, options.recipe
        self.seed, self.every, self.goal = options.seed, options.every, options.goal
        self.shared = cache.directory(str(read_settings().cache))
        prepare = ["-m", "eval_harness", "prepare", "--model", self.model, "--cache", str(self.shared)]
        subprocess.run([sys.executable, *prepare], check=True, stdout=sys.stderr)
        self.leaf = self._material()

    def measure(self) -> dict[str, Any]:
        """Everything that this benchmark prints."""
        first = self._run("ours")
        trl = self._run("theirs", rate=RATE, most=GIVE_UP * first["seconds"], most_cpu=GIVE_UP * first["cpu"])
        second = self._run("ours")
        if not first["reached"]:
            raise SystemExit(f"our recipe does not come to {self.goal}: {first['scores']}")
        ours = {key: (first[key] + second[key]) / 2 for key in ("seconds", "trunk", "prepared", "cpu")}
        return {
            "leaf": self.leaf,
            "goal": self.goal,
            "ours_seconds": round(ours["seconds"], 1),
            "ours_trunk_seconds": round(ours["trunk"], 1),
            "prepared_seconds": round(ours["prepared"], 1),
            "trl_seconds": round(trl["seconds"], 1),
            "ratio": round(ours["seconds"] / trl["seconds"], 3),
            "cpu": {
                "ours": round(ours["cpu"], 1),
                "trl": round(trl["cpu"], 1),
                "ratio": round(ours["cpu"] / trl["cpu"], 3),
            },
            "tokens_per_second": {
                "ours": round(first["tokens"] / (first["seconds"] - first["trunk"])),
                "trl": round(trl["tokens"] / trl["seconds"]),
            },
            "reached": trl["reached"],
            "steps": {"ours": first["steps"], "trl": trl["steps"]},
            "scores": {"ours": first["scores"], "trl": trl["scores"]},
            "trl_rate": RATE,
        }

    def tune(self) -> dict[str, Any]:
        """What TRL does with each of its declared rates."""
        rates = {str(rate): self._run("theirs", rate=rate, most=1e9, most_cpu=1e9) for rate in RATES}
        return {"ours": self._run("ours"), "trl": rates}

    def _material(self) -> str:
        story = stories.load()
        told = story.by_topic(TOPIC)
        assert told is not None
        files = story.files(told, len(told.commits) - 1)
        name = next(path for path in files if path.endswith("qna.yaml"))
        leaf = read_leaf(name, files[name])[0]
        assert leaf is not None
        seeds = tuple(Seed(s.question, s.answer, s.context) for s in leaf.seeds)
        rows = rows_of(Leaf(leaf.path, leaf.kind, seeds), load(self.recipe, self.model).generate, 7)
        entries = (story.taxonomy / "evaluation" / leaf.path / "items.yaml").read_bytes()
        items = [item.to_json() for item in items_of(leaf.path, yaml.safe_load(entries))]
        for file, lines in (("rows", rows), ("items", items)):
            (self.folder / f"{file}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return leaf.path

    def _run(self, who: str, **more: float) -> dict[str, Any]:
        """One of the two in a process of its own; gives what it prints."""
        given = {
            "model": self.model, "recipe": self.recipe, "cache": str(self.shared), "folder": str(self.folder),
            "seed": self.seed, "every": self.every, "goal": self.goal, **more,
        }  # fmt: skip
        file = self.folder / f"{who}.json"
        file.write_text(json.dumps(given))
        command = [sys.executable, "-m", "benchmarks.training", f"--{who}", str(file)]
        done = subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"{who}: {found}", file=sys.stderr)
        return found


def _mean(scores: dict[str, list[float]]) -> float:
    """The mean probability of the right choice."""
    return sum(p for _, p in scores.values()) / len(scores)


@dataclass
class Watch:
    """What a run has cost so far, measuring left out, and what it reached."""

    steps: int = 0
    tokens: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0
    reached: bool = False
    scores: list[float] = field(default_factory=list)
    since: tuple[float, float] = (0.0, 0.0)

    def go(self) -> None:
        """Count from now on."""
        self.since = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Count no more for a while."""
        self.seconds += time.perf_counter() - self.since[0]
        self.cpu += time.process_time() - self.since[1]

    def told(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {key: value for key, value in asdict(self).items() if key != "since"}


def ours(given: dict[str, Any]) -> dict[str, Any]:
    """Train by our recipe until the goal, or to the recipe's end."""
    os.environ.update(TQDM_DISABLE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
    from eval_harness.measure.score import scores
    from eval_harness.models import base
    from eval_harness.models.split import Split, Trunk
    from eval_harness.train import plan
    from eval_harness.train.loop import Loop
    from eval_harness.train.run import held_rows, learner_of, read_items, settle

    settle(1)
    recipe, folder = load(given["recipe"], given["model"]), Path(given["folder"])
    shared, watch = Path(given["cache"]), Watch()
    found = base.find(given["model"], shared)
    split = Split(found.folder, found.root, recipe.train.last_layers, recipe.train.dtype)
    items = read_items(folder / "items.jsonl")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    with tempfile.TemporaryDirectory(dir=folder) as empty:
        trunk = Trunk(split, Path(empty)) if split.depth else None
        began = time.perf_counter()
        if trunk:
            trunk.finals(held_rows(split, recipe, found, shared))
        prepared = time.perf_counter() - began
        watch.go()
        learner = learner_of(split, trunk, recipe, rows, found, shared)
        watch.stop()
        learned, held = [len(row) for row in learner.rows], [len(row) for row in learner.anchors]
        steps = plan.steps(learned, range(len(rows)), [], held, recipe.train, given["seed"])
        loop, spent = Loop(learner.open(given["seed"], None), steps, recipe.train), watch.seconds
        while loop.done < len(steps) and not watch.reached:
            watch.go()
            loop.step(learner.loss)
            watch.stop()
            if loop.done % given["every"] == 0 or loop.done == len(steps):
                watch.scores.append(round(_mean(scores(split, trunk, items, recipe.measure)), 4))
                watch.reached = watch.scores[-1] >= given["goal"]
    watch.steps, watch.tokens = loop.done, loop.tokens
    return {**watch.told(), "trunk": spent, "prepared": prepared}


def theirs(given: dict[str, Any]) -> dict[str, Any]:
    """Train by TRL until it scores as well as ours, or costs too much."""
    os.environ.update(TQDM_DISABLE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
    import torch

    from eval_harness.measure.score import scores
    from eval_harness.models import base
    from eval_harness.models.split import Split
    from eval_harness.train.run import read_items

    torch.set_num_threads(1)
    recipe, folder = load(None, given["model"]), Path(given["folder"])
    split = Split(base.find(given["model"], Path(given["cache"])).folder, "", 0, recipe.train.dtype)
    items, watch = read_items(folder / "items.jsonl"), Watch()

    def enough(step: int, epoch: float) -> bool:
        watch.stop()
        watch.steps, watch.tokens = step, epoch * total
        if step % given["every"] == 0:
            watch.scores.append(round(_mean(scores(split, None, items, recipe.measure)), 4))
            watch.reached = watch.scores[-1] >= given["goal"]
        spent = watch.seconds >= given["most"] and watch.cpu >= given["most_cpu"]
        watch.go()
        return watch.reached or spent

    trainer = _trainer(split, folder, given, watch.go, enough)
    total = sum(len(ids) for ids in trainer.train_dataset["input_ids"])
    trainer.train()
    return watch.told()


def _trainer(split: Any, folder: Path, given: dict[str, Any], begin: Any, enough: Any) -> Any:
    """TRL's trainer, set up as the docstring of this file declares."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from eval_harness.models import prompt
    from eval_harness.train.lora import TARGETS

    class Follow(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            begin()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = enough(state.global_step, state.epoch)

    form = prompt.of(split.tokenizer)
    rows = map(json.loads, (folder / "rows.jsonl").read_text().splitlines())
    pairs = [
        {"prompt": form.text(row["question"], row["context"]), "completion": row["answer"] + form.end}
        for row in rows
    ]
    settings = SFTConfig(
        output_dir=str(folder / "trl"), seed=given["seed"], use_cpu=True, packing=True,
        max_length=PACK, per_device_train_batch_size=1, gradient_checkpointing=False, max_steps=2000,
        learning_rate=given["rate"], lr_scheduler_type="constant_with_warmup", warmup_steps=WARM_UP,
        optim="adamw_torch_fused", weight_decay=0.0, adam_beta1=BETAS[0], adam_beta2=BETAS[1],
        max_grad_norm=CLIP, save_strategy="no", logging_steps=10**6, report_to="none",
        disable_tqdm=True, dataloader_pin_memory=False, bf16=split.dtype == "bfloat16",
    )  # fmt: skip
    lora = LoraConfig(
        r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, task_type="CAUSAL_LM",
        target_modules=list(TARGETS),
    )  # fmt: skip
    return SFTTrainer(
        split.model, settings, train_dataset=Dataset.from_list(pairs), processing_class=split.tokenizer,
        peft_config=lora, callbacks=[Follow()],
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
