"""What the benchmark of the demo makes of one play."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.demo import judge


def played(p: float | None, role: str = "protected", found: int = 3) -> dict[str, Any]:
    """A play with two releases; one leaf of the second has this p of having fallen."""
    leaf = {"path": "a", "role": "contributed", "items": 8, "change": 0.5, "low": 0.4, "high": 0.6}
    releases = [{"members": [1], "leaves": [leaf]}, {"members": [2], "leaves": [leaf]}]
    data = {
        "culprit": {"expected": [3], "found": [found], "runs": 4},
        "releases": releases,
        "seconds": {"v1": 60.0},
    }
    gate = {"result": {"leaves": [{"leaf": "b", "role": role, "p_holm": {"y": p, "p": None}}]}}
    return {"exit": 0, "seconds": 200.0, "data": data, "gates": [gate]}


@pytest.mark.parametrize(
    ("p", "role", "fallen"),
    [
        (0.0, "protected", 1),
        (0.05, "protected", 1),
        (0.06, "protected", 0),
        (None, "protected", 0),
        (0.0, "both", 0),
    ],
)
def test_a_protected_leaf_fell_where_its_p_stands_after_all_that_were_looked_at(
    p: float | None, role: str, fallen: int
) -> None:
    assert judge(played(p, role))["fallen"] == fallen


def test_the_intended_end_is_the_culprit_alone_and_in_no_release() -> None:
    assert judge(played(None))["intended"] == 1
    assert judge(played(None, found=2))["intended"] == 0
    shipped = judge(played(None)) | judge({**played(None), "exit": 1})
    assert shipped["intended"] == 0
