"""What pairs of earlier runs say about the noise of a leaf, in the form in which a later case takes it: `history`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eval_harness.gate_case import Items
from eval_harness.gate_clusters import Array
from eval_harness.gate_noise import pairs_within
from eval_harness.gate_scaling import scaled, temperature

Scored = Mapping[str, Sequence[float | None]]  # item id -> [y, p]


def history_rows(items: Mapping[str, Mapping[str, Any]], runs: Sequence[Scored]) -> list[dict[str, Any]]:
    """Rows `{"leaf", "metric", "r", "pairs"}` from two or more runs of one recipe, on the confirm items of all.

    r is the estimated variance of one run (fractions squared), counted as k − 1 pairs of k runs. A leaf of one
    cluster, which can't tell the seed's share from the items', is left out.
    """
    if len(runs) < 2:
        return []
    used = sorted(
        k for k, about in items.items() if about["split"] == "confirm" and all(run.get(k) for run in runs)
    )
    searched = sorted(k for k, about in items.items() if about["split"] == "search")
    if not used:
        return []
    where = Items(
        [items[k]["leaf"] for k in used], [str(items[k]["cluster"]) for k in used], [None] * len(used)
    ).layout()
    rows = []
    for metric, table in (("y", _values(runs, used, 0)), ("p", _scaled(runs, used, searched))):
        found = pairs_within(where, table)
        for leaf, total, weight in zip(where.leaves, found.total, found.weight, strict=True):
            if weight and math.isfinite(total):
                rows.append(
                    {"leaf": leaf, "metric": metric, "r": float(total / weight), "pairs": int(weight)}
                )
    return rows


def merged(*several: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of many pairs added up by leaf and metric."""
    sums: dict[tuple[str, str], list[float]] = {}
    for row in (row for rows in several for row in rows):
        both = sums.setdefault((row["leaf"], row["metric"]), [0.0, 0.0])
        both[0] += row["r"] * row["pairs"]
        both[1] += row["pairs"]
    return [
        {"leaf": leaf, "metric": metric, "r": total / weight, "pairs": int(weight)}
        for (leaf, metric), (total, weight) in sorted(sums.items())
    ]


def _values(runs: Sequence[Scored], ids: Sequence[str], place: int) -> Array:
    """(runs, items); NaN where a run has none."""
    return np.array([[_one(run.get(k), place) for k in ids] for run in runs], dtype=np.float64)


def _one(score: Sequence[float | None] | None, place: int) -> float:
    value = score[place] if score else None
    return math.nan if value is None else float(value)


def _scaled(runs: Sequence[Scored], used: Sequence[str], searched: Sequence[str]) -> Array:
    """p of the used items at each run's own temperature."""
    heat = temperature(_values(runs, searched, 1)) if searched else np.ones(len(runs))
    return scaled(_values(runs, used, 1), heat)
