"""What the gate is given: what was declared, the items, and the scores of each model's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval_harness.gate_clusters import Array, Layout, Mask, layout
from eval_harness.gate_noise import PairSum

Profile: TypeAlias = Literal["gain", "repair", "remove"]


@dataclass(frozen=True)
class Spec:
    """What was declared before training; α and ε as (against the release, against the anchor), fractions."""

    profile: Profile
    touched: frozenset[str]
    protected: frozenset[str]
    alpha: tuple[float, float] = (0.03, 0.02)
    epsilon: tuple[float, float] = (0.05, 0.05)
    looks: int = 1
    look: int = 1

    @property
    def share(self) -> float:
        """The part of every error rate that this look may spend: all, or a fifth and then four fifths."""
        return 1.0 if self.looks == 1 else (0.2 if self.look == 1 else 0.8)

    @property
    def level(self) -> float:
        """One-sided error of non-inferiority, gain and repair at this look."""
        return 0.05 * self.share

    @property
    def tested(self) -> frozenset[str]:
        """Protected leaves that any test looks at: withdrawn ones leave them all."""
        return self.protected - self.touched if self.profile == "remove" else self.protected

    @property
    def may_veto(self) -> frozenset[str]:
        """Leaves whose fall fails the batch: corrected ones have a test of their own."""
        return self.protected if self.profile == "gain" else self.protected - self.touched


@dataclass(frozen=True)
class Items:
    """Per column of the score arrays: leaf, cluster (within the leaf) and parent branch."""

    leaf: Sequence[str]
    cluster: Sequence[str]
    parent: Sequence[str | None]

    def layout(self, columns: Sequence[int] | None = None) -> Layout:
        """By leaf, of all items or of these columns."""
        if columns is None:
            return layout(self.leaf, self.cluster)
        return layout(
            [self.leaf[c] for c in columns], [self.cluster[c] for c in columns], range(len(columns))
        )

    def branches(self, leaves: frozenset[str], columns: Sequence[int] | None = None) -> Layout | None:
        """By parent branch, from the clusters of these leaves only; None where no parent is known."""
        every = range(len(self.leaf)) if columns is None else columns
        kept = [
            (place, c)
            for place, c in enumerate(every)
            if self.leaf[c] in leaves and self.parent[c] is not None
        ]
        if not kept:
            return None
        clusters = [f"{self.leaf[c]}\0{self.cluster[c]}" for _, c in kept]
        return layout([str(self.parent[c]) for _, c in kept], clusters, [place for place, _ in kept])


@dataclass(frozen=True)
class Scores:
    """Runs of one model (..., runs, items): correctness y and scaled p; a base model is not `trained`."""

    y: Array
    p: Array
    trained: bool = True

    @property
    def per_run(self) -> float:
        """This model's share of the training noise: 1/k, or nothing where no seed was drawn."""
        return 1.0 / self.y.shape[-2] if self.trained else 0.0


@dataclass(frozen=True)
class Pair:
    """Two placebo runs of one recipe (..., 2, columns), on any subset of the items."""

    columns: Sequence[int]
    runs: Array


@dataclass(frozen=True)
class Case:
    """One decision to take. `has_p` by leaf (sorted by name); `shipped`: places of the two shipped runs."""

    spec: Spec
    items: Items
    candidate: Scores
    release: Scores
    has_p: Mask
    anchor: Scores | None = None
    pairs_y: tuple[Pair, ...] = ()
    pairs_p: tuple[Pair, ...] = ()
    history_y: PairSum | None = None
    history_p: PairSum | None = None
    shipped: tuple[int, int] | None = None
