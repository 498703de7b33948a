"""How long the recipe takes to teach one leaf, beside TRL's SFTTrainer teaching it equally well.

Both learn the same rows of one knowledge leaf of the story, in bfloat16, LoRA of rank 16, one thread each. Ours
trains once by its recipe; its time is the trunk's, into a cache that holds the base and nothing else, and the
training's. The mean probability of the right choice that it reaches on the leaf's items (search and confirm) is
the goal. TRL adapts all layers with the settings below, neither decays weights nor checkpoints activations, keeps its
rate after the warm-up, and is measured every few steps with the same code until it reaches the goal; measuring,
loading and preparing rows are not counted. It gives up at six times our time, and `ratio` is then an upper bound.
Its rate is the one of RATES that reached the goal soonest in a run of `--tune` before. Ours runs before and after
TRL, so that a busy neighbour harms both.

Prints one JSON object: `ours_seconds`, `trl_seconds`, `ratio` (ours by TRL's), `cpu` (the same in CPU seconds, which a
busy machine blurs less), `tokens_per_second`, `goal`, `reached`. Ends with 5 where TRL is not installed.

`--tune`, measured every 4 steps on a busy machine: 5e-4 reached .88 after 40 steps and 75 CPU seconds, 1e-3
after 24 and 44, 2e-3 after 28 and 52, 4e-3 after 20 and 40.
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
GIVE_UP = 6.0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--recipe", help="ours; the model's own where none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=2, help="steps of TRL between two measurements")
    parser.add_argument("--tune", action="store_true", help="TRL with each of its declared rates")
    parser.add_argument("--theirs", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if importlib.util.find_spec("trl") is None:
        print("not run: TRL is not installed here; it comes with the extra `dev`", file=sys.stderr)
        return 5
    if options.theirs:
        print(json.dumps(theirs(json.loads(options.theirs.read_text()))))
        return 0
    with tempfile.TemporaryDirectory(prefix="upweight-training-") as folder:
        bench = Bench(Path(folder), options)
        print(json.dumps(bench.tune() if options.tune else bench.measure()))
    return 0


class Bench:
    """The rows and items of one leaf, and the two that learn it, each in a process of its own."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.model, self.recipe = folder, options.model, options.recipe
        self.seed, self.every = options.seed, options.every
        self.shared = cache.directory(str(read_settings().cache))
        prepare = ["-m", "eval_harness", "prepare", "--model", self.model, "--cache", str(self.shared)]
        subprocess.run([sys.executable, *prepare], check=True, stdout=sys.stderr)
        self.leaf = self._material()

    def measure(self) -> dict[str, Any]:
        """Everything that this benchmark prints."""
        first = self._ours("before")
        trl = self._theirs(first, RATE)
        second = self._ours("after")
        ours = {key: (first[key] + second[key]) / 2 for key in ("seconds", "trunk", "cpu", "rate")}
        return {
            "leaf": self.leaf,
            "ours_seconds": round(ours["seconds"], 1),
            "ours_trunk_seconds": round(ours["trunk"], 1),
            "trl_seconds": round(trl["seconds"], 1),
            "ratio": round(ours["seconds"] / trl["seconds"], 3),
            "cpu": {
                "ours": round(ours["cpu"], 1),
                "trl": round(trl["cpu"], 1),
                "ratio": round(ours["cpu"] / trl["cpu"], 3),
            },
            "tokens_per_second": {
                "ours": round(ours["rate"]),
                "trl": round(trl["tokens"] / trl["seconds"]),
            },
            "goal": first["score"],
            "reached": trl["reached"],
            "steps": {"ours": first["steps"], "trl": trl["steps"]},
            "trl_rate": RATE,
        }

    def tune(self) -> dict[str, Any]:
        """What TRL does with each of its declared rates."""
        ours = self._ours("ours")
        return {"ours": ours, "trl": {str(rate): self._theirs(ours, rate) for rate in RATES}}

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

    def _ours(self, name: str) -> dict[str, Any]:
        """One training by the recipe: its seconds with the trunk's, and the score that it reaches."""
        folder = self.folder / name
        (folder / "cache").mkdir(parents=True)
        for made in self.shared.iterdir():
            if made.is_dir() and made.name != "trunk":
                (folder / "cache" / made.name).symlink_to(made)
        job = {
            "schema": 1, "kind": "train", "model": self.model, "cache": str(folder / "cache"), "threads": 1,
            "rows": ["../rows.jsonl"], "mix": {"leaves": [self.leaf]}, "seed": self.seed,
            "recipe": self.recipe,
            "measure": {"items": "../items.jsonl"},
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job))
        cpu = _followed([sys.executable, "-m", "eval_harness", "train", str(folder)], folder)
        made = json.loads((folder / "result.json").read_text())
        seconds = made["seconds"]
        return {
            "seconds": seconds["trunk"] + seconds["train"],
            "trunk": seconds["trunk"],
            "cpu": cpu,
            "score": _mean(made["scores"]),
            "steps": made["steps"],
            "rate": made["tokens"] / seconds["train"],
        }

    def _theirs(self, ours: dict[str, Any], rate: float) -> dict[str, Any]:
        given = {
            "model": self.model, "cache": str(self.shared), "folder": str(self.folder), "seed": self.seed,
            "every": self.every, "rate": rate, "goal": ours["score"],
            "most": GIVE_UP * ours["seconds"], "most_cpu": GIVE_UP * ours["cpu"],
        }  # fmt: skip
        file = self.folder / "theirs.json"
        file.write_text(json.dumps(given))
        command = [sys.executable, "-m", "benchmarks.training", "--theirs", str(file)]
        done = subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"TRL at {rate}: {found}", file=sys.stderr)
        return found


def _followed(command: list[str], folder: Path) -> float:
    """Run a training; the CPU seconds from its first word of progress (all is loaded) to its last step."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    began = ended = None
    progress = folder / "progress.jsonl"
    while process.poll() is None:
        time.sleep(0.05)
        lines = progress.read_text().splitlines() if ended is None and progress.exists() else []
        if lines and began is None:
            began = _cpu(process.pid)
        if lines and '"step": 0' not in lines[-1] and ended is None:
            last = json.loads(lines[-1])
            ended = _cpu(process.pid) if last["step"] == last["of"] else None
    if process.returncode or began is None or ended is None:
        raise RuntimeError(f"our training ended with {process.returncode}")
    return ended - began


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _mean(scores: dict[str, list[float]]) -> float:
    """The mean probability of the right choice."""
    return sum(p for _, p in scores.values()) / len(scores)


@dataclass
class Watch:
    """What TRL's run has cost so far, measuring left out, and what it reached."""

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
    return {key: value for key, value in asdict(watch).items() if key != "since"}


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
        output_dir=str(folder / "trl"), seed=given["seed"], use_cpu=True, bf16=True, packing=True,
        max_length=PACK, per_device_train_batch_size=1, gradient_checkpointing=False, max_steps=2000,
        learning_rate=given["rate"], lr_scheduler_type="constant_with_warmup", warmup_steps=WARM_UP,
        optim="adamw_torch_fused", weight_decay=0.0, adam_beta1=BETAS[0], adam_beta2=BETAS[1],
        max_grad_norm=CLIP, save_strategy="no", logging_steps=10**6, report_to="none",
        disable_tqdm=True, dataloader_pin_memory=False,
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
