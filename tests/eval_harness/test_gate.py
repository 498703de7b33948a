"""The gate on arrays: its corrections, its degenerate cases, and whole blocks of simulated batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.gate_simulation import Population, World, fallen, passed, play, spec_of, vetoed
from eval_harness.gate import FAILED, INCONCLUSIVE, PASSED, Case, Items, Scores, Spec, Verdict, judge
from eval_harness.gate_noise import no_pairs, noise

Drops = dict[str, float]


def case_of(
    leaves: dict[str, int], drops: Drops | None = None, items: int = 6, k: int = 2, **spec: object
) -> Case:
    """Leaves with so many clusters; every release answers three quarters right in each cluster, in every run alike.

    `drops`: the share of each cluster's items that the candidate gets wrong, all clusters alike.
    """
    grid = [(leaf, f"c{c:02}", i) for leaf, many in leaves.items() for c in range(many) for i in range(items)]
    y = np.array([[float(i % 4 != 3) for _, _, i in grid]] * k)
    ours = np.array(
        [[0.0 if i < (drops or {}).get(leaf, 0) * items else float(i % 4 != 3) for leaf, _, i in grid]] * k
    )
    columns = Items(
        [a for a, _, _ in grid], [b for _, b, _ in grid], [f"branch of {a[0]}" for a, _, _ in grid]
    )
    declared = {"profile": "gain", "touched": frozenset[str](), "protected": frozenset(leaves)} | spec
    sure = lambda right: np.where(right > 0, 0.9, 0.1)  # noqa: E731
    return Case(
        Spec(**declared),  # type: ignore[arg-type]
        columns,
        Scores(ours, sure(ours)),
        Scores(y, sure(y)),
        np.ones(len(leaves), dtype=bool),
    )


def names(count: int, clusters: int, letters: str = "ab") -> dict[str, int]:
    return {f"{letters[i % len(letters)]}{i}": clusters for i in range(count)}


def whole(found: Verdict) -> int:
    assert found.against_release.whole is not None
    return int(found.against_release.whole.outcome)


# --- degenerate cases ---------------------------------------------------------------------------------------------


def test_without_any_spread_pool_and_floor_carry_the_test() -> None:
    found = judge(case_of(names(8, 12)))
    test = found.against_release.y
    assert (test.s2 == 0).all()
    assert np.isfinite(test.se).all()
    drawn = (4 * 0.03**2 + 2 * 8 * 0.0) / (4 + 2 * 8)  # two models' pairs of runs that agree throughout
    assert test.se == pytest.approx([(12 * 0.02**2 / 23 / 12 + drawn) ** 0.5] * 8)
    assert int(found.decision) == PASSED


def test_without_any_spread_a_collapse_is_vetoed_all_the_same() -> None:
    found = judge(case_of(names(8, 12), {"a0": 0.7}))
    assert found.against_release.vetoed.tolist() == [True] + [False] * 7
    assert int(found.decision) == FAILED


def test_without_pairs_three_points_are_assumed_and_never_less() -> None:
    silent = noise(no_pairs(8), np.ones(8, dtype=bool))
    assert float(silent.pooled) == pytest.approx(0.03**2)
    assert silent.pooled_df == 4
    assert silent.v.tolist() == pytest.approx([0.03**2] * 8)


def test_without_pairs_a_single_run_is_judged_more_carefully() -> None:
    one, two = (judge(case_of(names(8, 12), {"a0": 0.2}, k=k)).against_release.y for k in (1, 2))
    assert one.se[0] > two.se[0]
    assert one.df[0] < two.df[0]


def test_a_leaf_of_two_clusters_has_no_test_of_its_own() -> None:
    found = judge(case_of(names(6, 12) | {"z": 2}, {"z": 1.0})).against_release
    assert not found.family[-1]
    assert not found.vetoed[-1]
    assert not found.flagged[-1]
    assert np.isnan(found.holm_y[-1])


def test_a_leaf_of_one_cluster_counts_in_the_mean_without_an_error() -> None:
    found = judge(case_of(names(6, 12) | {"z": 1}))
    assert np.isnan(found.against_release.y.s2[-1])
    assert whole(found) == PASSED


def test_fewer_than_four_protected_leaves_leave_the_mean_undecided() -> None:
    assert whole(judge(case_of(names(4, 12)))) == PASSED
    found = judge(case_of(names(3, 12)))
    assert whole(found) == INCONCLUSIVE
    assert int(found.decision) == INCONCLUSIVE


def test_fewer_than_four_protected_leaves_still_veto_a_collapse() -> None:
    assert int(judge(case_of(names(3, 12), {"a0": 0.7})).decision) == FAILED


def test_eight_clusters_everywhere_need_no_branches() -> None:
    found = judge(case_of(names(8, 8))).against_release
    assert found.branches is None
    assert found.alpha == pytest.approx(0.03)


def test_one_small_leaf_halves_alpha_and_adds_its_branches() -> None:
    found = judge(case_of(names(7, 8) | {"z": 7})).against_release
    assert found.alpha == pytest.approx(0.015)
    assert found.branches is not None
    assert found.branches.names == ("branch of a", "branch of b", "branch of z")


def test_leaves_too_small_to_be_tested_are_seen_to_fall_together() -> None:
    small = {f"b{i}": 2 for i in range(6)}
    found = judge(case_of(names(6, 8, "a") | small, dict.fromkeys(small, 0.5))).against_release
    assert not found.vetoed.any()
    assert found.branches is not None
    assert found.branches.vetoed.tolist() == [False, True]
    assert int(found.outcome) == FAILED


def test_a_branch_is_made_of_its_protected_leaves_alone() -> None:
    small = {f"b{i}": 2 for i in range(6)}
    case = case_of(names(6, 8, "a") | small, dict.fromkeys(small, 0.5))
    spec = replace(case.spec, touched=frozenset(small), protected=case.spec.protected - set(small))
    spec = replace(spec, protected=spec.protected | {"b0"})
    found = judge(replace(case, spec=spec)).against_release
    assert found.branches is not None
    assert found.branches.names == ("branch of a", "branch of b")
    assert not found.branches.vetoed.any()


# --- what is declared ---------------------------------------------------------------------------------------------


def test_a_second_look_spends_the_rest_of_alpha() -> None:
    first, second = (judge(case_of(names(8, 12), looks=2, look=n)).against_release for n in (1, 2))
    assert (first.alpha, second.alpha) == (pytest.approx(0.006), pytest.approx(0.024))


def test_a_withdrawn_leaf_leaves_every_test() -> None:
    leaves = names(8, 12)
    kept = judge(case_of(leaves, {"a0": 1.0}, touched=frozenset({"a0"})))
    gone = judge(case_of(leaves, {"a0": 1.0}, touched=frozenset({"a0"}), profile="remove"))
    assert int(kept.decision) == FAILED
    assert int(gone.decision) == PASSED
    assert gone.against_release.tested == 7


def test_a_corrected_leaf_leaves_the_veto_and_has_a_test_of_its_own() -> None:
    found = judge(case_of(names(8, 12), {"a0": 0.5}, touched=frozenset({"a0"}), profile="repair"))
    assert not found.against_release.vetoed.any()
    assert found.batch is not None
    assert int(found.batch.outcome) == FAILED


def test_a_leaf_without_probabilities_is_vetoed_on_right_and_wrong() -> None:
    case = case_of(names(8, 12), {"a0": 0.7})
    has_p = np.array([False] + [True] * 7)
    blank = Scores(
        case.candidate.y, np.where(np.arange(case.candidate.y.shape[-1]) < 72, 0.0, case.candidate.p)
    )
    found = judge(replace(case, has_p=has_p, candidate=blank)).against_release
    assert found.vetoed.tolist() == [True] + [False] * 7
    assert np.isnan(found.holm_p[0])


def test_a_softer_voice_alone_is_no_veto() -> None:
    case = case_of(names(8, 12))
    p = case.candidate.p.copy()
    p[:, :72] = np.where(p[:, :72] > 0.5, 0.6, 0.05)
    found = judge(replace(case, candidate=Scores(case.candidate.y, p))).against_release
    assert found.holm_p[0] < 0.03
    assert not found.vetoed.any()


def test_a_fall_of_less_than_ten_points_is_no_veto_however_sure() -> None:
    case = case_of(names(12, 60), items=12)
    y = case.candidate.y.copy()
    y[:, : 60 * 12 : 12] = 0.0  # one question in twelve of the first leaf
    found = judge(replace(case, candidate=Scores(y, np.where(y > 0, 0.9, 0.1)))).against_release
    assert found.y.change[0] == pytest.approx(-1 / 12)
    assert not found.vetoed.any()


def test_a_sure_fall_of_confidence_and_an_unsure_one_of_answers_is_no_veto() -> None:
    case = case_of(names(8, 12))
    y, p = case.candidate.y.copy(), case.candidate.p.copy()
    y[:, :12] = 0.0  # two clusters of twelve
    p[:, :72] = np.where(y[:, :72] > 0, 0.55, 0.02)
    found = judge(replace(case, candidate=Scores(y, p))).against_release
    assert found.holm_p[0] < 0.03
    assert found.y.change[0] < -0.1
    assert 0.01 < found.y.p[0] < 0.2
    assert not found.vetoed.any()


def gain_of(share: float) -> int:
    """The gain's outcome where `share` of the wrong answers of three touched leaves became right, evenly."""
    case = case_of(names(12, 40), items=20, touched=frozenset({"a0", "b1", "a2"}))
    y = case.candidate.y.copy()
    order = np.array([i % 20 for i in range(y.shape[-1])])
    ours = np.isin(np.array(case.items.leaf), ["a0", "b1", "a2"]) & (order % 4 == 3) & (order < share * 20)
    y[:, ours] = 1.0
    found = judge(replace(case, candidate=Scores(y, np.where(y > 0, 0.9, 0.1)))).batch
    assert found is not None
    return int(found.outcome)


def test_a_gain_of_five_points_is_enough_and_none_is_not() -> None:
    assert gain_of(1.0) == PASSED  # 25 points
    assert gain_of(0.2) == PASSED  # five points
    assert gain_of(0.0) != PASSED


def test_a_gain_that_is_sure_and_small_is_not_passed() -> None:
    case = case_of(names(60, 40), items=40, touched=frozenset(names(60, 40)))
    y = case.candidate.y.copy()
    y[:, 3::40] = 1.0  # one answer in forty: 2.5 points in each of sixty leaves
    found = judge(replace(case, candidate=Scores(y, np.where(y > 0, 0.9, 0.1)))).batch
    assert found is not None
    assert float(found.p) < 0.01
    assert int(found.outcome) == FAILED


# --- whole blocks of batches ----------------------------------------------------------------------------------------


def share(world: World, seed: int, profile: str = "gain") -> dict[str, float]:
    found = play(world, spec_of(world, profile), np.random.default_rng(seed), 100)
    return {read.__name__: float(read(found).mean()) for read in (vetoed, fallen, passed)}


@pytest.mark.parametrize("rho", [0.3, 0.9])
def test_harmless_batches_are_seldom_vetoed(rho: float) -> None:
    assert share(World(rho=rho, sigma=0.05), 1)["vetoed"] <= 0.09


def test_a_broken_leaf_is_vetoed_and_a_broken_batch_does_not_pass() -> None:
    found = share(World(leaves=15, patchy=0.5, new=3, touched=0.5), 2)
    assert found["fallen"] >= 0.95
    assert found["passed"] <= 0.03


def test_a_good_batch_mostly_passes_and_one_without_a_gain_does_not() -> None:
    world = World(leaves=15, new=6, touched=0.5)
    assert share(world, 3)["passed"] >= 0.85
    assert share(replace(world, touched=0.0), 3)["passed"] <= 0.04


def test_worlds_that_are_judged_together_are_judged_as_if_alone() -> None:
    world = World(leaves=6, clusters=6, items=4, new=2, touched=0.4, patchy=0.5)
    together = play(world, spec_of(world), np.random.default_rng(4), 5)
    assert together.decision.shape == (5,)
    assert [int(alone(world, index).decision) for index in range(5)] == together.decision.tolist()


def alone(world: World, index: int) -> Verdict:
    """World `index` of the block above, judged by itself."""
    people = Population(world, np.random.default_rng(4), 5)
    release = people.scores(people.margins(people.accuracy, world.k), 3.0)
    ours = people.scores(people.broken(people.margins(people.worsened(), world.k)), world.steepness)
    alone = [Scores(model.y[index], model.p[index]) for model in (ours, release)]
    return judge(
        Case(spec_of(world), people.items_of(), alone[0], alone[1], np.ones(people.total, dtype=bool))
    )
