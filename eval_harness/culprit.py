"""From what is known so far to the next subset to train, or to stop: which contribution did the harm.

Bayes over few hypotheses: nobody, one, two that each suffice, a pair that hurts only together; a harmful mix
lowers the fallen leaf's score by an unknown drop, on an unknown offset that all runs share. Pure; what it finds on
planted truths is in `benchmarks/culprit_simulation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PRIORS = {"none": 0.25, "one": 0.60, "two": 0.12, "both": 0.03}
DROPS = np.array([0.15, 0.25, 0.40, 0.60])
CAUTION, FLOOR = 1.4, 0.07  # the noise that is assumed: understating it blames innocents
DOUBT = np.array([1 / CAUTION, 1.0])  # unless the runs themselves agree better with the placebos
SURE, CLEAR = 0.95, 0.05
MORE = 5  # extra runs beyond ceil(log2 n)
WORD = 19.0  # what a person's word does to the odds
WIDER = (
    0.8  # the choice of a subset gives rare hypotheses more room than belief does: as if prior to this power
)
AT_MOST = 16
NEVER = 1e-9  # the share of a suspect of weight 0


@dataclass(frozen=True)
class Step:
    """What to train next (up to two subsets), and what is believed so far."""

    next: tuple[tuple[str, ...], ...]
    posterior: dict[str, float]
    none: float
    verdict: str  # blame, none, unresolved, go on
    blamed: tuple[str, ...]
    extra: int


@dataclass(frozen=True)
class _World:
    """Hypotheses as rows: who is in each (H, n), whether both are needed (H,), and log prior (H,)."""

    who: NDArray[np.bool_]
    both: NDArray[np.bool_]
    prior: Array

    def harmed(self, mixes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether a mix (S, n) is harmful under each hypothesis: (H, S)."""
        inside = self.who.astype(int) @ mixes.astype(int).T
        size = self.who.sum(axis=1)[:, None]
        hurt: NDArray[np.bool_] = np.where(self.both[:, None], (inside == size) & (size > 0), inside > 0)
        return hurt


def step_of(case: Mapping[str, Any]) -> Step:
    """One step of a search; `case` is a line of the contract of `culprit --many`."""
    names = [str(s["id"]) for s in case["suspects"]]
    if not 1 <= len(names) <= AT_MOST:
        raise ValueError(f"{len(names)} suspects; a search takes 1 to {AT_MOST}: split the batch first")
    world = _world(case["suspects"], names, case.get("said") or {})
    observed = case["observed"]
    mixes = np.array([[n in set(map(str, o["subset"])) for n in names] for o in observed], dtype=bool)
    mixes = mixes.reshape(len(observed), len(names))
    scores = np.array([o["score"] for o in observed], dtype=float)
    sd = max(CAUTION * float(case["noise_sd"]), FLOOR)
    weights = _posterior(world, mixes, scores, sd)  # (H, drops)
    by_hypothesis = weights.sum(axis=1)
    marginal = by_hypothesis @ world.who
    none = float(by_hypothesis[0])
    extra = _extra(mixes)
    verdict, blamed = _verdict(names, marginal, none, extra)
    following = _next(world, _wider(world, weights), mixes, scores, sd, names) if verdict == "go on" else ()
    posterior = {name: float(p) for name, p in zip(names, marginal, strict=True)}
    return Step(following, posterior, none, verdict, blamed, extra)


def _world(suspects: Sequence[Mapping[str, Any]], names: list[str], said: Mapping[str, str]) -> _World:
    n = len(names)
    weight = np.array([float(s.get("weight", 1.0)) for s in suspects])
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.any()):
        raise ValueError("weights are numbers from 0 on, and one of them is above")
    weight = np.maximum(weight / weight.max(), NEVER)
    weight = weight / weight.sum()
    pairs = list(combinations(range(n), 2))
    pair = np.array([weight[a] * weight[b] for a, b in pairs])
    pair = pair / pair.sum() if pairs else pair
    prior = [PRIORS["none"], *(PRIORS["one"] * weight), *(PRIORS["two"] * pair), *(PRIORS["both"] * pair)]
    rows: list[tuple[int, ...]] = [(), *((i,) for i in range(n)), *pairs, *pairs]
    who = np.array([[i in row for i in range(n)] for row in rows], dtype=bool)
    both = np.array([False] * (1 + n + len(pairs)) + [True] * len(pairs))
    odds = np.array([{"blame": WORD, "acquit": 1 / WORD}.get(said.get(name, ""), 1.0) for name in names])
    log = np.log(np.array(prior)) + who @ np.log(odds)
    return _World(who, both, log)


def _posterior(world: _World, mixes: NDArray[np.bool_], scores: Array, sd: float) -> Array:
    """Weights (H, drops) that sum to 1; the offset, flat before, and the noise about `sd` are integrated out."""
    log = np.repeat(world.prior[:, None], len(DROPS), axis=1)
    if len(scores):
        effect = world.harmed(mixes)[:, None, :] * DROPS[None, :, None]
        residual = scores + effect
        residual = residual - residual.mean(axis=-1, keepdims=True)
        noise = np.maximum(sd * DOUBT, FLOOR)
        fit = -(residual**2).sum(axis=-1)[..., None] / (2 * noise**2) - (len(scores) - 1) * np.log(noise)
        log = log + np.logaddexp.reduce(fit, axis=-1)
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())


def _extra(mixes: NDArray[np.bool_]) -> int:
    """Runs beyond the first two of the full mix and the first two of the empty one."""
    full, empty = int(mixes.all(axis=1).sum()), int((~mixes.any(axis=1)).sum())
    return len(mixes) - min(full, 2) - min(empty, 2)


def most_extra(suspects: int) -> int:
    """How many extra runs a search may take before it ends, sure or not."""
    return int(np.ceil(np.log2(max(1, suspects)))) + MORE


def _verdict(names: list[str], marginal: Array, none: float, extra: int) -> tuple[str, tuple[str, ...]]:
    """Stop or go on. The rest must be clear *together*: one by one, a second culprit hides among many."""
    sure = tuple(name for name, p in zip(names, marginal, strict=True) if p >= SURE)
    if none >= SURE:
        return "none", ()
    if sure and marginal[marginal < SURE].sum() <= CLEAR:
        return "blame", sure
    if extra >= most_extra(len(names)):
        return ("blame", sure) if sure else ("unresolved", ())
    return "go on", ()


def _wider(world: _World, weights: Array) -> Array:
    """The weights to choose a subset by.

    By belief alone each run is spent on the likeliest stories, and among sixteen suspects the budget ended one search
    in five before a second culprit was named; so chosen, one in fifty, and a single culprit costs no run more.
    """
    wider = weights * np.exp((WIDER - 1) * world.prior)[:, None]
    return np.asarray(wider / wider.sum())


def _next(
    world: _World, weights: Array, mixes: NDArray[np.bool_], scores: Array, sd: float, names: list[str]
) -> tuple[tuple[str, ...], ...]:
    """The subset whose predicted score varies most, and the one that varies most when the first's score is known."""
    n = len(names)
    variance, mean, offset = _predicted(world, weights, mixes, scores)
    first = int(np.argmax(variance))
    harmed = world.harmed(_members(first, n)[None])  # (H, 1)
    one = offset - DROPS * harmed  # the first's score under each hypothesis and drop
    together = (weights * one * offset).sum() - _by_subset((weights * one * DROPS).sum(axis=1), n)
    left = variance - (together - mean[first] * mean) ** 2 / (variance[first] + sd**2)
    left[first] = -1.0
    chosen = [first, int(np.argmax(np.round(left, 12)))] if n > 1 else [first]
    return tuple(tuple(np.array(names)[_members(i, n)].tolist()) for i in chosen)


def _members(subset: int, n: int) -> NDArray[np.bool_]:
    """A subset's bits as a mask (n,): bit i is suspect i."""
    return (subset >> np.arange(n) & 1).astype(bool)


def _predicted(
    world: _World, weights: Array, mixes: NDArray[np.bool_], scores: Array
) -> tuple[Array, Array, Array]:
    """Variance and mean of every subset's score (2^n,), and the offset under each hypothesis and drop (H, drops)."""
    seen = world.harmed(mixes)[:, None, :] * DROPS[None, :, None]
    offset = (scores + seen).mean(axis=-1) if len(scores) else np.zeros_like(weights)
    n = world.who.shape[1]
    mean = (weights * offset).sum() - _by_subset((weights * DROPS).sum(axis=1), n)
    bend = (weights * (DROPS**2 - 2 * offset * DROPS)).sum(axis=1)
    square = (weights * offset**2).sum() + _by_subset(bend, n)
    return np.round(square - mean**2, 12), mean, offset


def _by_subset(of: Array, n: int) -> Array:
    """Sum of `of` (H,) over the hypotheses under which a subset is harmful, for every subset (2^n,).

    Harm is one's x_a, a pair's x_a + x_b − x_a·x_b or, where both are needed, x_a·x_b: a quadratic form in the
    members x, summed up by doubling, a suspect at a time.
    """
    one, two, both = np.split(of[1:], [n, n + n * (n - 1) // 2])
    a, b = np.triu_indices(n, 1)
    linear = one + np.bincount(a, two, n) + np.bincount(b, two, n)
    cross = np.zeros((n, n))
    cross[b, a] = both - two
    total = np.zeros(1)
    for i in range(n):
        beside = np.zeros(1)
        for j in range(i):
            beside = np.concatenate([beside, beside + cross[i, j]])
        total = np.concatenate([total, total + linear[i] + beside])
    return total
