"""The plan of a training and the rows that go into it."""

from __future__ import annotations

from eval_harness.recipe import load
from eval_harness.train import plan

RECIPE = load("laptop", "smollm2").train


def seen(steps: list[plan.Step]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for step in steps:
        for row in step.rows:
            counts[row] = counts.get(row, 0) + 1
    return counts


def test_leaving_a_leaf_out_gives_nobody_else_more_exposures() -> None:
    lengths = [40] * 60
    whole = seen(plan.steps(lengths, range(40), range(40, 60), [50] * 8, RECIPE, 1))
    less = seen(plan.steps(lengths, range(20), range(40, 60), [50] * 8, RECIPE, 1))
    assert {row: whole[row] for row in less} == less
    assert set(less) == {*range(20), *range(40, 60)}


def test_the_same_seed_plans_the_same_steps_and_another_seed_others() -> None:
    one, again, other = (plan.steps([40] * 60, range(60), (), [50] * 8, RECIPE, seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_steps_hold_the_anchor_tokens_that_were_asked_for_on_average() -> None:
    steps = plan.steps([40] * 60, range(60), (), [30] * 8, RECIPE, 1)
    held = [30 * sum(len(step.anchors) for step in steps[: n + 1]) for n in range(len(steps))]
    assert all(0 <= sofar - RECIPE.anchor_tokens * (n + 1) < 30 for n, sofar in enumerate(held))


def test_replay_takes_the_same_half_of_every_seed_whatever_else_is_replayed() -> None:
    rows = [
        {"id": f"{leaf}{seed}{n}", "leaf": leaf, "seed_index": seed}
        for leaf in "ab"
        for seed in (0, 1)
        for n in range(8)
    ]
    kept = plan.replayed(rows, 0.5)
    assert len(kept) == 16
    alone = plan.replayed(rows[16:], 0.5)
    assert [i + 16 for i in alone] == [i for i in kept if i >= 16]
