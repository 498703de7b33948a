"""The gate: may this candidate replace the current model? Passed, failed or inconclusive, and why.

A bare comparison of two means ships luck and blames it by turns. Here items are paired and counted by
cluster, and the noise of training is measured from runs that differ in their seed alone; one fallen leaf is a
veto, many small losses are the mean's matter, and what can't be told is *inconclusive*, which never releases
by itself.

Pure, on arrays (..., runs, items): leading axes are free. `compare.py` is the JSON edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np

from eval_harness.gate_case import Case, Items, Pair, Scores, Spec
from eval_harness.gate_clusters import Array, Layout, Mask, spread
from eval_harness.gate_leaves import SLACK, LeafTest, benjamini_hochberg, holm, leaf_test, pooled_spread
from eval_harness.gate_noise import Noise, PairSum, moved, no_pairs, noise, own_noise, pairs_within
from eval_harness.gate_whole import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Codes,
    MeanTest,
    gained,
    non_inferior,
    planned_epsilon,
    repaired,
)
from eval_harness.gate_words import sentence

__all__ = ["FAILED", "INCONCLUSIVE", "PASSED", "Case", "Items", "Pair", "Scores", "Spec", "Verdict", "judge"]
__all__ += ["planned_epsilon", "sentence"]

DROP = 0.10
RAW_Y = 0.01
SOFT_Q = 0.10
SHIPPED_ALPHA = 0.05
SHIPPED_DROP = 0.25
FEWEST_CLUSTERS = 3
ENOUGH_CLUSTERS = 8


@dataclass(frozen=True)
class Branches:
    """Parent branches, each tested as one leaf: used where a protected leaf has few clusters."""

    names: tuple[str, ...]
    test: LeafTest
    vetoed: Mask


@dataclass(frozen=True)
class Comparison:
    """The candidate against one other model, by leaf (..., leaves) and as a whole."""

    y: LeafTest
    p: LeafTest
    noise: Noise
    holm_y: Array
    holm_p: Array
    vetoed: Mask
    flagged: Mask
    family: Mask
    tested: int
    alpha: float
    branches: Branches | None
    whole: MeanTest | None
    epsilon: float
    outcome: Codes
    landed: Mask
    fell: Mask


@dataclass(frozen=True)
class Shipped:
    """The shipped seed alone against the shipped run of the release: was it an unlucky one?"""

    change: Array
    holm: Array
    flagged: Mask


@dataclass(frozen=True)
class Verdict:
    """Everything that was computed; `decision` (...) is PASSED, INCONCLUSIVE or FAILED."""

    decision: Codes
    where: Layout
    against_release: Comparison
    against_anchor: Comparison | None
    batch: MeanTest | None
    shipped: Shipped | None
    identical: Mask


@dataclass(frozen=True)
class _Ground:
    """What both comparisons share: layouts, masks and the pairs of runs at hand, for y and for p."""

    case: Case
    where: Layout
    branch_where: Layout | None
    tested: Mask
    may_veto: Mask
    big: Mask
    pairs: dict[str, PairSum]
    branch_pairs: dict[str, PairSum] = field(default_factory=dict)


def _has(where: Layout, leaves: frozenset[str]) -> Mask:
    return np.array([leaf in leaves for leaf in where.leaves])


def sum_pairs(case: Case, metric: str, where: Layout, branch_leaves: frozenset[str] | None) -> PairSum:
    """Add up all pairs of same-recipe runs at hand, by leaf, or by branch of the given leaves."""
    models = [case.candidate, case.release] + ([case.anchor] if case.anchor else [])
    sums = [pairs_within(where, model.y if metric == "y" else model.p) for model in models if model.trained]
    for pair in case.pairs_y if metric == "y" else case.pairs_p:
        if branch_leaves is None:
            part: Layout | None = case.items.layout(pair.columns)
        else:
            part = case.items.branches(branch_leaves, pair.columns)
        if part and len(part.leaves):
            sums.append(moved(pairs_within(part, pair.runs), part.leaves, where.leaves))
    past = case.history_y if metric == "y" else case.history_p
    if past and branch_leaves is None:
        sums.append(past)
    return reduce(add, sums, no_pairs(len(where.leaves)))


def _ground(case: Case) -> _Ground:
    spec = case.spec
    where = case.items.layout()
    tested = _has(where, spec.tested)
    few = bool((where.clusters[tested] < ENOUGH_CLUSTERS).any())
    branch_where = case.items.branches(spec.may_veto) if few else None
    ground = _Ground(
        case,
        where,
        branch_where,
        tested,
        _has(where, spec.may_veto),
        where.clusters >= FEWEST_CLUSTERS,
        {metric: sum_pairs(case, metric, where, None) for metric in "yp"},
    )
    if branch_where:
        for metric in "yp":
            ground.branch_pairs[metric] = sum_pairs(case, metric, branch_where, spec.may_veto)
    return ground


def _veto(y: LeafTest, p: LeafTest, has_p: Mask, family: Mask, alpha: float) -> tuple[Array, Array, Mask]:
    """Holm on p (on y where a leaf has no p), with a raw p on y of .01 and a drop of 10 points beside it."""
    holm_y, holm_first = holm(y.p, family), holm(np.where(has_p, p.p, y.p), family)
    sure = np.nan_to_num(holm_first, nan=2.0) <= alpha
    vetoed = sure & ((y.p <= RAW_Y) | ~has_p) & (y.change <= -DROP + SLACK)
    return holm_y, np.where(has_p & family, holm_first, np.nan), vetoed


def _branches(
    ground: _Ground, other: Scores, y: tuple[LeafTest, Noise], p: tuple[LeafTest, Noise], alpha: float
) -> Branches | None:
    where = ground.branch_where
    if where is None:
        return None
    case, tests = ground.case, []
    for metric, ours, theirs, (leaf, leaf_noise) in (
        ("y", case.candidate.y, other.y, y),
        ("p", case.candidate.p, other.p, p),
    ):
        found = spread(where, ours.mean(axis=-2) - theirs.mean(axis=-2))
        own = own_noise(ground.branch_pairs[metric], leaf_noise.pooled, leaf_noise.pooled_df)
        tests.append(leaf_test(found, where.clusters, leaf.s0, own, case.candidate.per_run + other.per_run))
    have = dict(zip(ground.where.leaves, case.has_p.tolist(), strict=True))
    members: dict[str, bool] = {}
    for leaf_name, parent in zip(case.items.leaf, case.items.parent, strict=True):
        if leaf_name in case.spec.may_veto and parent is not None:
            members[parent] = members.get(parent, True) and have[leaf_name]
    has_p = np.array([members[name] for name in where.leaves])
    _, _, vetoed = _veto(tests[0], tests[1], has_p, where.clusters >= FEWEST_CLUSTERS, alpha)
    return Branches(where.leaves, tests[0], vetoed)


def _against(ground: _Ground, other: Scores, alpha: float, epsilon: float) -> Comparison:
    """All tests that are made against the release and against the anchor alike."""
    case, where, spec = ground.case, ground.where, ground.case.spec
    per_run = case.candidate.per_run + other.per_run
    few = bool((where.clusters[ground.tested] < ENOUGH_CLUSTERS).any())
    alpha = alpha * spec.share / (2 if few else 1)
    tests: list[tuple[LeafTest, Noise]] = []
    for metric, ours, theirs in (("y", case.candidate.y, other.y), ("p", case.candidate.p, other.p)):
        found = spread(where, ours.mean(axis=-2) - theirs.mean(axis=-2))
        pool = ground.tested if metric == "y" else ground.tested & case.has_p
        heard = noise(ground.pairs[metric], pool)
        tests.append((leaf_test(found, where.clusters, pooled_spread(found, pool), heard, per_run), heard))
    (y, y_noise), (p, _) = tests
    family = ground.may_veto & ground.big
    holm_y, holm_p, vetoed = _veto(y, p, case.has_p, family, alpha)
    flagged = benjamini_hochberg(y.p, ground.tested & ground.big, SOFT_Q) & (y.change <= -DROP + SLACK)
    branches = _branches(ground, other, tests[0], tests[1], alpha)
    whole = None
    if ground.tested.any():
        whole = non_inferior(y, where, ground.tested, y_noise, per_run, epsilon, spec.level)
    outcome = np.where(vetoed.any(axis=-1), FAILED, np.where(flagged.any(axis=-1), INCONCLUSIVE, PASSED))
    outcome = np.maximum(outcome, whole.outcome if whole else INCONCLUSIVE)
    if branches:
        outcome = np.maximum(outcome, np.where(branches.vetoed.any(axis=-1), FAILED, PASSED))
    many = int(ground.tested.sum())
    told = _has(where, spec.touched) & ground.big
    landed, fell = (benjamini_hochberg(one, told, SOFT_Q) for one in (1 - y.p, y.p))
    return Comparison(
        y, p, y_noise, holm_y, holm_p, vetoed, flagged, family, many, alpha, branches, whole, epsilon, outcome,
        landed, fell,
    )  # fmt: skip


def _as_shipped(ground: _Ground) -> Shipped | None:
    case, where = ground.case, ground.where
    family = ground.tested & ground.big
    if case.shipped is None or not family.any():
        return None
    ours, theirs = case.shipped
    found = spread(where, case.candidate.y[..., ours, :] - case.release.y[..., theirs, :])
    test = leaf_test(found, where.clusters, pooled_spread(found, ground.tested), None, 0.0)
    adjusted = holm(test.p, family)
    sure = np.nan_to_num(adjusted, nan=2.0) <= SHIPPED_ALPHA
    return Shipped(test.change, adjusted, sure & (test.change <= -SHIPPED_DROP + SLACK))


def _batch(ground: _Ground, to_release: Comparison, identical: Mask) -> MeanTest | None:
    """The profile's own test of the touched leaves: gain or repair; a withdrawal has none."""
    spec, touched = ground.case.spec, _has(ground.where, ground.case.spec.touched)
    if spec.profile == "remove" or not touched.any():
        return None
    per_run = ground.case.candidate.per_run + ground.case.release.per_run
    test = gained if spec.profile == "gain" else repaired
    found = test(to_release.y, ground.where, touched, to_release.noise, per_run, spec.level)
    outcome = np.where(identical & (found.outcome == FAILED), INCONCLUSIVE, found.outcome)
    return MeanTest(found.change, found.low, found.high, found.p, found.se, outcome)


def judge(case: Case) -> Verdict:
    """Make every test of the case; any failed is failed, else any inconclusive is inconclusive, else passed.

    A candidate each of whose runs answers as a run of the release does is no failed training but most likely a copy:
    whatever a test says of it, it is inconclusive at worst.
    """
    ground, spec = _ground(case), case.spec
    to_release = _against(ground, case.release, spec.alpha[0], spec.epsilon[0])
    to_anchor = _against(ground, case.anchor, spec.alpha[1], spec.epsilon[1]) if case.anchor else None
    identical = _copied(case.candidate, case.release)
    batch, shipped = _batch(ground, to_release, identical), _as_shipped(ground)
    decision = to_release.outcome
    for outcome in (to_anchor.outcome if to_anchor else None, batch.outcome if batch else None):
        decision = decision if outcome is None else np.maximum(decision, outcome)
    if shipped:
        decision = np.maximum(decision, np.where(shipped.flagged.any(axis=-1), INCONCLUSIVE, PASSED))
    decision = np.where(identical, np.minimum(decision, INCONCLUSIVE), decision)
    return Verdict(decision, ground.where, to_release, to_anchor, batch, shipped, identical)


def _copied(candidate: Scores, release: Scores) -> Mask:
    """Whether every run of the candidate (..., k, items) has the very scores of some run of the release."""
    apart = [
        np.abs(ours[..., :, None, :] - theirs[..., None, :, :]).max(axis=-1)
        for ours, theirs in ((candidate.y, release.y), (candidate.p, release.p))
    ]
    return np.asarray((np.maximum(*apart).min(axis=-1) < SLACK).all(axis=-1))
