"""The plan of a training: which rows each step sees. A function of rows, recipe and seed alone.

Exposures per row are fixed, not the number of steps: leaving a leaf out makes the training shorter and gives
nobody else more.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval_harness.models import packs
from eval_harness.recipe import TrainRecipe


@dataclass(frozen=True)
class Step:
    """Indices of the rows that are learned, and of the anchor rows that hold, in one step."""

    rows: tuple[int, ...]
    anchors: tuple[int, ...]
    turn: int | None = None  # which part of the vocabulary it looks at; none: all of it


def replayed(rows: Sequence[dict[str, Any]], share: float) -> list[int]:
    """Indices of the old rows that are replayed: of every seed the same share, chosen by hash."""
    groups: dict[tuple[str, int], list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault((row["leaf"], row["seed_index"]), []).append(index)
    kept: list[int] = []
    for members in groups.values():
        members.sort(key=lambda i: hashlib.sha256(f"replay {rows[i]['id']}".encode()).digest())
        kept += members[: max(1, round(share * len(members)))]
    return sorted(kept)


def steps(
    lengths: Sequence[int],
    new: Sequence[int],
    old: Sequence[int],
    anchors: Sequence[int],
    recipe: TrainRecipe,
    seed: int,
) -> list[Step]:
    """Every step of a training; `lengths` and `anchors` are token counts of rows and of anchor rows."""
    learned: list[tuple[int, ...]] = []
    for epoch in range(max(recipe.exposures, recipe.replay_exposures)):
        rows = [*(new if epoch < recipe.exposures else ()), *(old if epoch < recipe.replay_exposures else ())]
        random.Random(f"rows {seed} {epoch}").shuffle(rows)
        fitted = packs.next_fit([lengths[row] for row in rows], recipe.pack)
        learned += [tuple(rows[i] for i in pack) for pack in fitted]
    held = _anchors(anchors, len(learned), recipe.anchor_tokens, seed)
    return [Step(rows, anchor, turn) for turn, (rows, anchor) in enumerate(zip(learned, held, strict=True))]


def _anchors(lengths: Sequence[int], count: int, tokens: int, seed: int) -> list[tuple[int, ...]]:
    """For each step its anchor rows: `tokens` a step on average, going round the list in shuffled order. Short
    steps are held every other time, so that holding costs less than learning."""
    found: list[tuple[int, ...]] = []
    waiting: list[int] = []
    turn, owed = 0, 0
    for _ in range(count):
        step: list[int] = []
        owed += tokens
        while lengths and owed > 0:
            if not waiting:
                waiting = list(range(len(lengths)))
                random.Random(f"anchors {seed} {turn}").shuffle(waiting)
                turn += 1
            step.append(waiting.pop())
            owed -= lengths[step[-1]]
        found.append(tuple(step))
    return found
