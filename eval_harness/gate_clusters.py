"""Items in clusters, clusters in leaves: the arrays that every test of the gate stands on.

The rewordings of one seed are right or wrong together, so the gate counts seeds, not questions: each item
difference is averaged within its cluster first, and only the cluster means are compared. All functions take
arrays whose last axis is items and whose leading axes are free: a thousand simulated worlds are one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """Where each item stands, sorted once so that every mean is a slice; `order` picks columns."""

    leaves: tuple[str, ...]
    order: NDArray[np.intp]
    cluster_starts: NDArray[np.intp]
    cluster_sizes: Array
    leaf_starts: NDArray[np.intp]
    clusters: Array
    item_starts: NDArray[np.intp]
    items: Array


def layout(leaf_of: Sequence[str], cluster_of: Sequence[str], columns: Sequence[int] | None = None) -> Layout:
    """Sort items by leaf and cluster; a cluster's name counts within its leaf only.

    `columns` says which columns of the caller's arrays these items are, where they are not all of them.
    """
    keys = list(zip(leaf_of, cluster_of, strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = order if columns is None else [columns[index] for index in order]
    cluster_starts: list[int] = []
    leaf_starts: list[int] = []
    item_starts: list[int] = []
    leaves: list[str] = []
    before: tuple[str, str] | None = None
    for place, index in enumerate(order):
        key = keys[index]
        if before is None or key[0] != before[0]:
            leaf_starts.append(len(cluster_starts))
            item_starts.append(place)
            leaves.append(key[0])
        if key != before:
            cluster_starts.append(place)
        before = key
    return Layout(
        leaves=tuple(leaves),
        order=np.array(places, dtype=np.intp),
        cluster_starts=np.array(cluster_starts, dtype=np.intp),
        cluster_sizes=np.diff([*cluster_starts, len(keys)]).astype(np.float64),
        leaf_starts=np.array(leaf_starts, dtype=np.intp),
        clusters=np.diff([*leaf_starts, len(cluster_starts)]).astype(np.float64),
        item_starts=np.array(item_starts, dtype=np.intp),
        items=np.diff([*item_starts, len(keys)]).astype(np.float64),
    )


@dataclass(frozen=True)
class Spread:
    """Per leaf the mean of its cluster means, and their variance with C − 1 degrees (NaN when C = 1)."""

    mean: Array
    s2: Array


def spread(where: Layout, difference: Array) -> Spread:
    """Average item differences (..., items) into leaves (..., leaves), by cluster."""
    sums = np.add.reduceat(difference[..., where.order], where.cluster_starts, axis=-1)
    means = sums / where.cluster_sizes
    mean = np.add.reduceat(means, where.leaf_starts, axis=-1) / where.clusters
    off = means - np.repeat(mean, where.clusters.astype(np.intp), axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        s2 = np.add.reduceat(off * off, where.leaf_starts, axis=-1) / (where.clusters - 1)
    return Spread(mean, s2)


def item_variance(where: Layout, difference: Array) -> Array:
    """Variance of the single item differences per leaf, as if independent: the design effect's divisor."""
    ordered = difference[..., where.order]
    mean = np.add.reduceat(ordered, where.item_starts, axis=-1) / where.items
    off = ordered - np.repeat(mean, where.items.astype(np.intp), axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.add.reduceat(off * off, where.item_starts, axis=-1) / (where.items - 1))
