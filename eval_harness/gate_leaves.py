"""Did this leaf fall? One test per leaf, and the corrections for looking at many leaves at once.

The spread over seeds (clusters) and the noise of training are added; each brings its own degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from eval_harness.gate_clusters import Array, Layout, Mask, Spread
from eval_harness.gate_noise import Noise

FLOOR = 0.02**2
POOL_DF = 12.0
SLACK = 1e-9


@dataclass(frozen=True)
class LeafTest:
    """Per leaf: change, its standard error and degrees, and p of "it did not fall" (small means it fell)."""

    change: Array
    se: Array
    df: Array
    p: Array
    s2: Array
    s0: Array
    share: Array

    @property
    def low(self) -> Array:
        """Lower end of the two-sided 90 % interval."""
        return np.asarray(self.change - stdtrit(self.df, 0.95) * self.se)

    @property
    def high(self) -> Array:
        """Upper end of the two-sided 90 % interval."""
        return np.asarray(self.change + stdtrit(self.df, 0.95) * self.se)


def pooled_spread(found: Spread, pool: Mask) -> Array:
    """s0: the mean of s2 over the protected leaves that have one, never under (2 points)²."""
    known = pool & ~np.isnan(found.s2).any(axis=tuple(range(found.s2.ndim - 1)))
    if not known.any():
        return np.full(found.s2.shape[:-1], FLOOR)
    return np.asarray(np.maximum(found.s2[..., known].mean(axis=-1), FLOOR))


def satterthwaite(a: Array, a_df: Array | float, b: Array, b_df: Array | float) -> Array:
    """Degrees of freedom of the sum of two independent variance estimates; those of `a` where both are nothing."""
    weight = a**2 / a_df + b**2 / b_df
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weight > 0, (a + b) ** 2 / weight, a_df))


def p_under(df: Array, change: Array, se: Array) -> Array:
    """One-sided p of a change as small as this; where nothing varies, what is not nothing is sure."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(se > 0, change / se, np.where(np.abs(change) > SLACK, np.sign(change) * np.inf, 0.0))
    return np.asarray(stdtr(df, ratio))


def leaf_test(found: Spread, clusters: Array, s0: Array, noise: Noise | None, per_run: float) -> LeafTest:
    """Test every leaf of `found`; `per_run` is 1/k + 1/k_N; without noise only the items' variance counts."""
    own = np.where(clusters > 1, found.s2, 0.0)
    st = (POOL_DF * s0[..., None] + (clusters - 1) * own) / (clusters + POOL_DF - 1)
    a = st / clusters
    b = noise.v * per_run if noise else np.zeros_like(a)
    df = satterthwaite(a, clusters + POOL_DF - 1, b, noise.df if noise else 1.0)
    se = np.sqrt(a + b)
    return LeafTest(found.mean, se, df, p_under(df, found.mean, se), found.s2, s0, b)


def holm(p: Array, family: Mask) -> Array:
    """Holm's adjusted p along the last axis, within the family; NaN outside it."""
    adjusted = np.full(p.shape, np.nan)
    inside = p[..., family]
    size = inside.shape[-1]
    if size:
        order = np.argsort(inside, axis=-1, kind="stable")
        steps = np.take_along_axis(inside, order, axis=-1) * np.arange(size, 0, -1)
        steps = np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0)
        back = np.empty_like(steps)
        np.put_along_axis(back, order, steps, axis=-1)
        adjusted[..., family] = back
    return adjusted


def benjamini_hochberg(p: Array, family: Mask, q: float) -> Mask:
    """Which of the family are found at false discovery rate q, along the last axis."""
    found = np.zeros(p.shape, dtype=bool)
    inside = p[..., family]
    size = inside.shape[-1]
    if size:
        ordered = np.sort(inside, axis=-1)
        under = ordered <= q * np.arange(1, size + 1) / size
        bound = np.where(under, ordered, -1.0).max(axis=-1)
        found[..., family] = inside <= bound[..., None]
    return found


def detectable_even(test: LeafTest, alpha: float) -> Array:
    """The drop of a whole leaf that is seen with 80 % power at this α (already divided by the family)."""
    return np.asarray((stdtrit(test.df, 1 - alpha) + stdtrit(test.df, 0.8)) * test.se)


def detectable_patchy(test: LeafTest, where: Layout, noise: Noise, alpha: float) -> Array:
    """The smallest drop that would be seen with 80 % power when whole clusters break: s2 grows by d(1 − d).

    A value over 1 says that not even a collapse of the whole leaf could be seen.
    """
    clusters = where.clusters
    s0 = test.s0[..., None]

    def wanted(d: Array) -> Array:
        s2 = s0 + np.maximum(0.0, d * (1 - d))
        a = (POOL_DF * s0 + (clusters - 1) * s2) / (clusters + POOL_DF - 1) / clusters
        df = satterthwaite(a, clusters + POOL_DF - 1, test.share, noise.df)
        return np.asarray((stdtrit(df, 1 - alpha) + stdtrit(df, 0.8)) * np.sqrt(a + test.share))

    low, high = np.zeros_like(test.se), np.ones_like(test.se)
    for _ in range(24):
        middle = (low + high) / 2
        short = wanted(middle) > middle
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    at_one = wanted(np.ones_like(low))
    return np.where(at_one > 1, at_one, high)
