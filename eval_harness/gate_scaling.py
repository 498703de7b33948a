"""One temperature a run, from search items, so that no model is punished for being less sure of itself.

A candidate that answers as well but with softer probabilities would lose on p(right choice) everywhere; after
scaling, p says again how clearly the right choice stands out.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from eval_harness.gate_clusters import Array

COLDEST, HOTTEST = 0.25, 4.0
EDGE = 1e-6


def margins(p: Array) -> Array:
    """Logit of p, clipped away from 0 and 1."""
    return np.asarray(logit(np.clip(p, EDGE, 1 - EDGE)))


def temperature(p_search: Array) -> Array:
    """T in [.25, 4] that minimises the mean of log(1 + exp(−z/T)) over the last axis, without NaN entries.

    In β = 1/T the loss is convex, so its slope is bracketed and Newton's steps are kept within the bracket.
    """
    known = ~np.isnan(p_search)
    z = np.where(known, margins(np.where(known, p_search, 0.5)), 0.0)
    low = np.full(z.shape[:-1], 1 / HOTTEST)
    high = np.full(z.shape[:-1], 1 / COLDEST)
    beta = np.ones_like(low)
    for _ in range(60):
        wrong = expit(-beta[..., None] * z)
        slope = -(z * wrong).sum(axis=-1)
        bend = (z * z * wrong * (1 - wrong)).sum(axis=-1)
        high = np.where(slope > 0, beta, high)
        low = np.where(slope > 0, low, beta)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = beta - slope / bend
        inside = (step > low) & (step < high)
        following = np.where(inside, step, (low + high) / 2)
        if np.all(np.abs(following - beta) < 1e-12):
            break
        beta = following
    return np.where(known.any(axis=-1), _at_the_edge(z, beta), 1.0)


def _at_the_edge(z: Array, beta: Array) -> Array:
    """The minimum lies on the border when the slope does not change sign inside."""
    for edge, sign in ((1 / HOTTEST, 1.0), (1 / COLDEST, -1.0)):
        slope = -(z * expit(-edge * z)).sum(axis=-1)
        beta = np.where(sign * slope >= 0, edge, beta)
    return np.asarray(1 / beta)


def scaled(p: Array, t: Array) -> Array:
    """p of each run (..., runs, items) as sigmoid(z / T), T one a run (..., runs)."""
    return np.asarray(expit(margins(p) / t[..., None]))
