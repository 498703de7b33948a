"""A policy's gate, tried in simulation: what passes hangs on what a batch truly does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval_harness.gate_trial import Settings, chances, margin, runs
from eval_harness.gate_world import World

pytestmark = pytest.mark.slow  # a hundred batches of each kind and effect

WORLD = World(leaves=12, new=4, items=4)
USUAL = Settings(alpha=0.03, epsilon_most=0.05, k=2)


@pytest.fixture(scope="module")
def passed() -> dict[tuple[str, float], float]:
    """The share of a hundred batches that passes, by kind and effect."""
    return {(c.what, c.effect): c.passed for c in chances(WORLD, USUAL, 0.04, 1)}


def test_what_gains_passes_and_what_collapses_a_leaf_does_not(passed: dict[tuple[str, float], float]) -> None:
    assert passed["gain", 0.5] >= 0.8
    assert passed["gain", 0.0] <= 0.05
    assert passed["even", -0.6] == passed["patchy", -0.6] == 0
    assert passed["everywhere", -0.06] <= 0.05


def test_more_harm_passes_less_often(passed: dict[tuple[str, float], float]) -> None:
    even = [passed["even", lost] for lost in (-0.10, -0.30, -0.60)]
    assert even == sorted(even, reverse=True)
    assert even[0] > even[-1]


def test_the_three_shares_of_a_line_are_all_of_it() -> None:
    for chance in chances(replace(WORLD, leaves=4, new=1, clusters=4), USUAL, 0.08, 1):
        assert chance.passed + chance.failed + chance.inconclusive == pytest.approx(1)


def test_the_margin_is_planned_from_the_world_and_bounded_by_the_policy() -> None:
    few = replace(WORLD, leaves=8, new=2, clusters=20)
    loose = replace(USUAL, epsilon_most=1.0)
    quiet, loud = (margin(replace(few, sigma=sigma), loose) for sigma in (0.0, 0.09))
    assert 0.02 <= quiet < loud <= 0.08
    assert margin(replace(few, sigma=0.09), replace(USUAL, epsilon_most=0.03)) == 0.03


def test_a_search_among_more_contributions_costs_more_trainings() -> None:
    assert runs(USUAL, 6) == {"passes": 2, "searched_at_most": 2 + 2 + 8 + 2}
    assert runs(USUAL, 16)["searched_at_most"] == 2 + 2 + 9 + 2
    assert runs(replace(USUAL, k=3), 6)["passes"] == 3
