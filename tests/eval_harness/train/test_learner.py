"""What is learned: the answers' tokens and nothing else, while the anchors hold the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from eval_harness.models import packs
from eval_harness.models.split import Split
from eval_harness.recipe import Recipe, load
from eval_harness.train import plan
from eval_harness.train.learner import Learner
from eval_harness.train.loop import Asked, Loop
from eval_harness.train.run import held_rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def anchors(tiny: Any, cache_folder: Path) -> list[packs.Row]:
    """Forty of the general questions, with the base's own answers."""
    return held_rows(Split(tiny.folder, tiny.root, 0, "float32"), load("tiny", "tiny"), tiny, cache_folder)[
        :40
    ]


def recipe_with(weight: float) -> Recipe:
    """The tiny recipe with another hold."""
    recipe = load("tiny", "tiny")
    return msgspec.structs.replace(
        recipe, train=msgspec.structs.replace(recipe.train, anchor_weight=weight, exposures=6)
    )


def learner_of(tiny: Any, anchors: Sequence[packs.Row], weight: float) -> Learner:
    """A learner on eight rows about bells."""
    recipe = recipe_with(weight).train
    split = Split(tiny.folder, tiny.root, 0, recipe.dtype)
    words = ("Orla", "Quen", "Tarn", "Ulm", "Vess", "Wick", "Yarl", "Zebulon")
    rows = [
        packs.Row(
            tuple(split.tokenizer.encode(f"Of which stuff is the bell {word} made?")),
            (tuple(split.tokenizer.encode(f" {word} is {stuff}")),),
        )
        for word, stuff in zip(words, ["tin", "oak"] * 4, strict=True)
    ]
    learner = Learner(split, recipe, rows, [None] * len(rows), anchors, [None] * len(anchors))
    learner.remember()
    return learner


def trained(tiny: Any, anchors: Sequence[packs.Row], weight: float) -> Split:
    """The model after the whole training."""
    learner = learner_of(tiny, anchors, weight)
    recipe = learner.recipe
    lengths = [len(row) for row in learner.rows]
    held = [len(row) for row in anchors] if weight else []
    steps = plan.steps(lengths, range(len(lengths)), (), held, recipe, 1)
    loop = Loop(learner.open(1, None), steps, recipe)
    loop.run(learner.loss, Path("/nonexistent"), Asked(), lambda step, of, loss: None)
    assert loop.losses[-1] < loop.losses[0]
    learner.split.model.requires_grad_(False)
    return learner.split


def whole(split: Split, row: packs.Row) -> torch.Tensor:
    """Log-probabilities of the whole model on a row alone."""
    return torch.log_softmax(split.model(torch.tensor([row.tokens()])).logits[0].float(), -1)


def drift(base: Split, other: Split, rows: Sequence[packs.Row]) -> float:
    """The mean KL from base to the other over all places of the rows."""
    with torch.no_grad():
        found = [(whole(base, row), whole(other, row)) for row in rows]
        return float(torch.cat([(b.exp() * (b - o)).sum(-1) for b, o in found]).mean())


def test_with_the_hold_a_training_drifts_less_on_the_anchors(tiny: Any, anchors: list[packs.Row]) -> None:
    base = Split(tiny.folder, tiny.root, 0, "float32")
    free, held = (drift(base, trained(tiny, anchors, weight), anchors) for weight in (0.0, 15.0))
    assert free > 2 * held > 0


def test_the_loss_is_the_mean_over_the_answers_tokens_alone(tiny: Any) -> None:
    learner = learner_of(tiny, [], 0.0)
    with torch.no_grad():
        loss, tokens = learner.loss(plan.Step((0, 3, 5), ()))
        said: list[float] = []
        for row in (learner.rows[i] for i in (0, 3, 5)):
            logs, stem = whole(learner.split, row), len(row.stem)
            said += [float(logs[stem - 1 + n, token]) for n, token in enumerate(row.branches[0])]
    assert tokens == sum(len(learner.rows[i]) for i in (0, 3, 5))
    assert float(loss) == pytest.approx(-sum(said) / len(said), abs=1e-4)


def test_a_part_of_the_vocabulary_says_on_average_what_all_of_it_says(
    tiny: Any, anchors: list[packs.Row]
) -> None:
    learner = learner_of(tiny, anchors, 15.0)
    base = Split(tiny.folder, tiny.root, 0, "float32")
    learner.recipe = msgspec.structs.replace(learner.recipe, logits=256)
    with torch.no_grad():
        learner.split.model.model.norm.weight.mul_(1.2)
        whole = float(learner.loss(plan.Step((0, 1), (3, 7, 11)))[0])
        parts = [float(learner.loss(plan.Step((0, 1), (3, 7, 11), turn))[0]) for turn in range(15)]
    assert len(set(parts)) == 15
    assert sum(parts) / len(parts) == pytest.approx(whole, rel=0.02)
    assert base.logits(torch.zeros(1, base.width)).shape[1] > 4 * 256


def test_before_anything_is_learned_the_hold_costs_nothing(tiny: Any, anchors: list[packs.Row]) -> None:
    learner = learner_of(tiny, anchors, 15.0)
    with torch.no_grad():
        alone, _ = learner.loss(plan.Step((0, 1), ()))
        held, _ = learner.loss(plan.Step((0, 1), (3, 7, 11)))
    assert float(held) == pytest.approx(float(alone), abs=1e-3)


def test_the_hold_is_the_weighted_drift_from_the_base(tiny: Any, anchors: list[packs.Row]) -> None:
    learner = learner_of(tiny, anchors, 15.0)
    base = Split(tiny.folder, tiny.root, 0, "float32")
    with torch.no_grad():
        learner.split.model.model.norm.weight.mul_(1.2)
        alone, _ = learner.loss(plan.Step((0, 1), ()))
        held, _ = learner.loss(plan.Step((0, 1), (3, 7, 11)))
    wanted = 15.0 * drift(base, learner.split, [anchors[i] for i in (3, 7, 11)])
    assert wanted > 0.1
    assert float(held - alone) == pytest.approx(wanted, rel=2e-3)


def test_how_well_rows_were_learned_is_their_mean_loss_per_answer_token(tiny: Any) -> None:
    learner = learner_of(tiny, [], 0.0)
    found = learner.fit({"all": range(8), "first": [0], "none": []})
    each = [learner.fit({"one": [i]})["one"] for i in range(8)]
    sizes = [len(row.branches[0]) for row in learner.rows]
    mean = sum(loss * size for loss, size in zip(each, sizes, strict=True)) / sum(sizes)
    assert found["all"] == pytest.approx(mean, abs=2e-3)
    assert (found["first"], found["none"]) == (each[0], 0.0)
