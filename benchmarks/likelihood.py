"""Our way of measuring items beside lm-eval's own model: the same numbers, and how much sooner.

Both answer the same multiple-choice questions by way of lm-eval's evaluator, in float32, one thread, with contexts
of about 30, 300 and 1,000 tokens. Ours is timed with an empty cache of the frozen trunk (*cold*) and again with what
is then in it (*warm*); HFLM (batches of eight, its default attention) runs between, and all are gone through again
each round. Loading is not counted.

Prints one JSON object: `difference` (the largest, of any choice's log-likelihood), `other_choices` (questions on
which the likeliest choice differs), `cold` and `warm` (HFLM's seconds by ours, over all lengths), `slowest` (the
smallest such ratio of any length), and `by_length`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml

from eval_harness.items import Item, items_of
from eval_harness.measure.harness import evaluated, log_likelihoods
from eval_harness.models import base
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import load
from service.demo import story as stories
from service.settings import read as read_settings

LENGTHS = {30: 36, 300: 12, 1000: 4}  # tokens of the context: questions
Likelihoods = list[list[float]]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.likelihood", description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(json.dumps(Bench(options.model).measure(options.rounds)))
    return 0


class Bench:
    """One base model, loaded twice: as we split it, and as lm-eval loads it."""

    def __init__(self, model: str) -> None:
        from lm_eval.models.huggingface import HFLM

        found = base.find(model, read_settings().cache)
        recipe = load(None, model)
        self.pack = recipe.measure.pack
        self.split = Split(found.folder, found.root, recipe.train.last_layers, "float32")
        self.theirs: Any = HFLM(
            pretrained=str(found.folder), dtype="float32", batch_size=8, max_length=2048, device="cpu"
        )
        self.model = model

    def measure(self, rounds: int) -> dict[str, Any]:
        """Everything that this benchmark prints."""
        asked = {length: self.items(length, many) for length, many in LENGTHS.items()}
        spent: dict[int, dict[str, list[float]]] = {length: {} for length in asked}
        worst, others = 0.0, 0
        for number in range(rounds):
            for length, items in asked.items():
                ours, theirs = self._round(items, spent[length])
                worst = max(worst, _apart(ours, theirs))
                others += sum(_likeliest(o) != _likeliest(t) for o, t in zip(ours, theirs, strict=True))
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        seconds = {
            length: {who: statistics.median(s) for who, s in by.items()} for length, by in spent.items()
        }
        return {"model": self.model, "difference": worst, "other_choices": others, **ratios(seconds)}

    def _round(self, items: list[Item], spent: dict[str, list[float]]) -> tuple[Likelihoods, Likelihoods]:
        with tempfile.TemporaryDirectory(prefix="upweight-trunk-") as folder:
            trunk = Trunk(self.split, Path(folder))

            def ours() -> Likelihoods:
                return log_likelihoods(self.split, trunk, items, self.pack)

            cold = _timed(ours, spent.setdefault("cold", []))
            theirs = _timed(
                lambda: evaluated(self.theirs, self.split.tokenizer, items), spent.setdefault("hflm", [])
            )
            warm = _timed(ours, spent.setdefault("warm", []))
        if cold != warm:
            raise RuntimeError("the trunk's cache changed the numbers")
        return cold, theirs

    def items(self, length: int, many: int) -> list[Item]:
        """Questions of the story's exams, each after another piece of its documents."""
        story = stories.load()
        text = " ".join(p.read_text("utf-8") for p in sorted(story.documents.rglob("*.md")))
        words = self.split.tokenizer.encode(text, add_special_tokens=False)
        words = words * (1 + 2 * length // len(words))
        entries = []
        for file in sorted((story.taxonomy / "evaluation").rglob("items.yaml")):
            entries += [entry for entry in yaml.safe_load(file.read_bytes()) if not entry.get("context")]
        chosen = entries[:: max(1, len(entries) // many)][:many]
        at = [37 * n % (len(words) - length) for n in range(len(chosen))]
        told = [
            {**entry, "context": self.split.tokenizer.decode(words[start : start + length])}
            for entry, start in zip(chosen, at, strict=True)
        ]
        return items_of(f"context/{length}", told)


def ratios(seconds: dict[int, dict[str, float]]) -> dict[str, Any]:
    """HFLM's seconds by ours: over all lengths, and the smallest of any length."""
    total = {who: sum(by[who] for by in seconds.values()) for who in ("hflm", "cold", "warm")}
    by_length = {
        str(length): {
            **{who: round(s, 2) for who, s in by.items()},
            **{f"{who}_ratio": round(by["hflm"] / by[who], 2) for who in ("cold", "warm")},
        }
        for length, by in seconds.items()
    }
    return {
        "cold": total["hflm"] / total["cold"],
        "warm": total["hflm"] / total["warm"],
        "slowest": min(by["hflm"] / by["cold"] for by in seconds.values()),
        "by_length": by_length,
    }


def _timed(what: Callable[[], Likelihoods], spent: list[float]) -> Likelihoods:
    began = time.perf_counter()
    found = what()
    spent.append(time.perf_counter() - began)
    return found


def _apart(ours: Likelihoods, theirs: Likelihoods) -> float:
    """The largest difference of any choice's log-likelihood."""
    pairs = zip(ours, theirs, strict=True)
    return max(abs(a - b) for o, t in pairs for a, b in zip(o, t, strict=True))


def _likeliest(choices: list[float]) -> int:
    return choices.index(max(choices))


if __name__ == "__main__":
    raise SystemExit(main())
