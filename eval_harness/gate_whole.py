"""The tests of the batch as a whole: is the model no worse, did the batch gain, did a repair hold?

One leaf that falls is the veto's matter; here the question is the mean over leaves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from eval_harness.gate_clusters import Array, Layout, Mask
from eval_harness.gate_leaves import SLACK, LeafTest, p_under, satterthwaite
from eval_harness.gate_noise import Noise

PASSED, INCONCLUSIVE, FAILED = 0, 1, 2
Codes: TypeAlias = NDArray[np.int_]
TRAINING_MARGIN = 1.3
FEWEST_LEAVES = 4
COARSE_UNDER = 12  # leaves; with fewer their mean is too noisy for a margin of 5 points
GAIN = 0.05
REPAIR = -0.10


@dataclass(frozen=True)
class MeanTest:
    """A mean over leaves (...): change, 90 % interval, one-sided p that it rose, and what follows."""

    change: Array
    low: Array
    high: Array
    p: Array
    se: Array
    outcome: Codes


def _codes(passed: Mask, failed: Mask) -> Codes:
    return np.where(failed, FAILED, np.where(passed, PASSED, INCONCLUSIVE))


def _mean(found: LeafTest, where: Layout, leaves: Mask) -> tuple[Array, Array, float]:
    """Mean change over the leaves, the items' variance of that mean, and its degrees Σ(C − 1)."""
    clusters = where.clusters[leaves]
    s2 = np.where(clusters > 1, found.s2[..., leaves], found.s0[..., None])
    variance = (s2 / clusters).mean(axis=-1) / leaves.sum()
    return found.change[..., leaves].mean(axis=-1), variance, max(1.0, float((clusters - 1).sum()))


def non_inferior(
    found: LeafTest,
    where: Layout,
    protected: Mask,
    noise: Noise,
    per_run: float,
    epsilon: float,
    level: float,
) -> MeanTest:
    """Is the mean change over protected leaves above −ε? Fails only under −ε and surely under 0."""
    change, a, a_df = _mean(found, where, protected)
    b = TRAINING_MARGIN * noise.pooled * per_run / protected.sum()
    df, se = satterthwaite(a, a_df, b, noise.pooled_df), np.sqrt(a + b)
    reach = stdtrit(df, 1 - level) * se
    enough = bool(protected.sum() >= FEWEST_LEAVES)
    passed = (change - reach > -epsilon + SLACK) & enough
    failed = (change <= -epsilon + SLACK) & (change + reach < 0) & enough
    wide = stdtrit(df, 0.95) * se
    return MeanTest(
        change, change - wide, change + wide, p_under(df, -change, se), se, _codes(passed, failed)
    )


def _touched(
    found: LeafTest, where: Layout, touched: Mask, noise: Noise, per_run: float
) -> tuple[Array, Array, Array]:
    """Change, standard error and degrees of the mean over the touched leaves."""
    change, a, a_df = _mean(found, where, touched)
    b = noise.v[..., touched].mean(axis=-1) * per_run / touched.sum()
    return change, np.sqrt(a + b), satterthwaite(a, a_df, b, noise.pooled_df)


def gained(
    found: LeafTest, where: Layout, touched: Mask, noise: Noise, per_run: float, level: float
) -> MeanTest:
    """Did the touched leaves rise by 5 points, surely by more than nothing? Fails when 5 are ruled out."""
    change, se, df = _touched(found, where, touched, noise, per_run)
    p = p_under(df, -change, se)
    failed = change + stdtrit(df, 1 - level) * se < GAIN - SLACK
    wide = stdtrit(df, 0.95) * se
    return MeanTest(
        change, change - wide, change + wide, p, se, _codes((p <= level) & (change >= GAIN - SLACK), failed)
    )


def repaired(
    found: LeafTest, where: Layout, touched: Mask, noise: Noise, per_run: float, level: float
) -> MeanTest:
    """Did corrected leaves keep within 10 points, by the corrected key?"""
    change, se, df = _touched(found, where, touched, noise, per_run)
    reach = stdtrit(df, 1 - level) * se
    failed = (change <= REPAIR + SLACK) & (change + reach < 0)
    wide = stdtrit(df, 0.95) * se
    p = p_under(df, -change, se)
    passed = change - reach > REPAIR + SLACK
    return MeanTest(change, change - wide, change + wide, p, se, _codes(passed, failed))


def planned_epsilon(
    s2: Array, clusters: Array, run_variance: float, k: int, k_release: int | None
) -> tuple[float, bool]:
    """ε for the next comparisons: 3.5·√Vg, up to whole points, within 2 and 5 (8 with fewer than 12 leaves).

    `s2` (leaves,) is the mean over pairs of single runs; it shrinks with the planned runs. `k_release` None:
    a base model without a training seed. The second value says "coarse": ε is above 5 points.
    """
    leaves = len(clusters)
    per_run = 1 / k + (1 / k_release if k_release else 0.0)
    items = float(np.mean(s2 / clusters)) / leaves * (1 / k + 1 / (k_release or 1)) / 2
    root = math.sqrt(items + TRAINING_MARGIN * run_variance * per_run / leaves)
    points = math.ceil(round(3.5 * root * 100, 9))
    points = min(max(points, 2), 5 if leaves >= COARSE_UNDER else 8)
    return points / 100, points > 5
