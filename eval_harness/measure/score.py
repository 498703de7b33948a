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
from eval_harness.measure.journal import Journal, Score
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import MeasureRecipe, Recipe


def scores(
    split: Split,
    trunk: Trunk | None,
    items: Sequence[Item],
    recipe: MeasureRecipe,
    journal: Journal | None = None,
) -> dict[str, Score]:
    """[y, p] by item id. What the journal has of whole groups is taken from it, each other group is kept there."""
    from eval_harness.measure.harness import log_likelihoods

    known = journal.known if journal else {}
    found: dict[str, Score] = {}
    left: list[Item] = []
    for group in groups(items):
        if all(item.id in known for item in group):
            found |= {item.id: known[item.id] for item in group}
        else:
            left += group

    def take(places: Sequence[int], likelihoods: Sequence[list[float]]) -> None:
        said = {
            left[place].id: _judged(split.tokenizer, left[place], line, recipe)
            for place, line in zip(places, likelihoods, strict=True)
        }
        found.update(said)
        if journal:
            journal.keep(said)

    log_likelihoods(split, trunk, left, recipe.pack, take)
    return {item.id: found[item.id] for item in items}


def groups(items: Sequence[Item]) -> list[list[Item]]:
    """The items that share packs: those of a leaf and a split, in an order of their own, so that neither what else is
    measured nor the order of a file changes a number."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        found.setdefault((item.leaf, item.split), []).append(item)
    return [sorted(group, key=lambda item: item.id) for group in found.values()]


def spec_hash(recipe: Recipe, items: Sequence[Item]) -> str:
    """How something was measured: only scores of one spec may be compared."""
    how = [
        msgspec.to_builtins(recipe.measure),
        recipe.train.dtype,
        recipe.train.last_layers,
        torch.__version__,
    ]
    packed = sorted([item.leaf, item.split, item.id] for item in items)
    return hashlib.sha256(json.dumps([*how, packed]).encode()).hexdigest()


def judged(likelihoods: Sequence[float], answer: int) -> list[float | None]:
    """[y, p] of one item; of equally likely choices the first one counts as the model's."""
    top = max(likelihoods)
    weights = [math.exp(value - top) for value in likelihoods]
    y = 1.0 if likelihoods.index(top) == answer else 0.0
    return [y, round(weights[answer] / sum(weights), 6)]


def _judged(tokenizer: Any, item: Item, likelihoods: Sequence[float], recipe: MeasureRecipe) -> Score:
    if recipe.length == "mean":
        sizes = [max(1, len(tokenizer.encode(choice, add_special_tokens=False))) for choice in item.choices]
        likelihoods = [value / size for value, size in zip(likelihoods, sizes, strict=True)]
    return judged(likelihoods, item.answer)
