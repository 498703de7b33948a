"""Scores by the kind of question, leaf by leaf: a reworded seed shows that it is found again, a question that a person
wrote may show more. The gate tests a leaf as one; here the kinds are told apart, as means and without a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

Scored = Mapping[str, Sequence[float | None] | None]  # item id -> [y, p]
Clusters = dict[str, list[float]]
UNSAID = "unsaid"


def by_kind(
    items: Mapping[str, Mapping[str, Any]], before: Sequence[Scored], after: Sequence[Scored]
) -> list[dict[str, Any]]:
    """Rows `{"leaf", "kind", "clusters", "items", "before", "after", "change"}`, on confirm items that every run has
    answered; a score is the mean over clusters, as in the gate."""
    groups: dict[tuple[str, str], tuple[Clusters, Clusters]] = {}
    for item, about in sorted(items.items()):
        if about["split"] != "confirm" or not before or not after:
            continue
        then, now = ([run.get(item) for run in runs] for runs in (before, after))
        if not all(then) or not all(now):
            continue
        sides = groups.setdefault((about["leaf"], about.get("kind") or UNSAID), ({}, {}))
        for side, scores in zip(sides, (then, now), strict=True):
            right = [float(score[0] or 0) for score in scores if score]
            side.setdefault(str(about["cluster"]), []).append(fmean(right))
    return [_row(leaf, kind, *groups[leaf, kind]) for leaf, kind in sorted(groups)]


def _row(leaf: str, kind: str, before: Clusters, after: Clusters) -> dict[str, Any]:
    then, now = (fmean(map(fmean, side.values())) for side in (before, after))
    return {
        "leaf": leaf,
        "kind": kind,
        "clusters": len(after),
        "items": sum(map(len, after.values())),
        "before": then,
        "after": now,
        "change": now - then,
    }
