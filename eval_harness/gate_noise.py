"""How much a leaf's score moves when only the training seed changes, from pairs of runs of one recipe.

A leaf that scores .80 in one run and .74 in the next has not got worse: that is noise, and the gate must know
it. Few pairs are at hand: a leaf's own estimate is drawn to the pooled one, and that towards 3 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from eval_harness.gate_clusters import Array, Layout, Mask, spread

PRIOR_VARIANCE = 0.03**2
PRIOR_WEIGHT = 4.0


@dataclass(frozen=True)
class PairSum:
    """Sum of w·r and of w per leaf, over pairs of runs of one recipe; r estimates the variance of one run."""

    total: Array
    weight: Array

    def __add__(self, other: PairSum) -> PairSum:
        return PairSum(self.total + other.total, self.weight + other.weight)


def no_pairs(leaves: int) -> PairSum:
    """Nothing known yet about any of so many leaves."""
    return PairSum(np.zeros(leaves), np.zeros(leaves))


def pairs_within(where: Layout, runs: Array) -> PairSum:
    """r of the k runs (..., k, items) of one recipe: the mean over their k(k − 1)/2 pairs, counted as k − 1.

    r = (D² − s2/C) / 2, run against run: what is left of the change when the items' share is taken out.
    A leaf of one cluster tells nothing about its own items' share, and is not counted.
    """
    k = runs.shape[-2]
    if k < 2:
        return no_pairs(len(where.leaves))
    several = where.clusters >= 2
    total: Array = np.zeros((*runs.shape[:-2], len(where.leaves)))
    couples = list(combinations(range(k), 2))
    for one, other in couples:
        found = spread(where, runs[..., one, :] - runs[..., other, :])
        total = total + np.where(several, (found.mean**2 - found.s2 / where.clusters) / 2, 0.0)
    return PairSum(total / len(couples) * (k - 1), np.where(several, k - 1.0, 0.0))


def moved(pairs: PairSum, source: tuple[str, ...], target: tuple[str, ...]) -> PairSum:
    """The same sums, from the leaves of a partial layout to those of the whole."""
    places = [source.index(leaf) if leaf in source else -1 for leaf in target]
    have = np.array([place >= 0 for place in places])
    index = np.array([max(place, 0) for place in places], dtype=np.intp)
    return PairSum(np.where(have, pairs.total[..., index], 0.0), np.where(have, pairs.weight[index], 0.0))


@dataclass(frozen=True)
class Noise:
    """Variance of one run: pooled (...), per leaf `v` (..., leaves) with its degrees and `pairs`."""

    pooled: Array
    pooled_df: float
    v: Array
    df: Array
    pairs: Array


def noise(pairs: PairSum, pool: Mask) -> Noise:
    """Pool the pairs over the leaves in `pool`, then take the larger of pooled and own variance per leaf."""
    n = float(pairs.weight[pool].sum())
    mean = pairs.total[..., pool].sum(axis=-1) / n if n else np.zeros(pairs.total.shape[:-1])
    pooled = (PRIOR_WEIGHT * PRIOR_VARIANCE + n * np.maximum(0.0, mean)) / (PRIOR_WEIGHT + n)
    return own_noise(pairs, np.asarray(pooled), PRIOR_WEIGHT + n)


def own_noise(pairs: PairSum, pooled: Array, pooled_df: float) -> Noise:
    """Per leaf (or branch), given the pooled variance of one run."""
    m = pairs.weight
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(m > 0, pairs.total / m, 0.0)
    above = pooled[..., None]
    own = (PRIOR_WEIGHT * above + m * np.maximum(0.0, mean)) / (PRIOR_WEIGHT + m)
    larger = own > above
    return Noise(
        pooled, pooled_df, np.where(larger, own, above), np.where(larger, PRIOR_WEIGHT + m, pooled_df), m
    )
