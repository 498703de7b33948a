"""Scores of items: y, is the likeliest choice the right one, and p, the probability of the right choice.

p is the softmax over the choices' log-likelihoods, as sums over their tokens or as means; the recipe says
which, and it is chosen on search items only.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec
import torch

from eval_harness.items import Item
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import MeasureRecipe, Recipe


def scores(
    split: Split, trunk: Trunk | None, items: Sequence[Item], recipe: MeasureRecipe
) -> dict[str, list[float]]:
    """[y, p] by item id."""
    from eval_harness.measure.harness import log_likelihoods

    found = log_likelihoods(split, trunk, items, recipe.pack)
    out: dict[str, list[float]] = {}
    for item, likelihoods in zip(items, found, strict=True):
        if recipe.length == "mean":
            sizes = _sizes(split.tokenizer, item.choices)
            likelihoods = [value / size for value, size in zip(likelihoods, sizes, strict=True)]
        out[item.id] = judged(likelihoods, item.answer)
    return out


def spec_hash(recipe: Recipe, items: Sequence[Item]) -> str:
    """How something was measured: only scores of one spec may be compared."""
    how = [
        msgspec.to_builtins(recipe.measure),
        recipe.train.dtype,
        recipe.train.last_layers,
        torch.__version__,
    ]
    about = json.dumps([*how, [item.id for item in items]])
    return hashlib.sha256(about.encode()).hexdigest()


def judged(likelihoods: Sequence[float], answer: int) -> list[float]:
    """[y, p] of one item; of equally likely choices the first one counts as the model's."""
    top = max(likelihoods)
    weights = [math.exp(value - top) for value in likelihoods]
    y = 1.0 if likelihoods.index(top) == answer else 0.0
    return [y, round(weights[answer] / sum(weights), 6)]


def _sizes(tokenizer: Any, choices: Sequence[str]) -> list[int]:
    return [max(1, len(tokenizer.encode(choice, add_special_tokens=False))) for choice in choices]
