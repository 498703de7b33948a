"""Scores of items: y, is the answer right, and p, the probability of the right choice.

With choices, y asks whether the likeliest is the right one, and p is the softmax over the choices' log-likelihoods, as
sums over their tokens or as means; the recipe says which, and it is chosen on search items only. Without choices the
model answers in its own words: a short reference is matched, a longer one needs a judge, and there is no p.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import torch

from eval_harness import matching
from eval_harness.items import Item
from eval_harness.measure.journal import Journal, Score
from eval_harness.models import precision
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import MeasureRecipe, Recipe
from eval_harness.suites.questions import ranked

if TYPE_CHECKING:
    from eval_harness.measure.judge import Judge


def scores(
    split: Split,
    trunk: Trunk | None,
    items: Sequence[Item],
    recipe: MeasureRecipe,
    journal: Journal | None = None,
    judge: Judge | None = None,
) -> dict[str, Score]:
    """[y, p] by item id, of a canary also its rank. What the journal has of whole groups is taken from it, each other
    group is kept there.
    """
    from eval_harness.measure.harness import log_likelihoods, written

    found: dict[str, Score] = {}
    left: list[Item] = []
    for group in groups(items):
        if journal and all(item.id in journal.known for item in group):
            found |= {item.id: journal.known[item.id] for item in group}
        else:
            left += group
    choosing = [item for item in left if item.reference is None]
    writing = [item for item in left if item.reference is not None]

    def keep(group: Sequence[Item], new: Sequence[Score]) -> None:
        by_id = {item.id: score for item, score in zip(group, new, strict=True)}
        found.update(by_id)
        if journal:
            journal.keep(by_id)

    def chosen(places: Sequence[int], said: Sequence[list[float]]) -> None:
        group = [choosing[place] for place in places]
        keep(group, [_chosen(split.tokenizer, *one, recipe) for one in zip(group, said, strict=True)])

    def told(places: Sequence[int], said: Sequence[str]) -> None:
        group = [writing[place] for place in places]
        keep(group, written_scores(group, said, judge))

    log_likelihoods(split, trunk, choosing, recipe.pack, chosen)
    written(split, writing, recipe.answer_tokens, told)
    return {item.id: found[item.id] for item in items}


def groups(items: Sequence[Item]) -> list[list[Item]]:
    """The items that share packs: those of a leaf and a split, in an order of their own, so that neither what else is
    measured nor the order of a file changes a number."""
    found: dict[tuple[str, str, bool], list[Item]] = {}
    for item in items:
        found.setdefault((item.leaf, item.split, item.reference is None), []).append(item)
    return [sorted(group, key=lambda item: item.id) for group in found.values()]


def spec_hash(recipe: Recipe, items: Sequence[Item], judge: str | None = None) -> str:
    """How something was measured: only scores of one spec may be compared. `judge` is the model that judges."""
    how: list[Any] = [
        msgspec.to_builtins(recipe.measure),
        precision.named(recipe.train.dtype),
        recipe.train.last_layers,
        torch.__version__,
    ]
    if any(item.reference is not None for item in items):
        how.append(recipe.measure.answer_tokens)
    if any(item.needs_judge for item in items):
        from eval_harness.measure.judge import SYSTEM

        how += [judge, SYSTEM]
    packed = sorted([item.leaf, item.split, item.id] for item in items)
    return hashlib.sha256(json.dumps([*how, packed]).encode()).hexdigest()


def judged(likelihoods: Sequence[float], answer: int) -> list[float | None]:
    """[y, p] of one item; of equally likely choices the first one counts as the model's."""
    top = max(likelihoods)
    weights = [math.exp(value - top) for value in likelihoods]
    y = 1.0 if likelihoods.index(top) == answer else 0.0
    return [y, round(weights[answer] / sum(weights), 6)]


def _chosen(tokenizer: Any, item: Item, likelihoods: Sequence[float], recipe: MeasureRecipe) -> Score:
    if recipe.length == "mean":
        sizes = [max(1, len(tokenizer.encode(choice, add_special_tokens=False))) for choice in item.choices]
        likelihoods = [value / size for value, size in zip(likelihoods, sizes, strict=True)]
    found = judged(likelihoods, item.answer)
    if ranked(item):
        found.append(1.0 + sum(value > likelihoods[item.answer] for value in likelihoods))
    return found


def written_scores(items: Sequence[Item], answers: Sequence[str], judge: Judge | None) -> list[Score]:
    """[y, None] of answers in own words; None where a judge was needed and said nothing clear."""
    asked = [
        {"context": item.context, "question": item.question, "reference": item.expected, "answer": answer}
        for item, answer in zip(items, answers, strict=True)
        if item.needs_judge
    ]
    said = iter(judge.right(asked) if judge and asked else [])
    right = [
        next(said) if item.needs_judge else matching.matches(answer, item.expected)
        for item, answer in zip(items, answers, strict=True)
    ]
    return [None if one is None else [float(one), None] for one in right]
