"""ε for the comparisons to come, planned once from what the runs of a new anchor show of their noise.

A margin that is chosen after the scores are seen says nothing; so it is planned when the anchor is frozen, and stays
as long as the anchor does.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from eval_harness.gate import Verdict, sum_pairs
from eval_harness.gate_case import Case
from eval_harness.gate_clusters import Array, Layout, spread
from eval_harness.gate_leaves import FLOOR
from eval_harness.gate_noise import noise
from eval_harness.gate_whole import planned_epsilon


def planned(case: Case, verdict: Verdict) -> tuple[float, bool]:
    """ε, and whether it is coarse, should this candidate become the anchor: later ones have as many runs as it.

    All its leaves will be protected then, those that it brought among them. Two seeds of one recipe agree on more
    answers than two releases do, so the spread over clusters is the larger of the pairs' and of the protected leaves'
    in the comparison that was just made; a leaf that was not protected yet is taken for a middling one.
    """
    where, k = verdict.where, case.candidate.y.shape[-2]
    heard = noise(sum_pairs(case, "y", where, None), np.ones(len(where.leaves), dtype=bool))
    old = np.array([leaf in case.spec.tested for leaf in where.leaves])
    seen = np.where(old, verdict.against_release.y.s2, np.nan)
    s2 = np.maximum(_known(_pairs_spread(where, case)), k * _known(seen))  # the plan divides a pair's s2 by k
    return planned_epsilon(s2, where.clusters, float(heard.pooled), k, k)


def _pairs_spread(where: Layout, case: Case) -> Array:
    """s2 by leaf of one run of the candidate against another; NaN where there is but one."""
    runs = case.candidate.y
    couples = [runs[..., a, :] - runs[..., b, :] for a, b in combinations(range(runs.shape[-2]), 2)]
    if not couples:
        return np.full(len(where.leaves), np.nan)
    return np.asarray(np.mean([spread(where, couple).s2 for couple in couples], axis=0))


def _known(s2: Array) -> Array:
    """The mean of the others for a leaf that has no s2 of its own."""
    known = ~np.isnan(s2)
    return np.where(known, s2, s2[known].mean() if known.any() else FLOOR)
