"""Earlier pairs as history: what a case takes over is what it would have found in the pairs themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eval_harness.compare import read_case
from eval_harness.gate import sum_pairs
from eval_harness.gate_history import history_rows, merged

LEAVES, CLUSTERS = ("a/x", "a/y"), 6


def items() -> dict[str, dict[str, str]]:
    return {
        f"{leaf}-{c}-{i}": {"leaf": leaf, "cluster": str(c), "split": "search" if c < 2 else "confirm"}
        for leaf in LEAVES for c in range(CLUSTERS) for i in range(3)
    }  # fmt: skip


def run(seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    return {k: [float(rng.random() < 0.7), round(float(rng.random()), 3)] for k in items()}


def test_history_gives_a_case_the_same_noise_as_the_pairs_beside_it() -> None:
    runs = [run(seed) for seed in range(4)]
    spec = {"profile": "gain", "alpha": 0.05, "epsilon": 0.05, "touched": [], "protected": list(LEAVES)}
    case: dict[str, Any] = {
        "spec": spec,
        "items": items(),
        "scores": [
            {"role": "candidate", "seed": 1, "items": run(8)},
            {"role": "release", "seed": 1, "items": run(9)},
        ],
    }
    beside = [
        {"role": "placebo", "seed": n, "pair": f"p{n // 2}", "items": scored} for n, scored in enumerate(runs)
    ]
    with_pairs, _, _ = read_case({**case, "scores": [*case["scores"], *beside]})
    rows = merged(history_rows(items(), runs[:2]), history_rows(items(), runs[2:]))
    with_history, _, _ = read_case({**case, "history": rows})
    for metric in "yp":
        one, other = (sum_pairs(c, metric, c.items.layout(), None) for c in (with_pairs, with_history))
        np.testing.assert_allclose(one.total, other.total, rtol=1e-9)
        np.testing.assert_array_equal(one.weight, other.weight)


def test_one_run_alone_and_a_leaf_of_one_cluster_tell_nothing() -> None:
    assert history_rows(items(), [run(1)]) == []
    single = {k: {**v, "cluster": "only"} for k, v in items().items() if v["split"] == "confirm"}
    assert history_rows(single, [run(1), run(2)]) == []


def test_rows_are_added_up_by_their_pairs() -> None:
    a = {"leaf": "x", "metric": "y", "r": 0.01, "pairs": 1}
    assert merged([a], [{**a, "r": 0.04, "pairs": 2}]) == [{**a, "r": pytest.approx(0.03), "pairs": 3}]
