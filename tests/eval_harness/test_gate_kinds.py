"""Kinds of questions are told apart, and add up to what the gate says of the leaf."""

from __future__ import annotations

from typing import Any

import pytest

from eval_harness.compare import compare
from eval_harness.gate_kinds import UNSAID, by_kind
from tests.eval_harness.test_compare import made


def runs(case: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [run["items"] for run in case["scores"] if run["role"] == role]


def test_where_all_questions_of_a_leaf_are_of_one_kind_its_scores_are_the_gates_own() -> None:
    case = made(broken={"l0": 0.5})
    told = {
        row["leaf"]: row for row in by_kind(case["items"], runs(case, "release"), runs(case, "candidate"))
    }
    for leaf in compare(case)["leaves"]:
        row = told[leaf["leaf"]]
        assert row["kind"] == UNSAID
        assert (row["items"], row["clusters"]) == (leaf["items"], leaf["clusters"])
        assert (row["before"], row["after"]) == pytest.approx((leaf["before"], leaf["after"]))
        assert row["change"] == pytest.approx(leaf["change"])


def test_a_gain_of_the_reworded_ones_alone_is_seen_as_theirs() -> None:
    items = {
        f"{kind}{n}": {"leaf": "a", "cluster": f"c{n}", "split": "confirm" if n else "search", "kind": kind}
        for kind in ("paraphrase", "person") for n in range(4)
    }  # fmt: skip
    then = {item: [0, 0.2] for item in items}
    now = {item: [int(item.startswith("paraphrase")), 0.5] for item in items}
    told = by_kind(items, [then, then], [now, {**now, "person1": None}])
    assert [(row["kind"], row["items"], row["change"]) for row in told] == [
        ("paraphrase", 3, 1.0),
        ("person", 2, 0.0),
    ]


def test_without_runs_of_both_models_nothing_is_told() -> None:
    case = made()
    assert by_kind(case["items"], [], runs(case, "candidate")) == []
