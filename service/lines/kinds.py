"""Scores by kind of question: a leaf that is found again in other words may still fail on a case that it never saw.

For information: no test looks at kinds, since a leaf has too few questions of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

ROLES = {"before": "release", "after": "candidate"}


def by_kind(case: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """By leaf with more than one kind among the gate's questions: each kind's `items`, `before` and `after`.

    `case` is what the gate is given, `kinds` the kind of each item. A score is the mean over clusters, as a leaf's own
    is; a question that a run did not answer is left out.
    """
    runs = {name: [s["items"] for s in case["scores"] if s["role"] == role] for name, role in ROLES.items()}
    groups: dict[str, dict[str, dict[str, list[str]]]] = {}
    for item, about in sorted(case["items"].items()):
        answered = all(run.get(item) for found in runs.values() for run in found)
        if about["split"] == "confirm" and answered:
            clusters = groups.setdefault(about["leaf"], {}).setdefault(kinds[item], {})
            clusters.setdefault(str(about["cluster"]), []).append(item)
    return {
        leaf: [{"kind": kind, **_scores(clusters, runs)} for kind, clusters in sorted(found.items())]
        for leaf, found in sorted(groups.items())
        if len(found) > 1
    }


def _scores(clusters: Mapping[str, list[str]], runs: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    told: dict[str, Any] = {"items": sum(map(len, clusters.values()))}
    for name, found in runs.items():
        means = [[np.mean([run[i][0] for i in ids]) for ids in clusters.values()] for run in found]
        told[name] = float(np.mean(means)) if means else None
    return told
