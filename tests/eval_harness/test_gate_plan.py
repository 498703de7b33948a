"""The margin of the comparisons to come."""

from __future__ import annotations

import numpy as np
import pytest

from eval_harness.gate import Case, Items, Scores, Spec, judge, planned_epsilon
from eval_harness.gate_clusters import Array
from eval_harness.gate_plan import planned

LEAVES, CLUSTERS, ITEMS = 12, 8, 5


def case_of(changed: float, retrained: float, leaves: int = LEAVES, k: int = 2) -> Case:
    """Answers of which `changed` differ from the release, and `retrained` more between two seeds."""
    rng = np.random.default_rng(1)
    names = [f"{i:02}" for i in range(leaves)]
    grid = [(leaf, f"c{c}") for leaf in names for c in range(CLUSTERS) for _ in range(ITEMS)]
    release = (rng.random(len(grid)) < 0.7).astype(float)

    def turned(y: Array, share: float) -> Array:
        return np.where(rng.random(y.shape) < share, 1 - y, y)

    ours = turned(turned(release, changed)[None].repeat(k, axis=0), retrained)
    spec = Spec("gain", frozenset(names[-2:]), frozenset(names[:-2]))
    items = Items([a for a, _ in grid], [b for _, b in grid], [None] * len(grid))
    return Case(
        spec, items, Scores(ours, ours), Scores(release[None], release[None], False), np.ones(leaves, bool)
    )


def margin(case: Case) -> tuple[float, bool]:
    return planned(case, judge(case))


def test_runs_that_hardly_differ_get_the_narrowest_margin() -> None:
    assert planned_epsilon(np.zeros(20), np.full(20, 12.0), 0.0, 2, 2) == (0.02, False)


def test_the_margin_is_three_and_a_half_standard_errors_up_to_whole_points() -> None:
    root = (0.04 / 8 / 12 / 2 + 1.3 * 0.0009 / 12) ** 0.5
    assert 0.03 < 3.5 * root < 0.08
    expected = min(0.05, np.ceil(350 * root) / 100)
    assert planned_epsilon(np.full(12, 0.04), np.full(12, 8.0), 0.0009, 2, 2)[0] == pytest.approx(expected)


def test_few_leaves_are_allowed_a_coarse_margin_and_it_is_said() -> None:
    wild = (np.full(11, 0.5), np.full(11, 8.0), 0.01, 2, 2)
    assert planned_epsilon(*wild) == (0.08, True)
    assert planned_epsilon(np.full(12, 0.5), np.full(12, 8.0), 0.01, 2, 2) == (0.05, False)


def test_noisier_seeds_plan_a_wider_margin() -> None:
    quiet, loud = (margin(case_of(0.0, share, leaves=8))[0] for share in (0.01, 0.2))
    assert 0.02 <= quiet < loud <= 0.08


def test_a_release_that_changes_more_answers_than_a_seed_widens_the_margin() -> None:
    still, moving = (margin(case_of(share, 0.01, leaves=8))[0] for share in (0.0, 0.2))
    assert still < moving


def test_a_single_run_without_a_pair_plans_from_its_change() -> None:
    found, _ = margin(case_of(0.1, 0.0, leaves=8, k=1))
    assert 0.02 <= found <= 0.08
