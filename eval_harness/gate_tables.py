"""The scores of a case as arrays: one run a table, the columns that all runs share, pairs and history beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eval_harness.gate_case import Items, Pair, Scores
from eval_harness.gate_clusters import Array, Mask
from eval_harness.gate_noise import PairSum, no_pairs
from eval_harness.gate_scaling import scaled, temperature

MOST_DROPPED = 0.02
MOST_PAIRS = 1e6


class CaseError(ValueError):
    """The comparison can't be made; its text is a sentence, `dropped` counts the unpaired items."""

    def __init__(self, sentence: str, dropped: int = 0) -> None:
        super().__init__(sentence)
        self.dropped = dropped


Table = tuple[Array, Array]


def table_of(
    entry: Mapping[str, Any], items: Mapping[str, Any], used: Sequence[str], searched: Sequence[str]
) -> tuple[Table, Table]:
    """One run's y and p on the used and on the search items (NaN where it has none), every value checked."""
    scores = entry["items"]
    if not scores.keys() <= items.keys():
        item = min(scores.keys() - items.keys())
        raise CaseError(f"A run of the {entry['role']} scored the item {item}, whose leaf is unknown.")
    for item, one in scores.items():
        if one is not None:
            _check_score(entry["role"], item, one)
    tables = []
    for ids in (used, searched):
        values = [scores.get(item) or (math.nan, math.nan) for item in ids]
        y = np.array([math.nan if one[0] is None else one[0] for one in values], dtype=np.float64)
        p = np.array([math.nan if one[1] is None else one[1] for one in values], dtype=np.float64)
        tables.append((y, p))
    return tables[0], tables[1]


def _check_score(role: str, item: str, one: Sequence[Any]) -> None:
    y, p = one
    if y != 0 and y != 1:
        raise CaseError(f"The {role} has y = {y} on the item {item}; it must be 0 or 1.")
    if p is not None and not 0 <= p <= 1:
        raise CaseError(f"The {role} has p = {p} on the item {item}; it must lie within 0 and 1.")


def paired(tables: Sequence[Table], size: int) -> tuple[list[int], int]:
    """Columns that every run of every model has, in y and, where any has one, in p; and how many are not."""
    if not size:
        raise CaseError("There are no confirm items.")
    y = np.stack([table[0] for table in tables])
    p = np.isnan(np.stack([table[1] for table in tables]))
    whole = ~np.isnan(y).any(axis=0) & (p.all(axis=0) | ~p.any(axis=0))
    dropped = int(size - whole.sum())
    if dropped > MOST_DROPPED * size + 1e-9:
        raise CaseError(f"{dropped} of {size} items are unpaired or unanswered: more than 2 %.", dropped)
    return np.flatnonzero(whole).tolist(), dropped


def _scaled(table: tuple[Table, Table]) -> Array:
    used, searched = table[0][1], table[1][1]
    return scaled(used, temperature(searched) if len(searched) else np.float64(1.0) * np.ones(()))


def scores_of(
    tables: Sequence[tuple[Table, Table]], entries: Sequence[Mapping[str, Any]], kept: Sequence[int]
) -> Scores | None:
    """The runs of one model on the kept items; a single run without a seed is a base model."""
    if not tables:
        return None
    y = np.stack([table[0][0][kept] for table in tables])
    p = np.stack([_scaled(table)[kept] for table in tables])
    return Scores(y, p, not (len(entries) == 1 and entries[0].get("seed") is None))


def with_p(columns: Items, names: Sequence[str], models: Sequence[Scores]) -> Mask:
    """By leaf: whether every run of every model has probabilities there."""
    without = np.isnan(np.concatenate([model.p for model in models])).any(axis=0)
    lacking = {leaf for leaf, none in zip(columns.leaf, without, strict=True) if none}
    return np.array([leaf not in lacking for leaf in names])


def pairs_of(
    placebos: Sequence[Mapping[str, Any]],
    tables: Mapping[int, tuple[Table, Table]],
    kept: Sequence[int],
    known: Mask,
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Placebo pairs, on the items that both of a pair have."""
    joined: dict[str | None, list[Mapping[str, Any]]] = {}
    for entry in placebos:
        joined.setdefault(entry.get("pair"), []).append(entry)
    pairs_y, pairs_p = [], []
    for name, both in sorted(joined.items(), key=lambda one: str(one[0])):
        if len(both) != 2:
            raise CaseError(f"The placebo pair {name} has {len(both)} runs; it must have two.")
        y = np.stack([tables[id(entry)][0][0][kept] for entry in both])
        p = np.stack([_scaled(tables[id(entry)])[kept] for entry in both])
        in_y = np.flatnonzero(~np.isnan(y).any(axis=0))
        in_p = np.flatnonzero(~np.isnan(p).any(axis=0) & known)
        if len(in_y):
            pairs_y.append(Pair(in_y.tolist(), y[:, in_y]))
        if len(in_p):
            pairs_p.append(Pair(in_p.tolist(), p[:, in_p]))
    return tuple(pairs_y), tuple(pairs_p)


def history_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str], metric: str) -> PairSum:
    """Pairs of earlier batches, already as r and their number; leaves that are gone are passed over."""
    sums = no_pairs(len(names))
    for row in rows:
        if row["metric"] not in ("y", "p"):
            raise CaseError(f"The history of {row['leaf']} is of the unknown metric {row['metric']!r}.")
        if not (abs(row["r"]) <= 1 and 0 < row["pairs"] <= MOST_PAIRS):
            raise CaseError(
                f"The history of {row['leaf']} says r = {row['r']} of {row['pairs']} pairs: r is a variance of "
                "fractions, and of one pair at least."
            )
        if row["metric"] == metric and row["leaf"] in names:
            place = names.index(row["leaf"])
            sums.total[place] += row["r"] * row["pairs"]
            sums.weight[place] += row["pairs"]
    return sums
