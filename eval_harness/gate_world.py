"""Worlds of known truth for the gate: what it would decide about a batch that gains, harms or does nothing.

Every item has a margin in every run, with a part of its own, one of its cluster (correlation ρ), one of its leaf (its
accuracy) and one of the training run (σ points a leaf); it is right when the margin is positive, and
p = sigmoid(3 · margin). Between two runs a tenth of the answers changes. "Even" damage shifts every item of one leaf,
"patchy" damage turns whole clusters of it surely wrong (margin −1.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import norm

from eval_harness.gate import PASSED, Case, Items, Scores, Spec, Verdict, judge
from eval_harness.gate_clusters import Array, Mask
from eval_harness.gate_scaling import scaled, temperature

BLOCK = 100
SEARCH_SHARE = 0.5
SURELY_WRONG = -1.5
CHANGED = 0.315  # sd of what one training changes in a margin: a tenth of the answers differ between two


@dataclass(frozen=True)
class World:
    """L protected and `new` touched leaves, C clusters of I items, k runs a model; what a batch does to them."""

    leaves: int = 8
    clusters: int = 12
    items: int = 10
    rho: float = 0.6
    sigma: float = 0.02
    k: int = 2
    new: int = 0
    even: float = 0.0
    patchy: float = 0.0
    everywhere: float = 0.0
    corrected: float = 0.0  # lost by the last three old leaves
    touched: float = 0.0
    steepness: float = 3.0
    noisy_share: float = 0.0
    noisy_sigma: float = 0.09


def _normal(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> Array:
    """Standard normal parts (..., L, C, I), correlated by ρ within a cluster."""
    within = rng.standard_normal(shape) * math.sqrt(1 - rho)
    return np.asarray(within + rng.standard_normal((*shape[:-1], 1)) * math.sqrt(rho))


class Population:
    """Items of all leaves and the margins of any number of runs of them, for a block of simulated worlds."""

    def __init__(self, world: World, rng: np.random.Generator, block: int) -> None:
        self.world, self.rng, self.block = world, rng, block
        self.total = world.leaves + world.new
        self.split = math.ceil(world.clusters * SEARCH_SHARE)
        self.shape = (block, self.total, world.clusters + self.split, world.items)
        self.accuracy = rng.uniform(0.60, 0.95, (block, self.total))
        if world.new:
            self.accuracy[:, world.leaves :] = rng.uniform(0.25, 0.40, (block, world.new))
        self.lasting = _normal(rng, self.shape, world.rho)
        self.sigma = np.full(self.total, world.sigma)
        self.sigma[: round(world.noisy_share * world.leaves)] = world.noisy_sigma

    def margins(self, accuracy: Array, runs: int) -> Array:
        """(block, runs, L, C, I): one model's runs; each retraining changes some answers, and moves every leaf."""
        base = ndtri(accuracy)[:, None, :, None, None]
        changed = _normal(self.rng, (self.block, runs, *self.shape[1:]), self.world.rho) * CHANGED
        shift = self.rng.standard_normal((self.block, runs, self.total)) * self.sigma
        shift = shift / norm.pdf(ndtri(self.accuracy))[:, None, :]
        keep = math.sqrt(1 - CHANGED**2)
        return np.asarray(base + shift[..., None, None] + keep * self.lasting[:, None] + changed)

    def worsened(self) -> Array:
        """The accuracies of the candidate."""
        accuracy = self.accuracy - self.world.everywhere
        accuracy[:, 0] -= self.world.even
        accuracy[:, self.world.leaves - 3 : self.world.leaves] -= self.world.corrected
        if self.world.new:
            accuracy[:, self.world.leaves :] += self.world.touched
        return np.clip(accuracy, 0.02, 0.98)

    def broken(self, margins: Array) -> Array:
        """Turn whole clusters of the first leaf wrong, in every run alike."""
        world = self.world
        if not world.patchy:
            return margins
        order = np.argsort(self.rng.random((self.block, world.clusters)), axis=-1)
        share = world.patchy / self.accuracy[:, :1]
        hit = order < np.floor(share * world.clusters + self.rng.random((self.block, 1)))
        kept = margins[:, :, 0, : world.clusters]
        margins[:, :, 0, : world.clusters] = np.where(hit[:, None, :, None], SURELY_WRONG, kept)
        return margins

    def scores(self, margins: Array, steepness: float) -> Scores:
        """Confirm items as the gate's scores, p scaled by what the search items say."""
        p = expit(steepness * margins)
        confirm, search = p[..., : self.world.clusters, :], p[..., self.world.clusters :, :]
        flat = (*p.shape[:2], -1)
        y = (margins[..., : self.world.clusters, :] > 0).astype(np.float64)
        return Scores(y.reshape(flat), scaled(confirm.reshape(flat), temperature(search.reshape(flat))))

    def items_of(self) -> Items:
        """Names of leaves, clusters and branches, in the order of the scores' columns."""
        grid = [(f"{i:03d}", f"{c:03d}") for i in range(self.total) for c in range(self.world.clusters)]
        rows = [one for one in grid for _ in range(self.world.items)]
        return Items([a for a, _ in rows], [b for _, b in rows], [f"branch {int(a) // 4}" for a, _ in rows])


def play(world: World, spec: Spec, rng: np.random.Generator, block: int = BLOCK) -> Verdict:
    """One block of worlds through the gate, without an anchor."""
    people = Population(world, rng, block)
    release = people.scores(people.margins(people.accuracy, world.k), 3.0)
    ours = people.broken(people.margins(people.worsened(), world.k))
    has_p = np.ones(people.total, dtype=bool)
    return judge(Case(spec, people.items_of(), people.scores(ours, world.steepness), release, has_p))


def spec_of(world: World, profile: str = "gain", epsilon: float = 0.04, alpha: float = 0.05) -> Spec:
    """All old leaves are protected; a gain touches the new ones, other profiles the last three old."""
    names = [f"{i:03d}" for i in range(world.leaves + world.new)]
    touched = names[world.leaves :] if profile == "gain" else names[world.leaves - 3 : world.leaves]
    return Spec(
        profile,  # type: ignore[arg-type]
        frozenset(touched),
        frozenset(names[: world.leaves]),
        (alpha, alpha),
        (epsilon, epsilon),
    )


Read = Callable[[Verdict], Mask]


def vetoed(found: Verdict) -> Mask:
    """A veto of any leaf or branch."""
    branches = found.against_release.branches
    alone = found.against_release.vetoed.any(axis=-1)
    return np.asarray(alone | branches.vetoed.any(axis=-1) if branches else alone)


def fallen(found: Verdict) -> Mask:
    """A veto of the leaf that was damaged."""
    return found.against_release.vetoed[..., 0]


def flagged(found: Verdict) -> Mask:
    """A soft flag anywhere."""
    return np.asarray(found.against_release.flagged.any(axis=-1))


def passed(found: Verdict) -> Mask:
    """The whole gate passed."""
    return np.asarray(found.decision == PASSED)


def no_worse(found: Verdict) -> Mask:
    """The global test alone passed."""
    whole = found.against_release.whole
    assert whole is not None
    return np.asarray(whole.outcome == PASSED)
